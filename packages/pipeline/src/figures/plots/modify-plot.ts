import { TrackerError } from "@waymark/core";
import { setPlotText } from "@waymark/core/formats/dvc-plot-edit";
import { type DvcProject, loadProject } from "../../project/dvc-project.ts";
import { ParametrizedStageError } from "../../stages/frozen.ts";
import { joinProjectPath } from "../../project/posix-path.ts";
import { ProjectEdit } from "../../project/project-edit.ts";
import { stageAddress } from "../../project/stage-address.ts";
import { TargetNotFoundError } from "../../graph/target-errors.ts";
import { stageProperties } from "./definitions.ts";

/** An output is no plot, or has not the properties that were to go. */
export class PlotPropertyError extends TrackerError {
  override readonly code = "PLOT_PROPERTY";
  readonly path: string;

  constructor(path: string, reason: string, hint: string) {
    super(`'${path}' ${reason}`, { hint });
    this.path = path;
  }
}

/** What {@link modifyPlot} changes. */
export interface PlotChanges {
  /** Properties to set, under the names they have in dvc.yaml. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Properties to take away. */
  readonly unset: readonly string[];
}

/**
 * Changes how a stage's plot is drawn; an output that is no plot yet becomes one.
 *
 * @param target - Path of the output, relative to the current folder.
 * @returns The edit, for staging with Git.
 * @throws `TargetNotFoundError`, {@link PlotPropertyError}, `ParametrizedStageError`
 */
export async function modifyPlot(project: DvcProject, target: string, changes: PlotChanges): Promise<ProjectEdit> {
  const path = joinProjectPath(project.folder, target);
  const { stages } = await loadProject(project);
  const stage = stages.find(({ outs }) => outs.some((out) => out.path === path));
  const out = stage?.outs.find((other) => other.path === path);
  if (stage === undefined || out === undefined) throw new TargetNotFoundError(target);
  if (changes.unset.length > 0) {
    if (out.role !== "plot") {
      throw new PlotPropertyError(target, "is no plot", "Give it a property, such as `-x <field>`, to make it one.");
    }
    const known = stageProperties(out.properties);
    const missing = changes.unset.filter((key) => known[key] === undefined);
    if (missing.length > 0) {
      const named = missing.map((key) => `'${key}'`).join(", ");
      throw new PlotPropertyError(target, `has no property ${named}`, "Look at the stage in its dvc.yaml.");
    }
  }
  if (stage.name === undefined || !stage.isPlain) {
    throw new ParametrizedStageError(stageAddress(stage, project.folder), "change the plots of");
  }
  const edit = new ProjectEdit(project);
  const text = edit.read(stage.file) ?? "";
  const unset = Object.fromEntries(changes.unset.map((key) => [key, undefined]));
  const edited = setPlotText(text, stage.name, out.text, { ...unset, ...changes.set });
  if (edited === undefined) throw new TargetNotFoundError(target);
  edit.write(stage.file, edited);
  edit.apply();
  return edit;
}
