import { setFrozenText, TrackerError } from "@waymark/core";
import { type DvcProject, loadProject } from "../project/dvc-project.ts";
import { ProjectEdit } from "../project/project-edit.ts";
import type { ProjectStage } from "../project/project.ts";
import { stageAddress } from "../project/stage-address.ts";
import { resolveStages } from "../graph/targets.ts";

/** A stage that templating makes has no place of its own in the file, so a command cannot rewrite it. */
export class ParametrizedStageError extends TrackerError {
  override readonly code = "PARAMETRIZED_STAGE";
  readonly stage: string;

  constructor(stage: string, action: string) {
    super(`cannot ${action} '${stage}': templating makes it what it is`, { hint: "Edit its dvc.yaml by hand." });
    this.stage = stage;
  }
}

/**
 * Freezes a stage or `.dvc` file, or lets it go.
 *
 * @returns The stage as it was, and the edit, for staging with Git.
 * @throws `StageNotFoundError`, {@link ParametrizedStageError}
 */
export async function setFrozen(
  project: DvcProject,
  target: string,
  isFrozen: boolean,
): Promise<{ readonly stage: ProjectStage; readonly edit: ProjectEdit }> {
  const { stages } = await loadProject(project);
  const [stage, ...others] = resolveStages(project, stages, [target]);
  const action = isFrozen ? "freeze" : "unfreeze";
  if (stage === undefined || others.length > 0) throw new ParametrizedStageError(target, action);
  if (!stage.isPlain) throw new ParametrizedStageError(stageAddress(stage, project.folder), action);
  const edit = new ProjectEdit(project);
  const text = edit.read(stage.file);
  if (text !== undefined) edit.write(stage.file, setFrozenText(text, stage.name, isFrozen));
  edit.apply();
  return { stage, edit };
}
