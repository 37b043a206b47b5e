import { rmSync } from "node:fs";
import { join, posix } from "node:path";
import { editDvcLock, editYamlContent, parseYaml, TrackerError } from "@waymark/core";
import { requireInside } from "@waymark/store";
import { isInProject } from "./data-index.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { folderOf } from "../project/posix-path.ts";
import { type FinishedEdit, ProjectEdit } from "../project/project-edit.ts";
import type { ProjectStage } from "../project/project.ts";
import { stageAddress } from "../project/stage-address.ts";
import { resolveStages } from "../graph/targets.ts";
import { unprotectIfThere } from "./unprotect.ts";
import { isMapping } from "../values/values.ts";

/** A stage that an expression, `foreach` or `matrix` makes cannot be taken out by itself. */
export class GeneratedStageError extends TrackerError {
  override readonly code = "GENERATED_STAGE";

  constructor(address: string, file: string) {
    super(`'${address}' is made by an expression, 'foreach' or 'matrix'`, {
      hint: `Change '${file}' by hand: a part of it cannot be removed.`,
    });
  }
}

/** Options of {@link removeStages}. */
export interface RemoveStagesOptions {
  /** Removes the data in the workspace, too; the cache keeps it. Default `false`. */
  readonly withOuts?: boolean;
}

/**
 * Stops tracking data, or takes stages out of their dvc.yaml and dvc.lock, with the `.gitignore` entries of their
 * outputs. A file that defines nothing after that goes.
 *
 * @param targets - `.dvc` files and stages, relative to the current folder.
 * @throws `StageNotFoundError`, {@link GeneratedStageError}, `PathEscapesError`
 */
export async function removeStages(
  project: DvcProject,
  targets: readonly string[],
  options: RemoveStagesOptions = {},
): Promise<FinishedEdit> {
  const { stages } = await loadProject(project);
  const edit = new ProjectEdit(project);
  const removed = resolveStages(project, stages, targets);
  for (const stage of removed) {
    if (stage.name === undefined) edit.write(stage.file, undefined);
    else removeFromPipeline(project, edit, stage, stage.name);
    for (const out of stage.outs) if (out.isCached && isInProject(out.path)) edit.unignore(out.path);
  }
  const paths = removed.flatMap((stage) => stage.outs.map(({ path }) => path)).filter(isInProject);
  // A link in a repository must not lead what is removed or rewritten out of it.
  for (const path of paths) requireInside(project.root, path);
  // What stays must not share its bytes with a cache that nothing protects any more.
  if (options.withOuts !== true) for (const path of paths) unprotectIfThere(join(project.root, path));
  edit.apply();
  if (options.withOuts === true)
    for (const path of paths) rmSync(join(project.root, path), { recursive: true, force: true });
  return edit.finish();
}

function removeFromPipeline(project: DvcProject, edit: ProjectEdit, stage: ProjectStage, name: string): void {
  const text = edit.read(stage.file);
  if (text === undefined) return;
  if (!stage.isPlain) throw new GeneratedStageError(stageAddress(stage, project.folder), stage.file);
  const content = parseYaml(text, { path: stage.file, keepNumberKinds: true });
  const lockFile = posix.join(folderOf(stage.file), `${posix.basename(stage.file, ".yaml")}.lock`);
  const lock = edit.read(lockFile);
  if (lock !== undefined) edit.write(lockFile, editDvcLock(lock, new Map([[name, undefined]]), { path: lockFile }));
  if (!isMapping(content) || !isMapping(content["stages"])) return;
  const { [name]: _removed, ...stages } = content["stages"];
  const { stages: _stages, ...others } = content;
  const isLast = Object.keys(stages).length === 0;
  if (isLast && Object.keys(others).length === 0) edit.write(stage.file, undefined);
  else edit.write(stage.file, editYamlContent(text, isLast ? others : { ...content, stages }));
}
