import { statSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { CannotAddError } from "../data/add-errors.ts";
import { planAdditions, type Addition } from "../data/add-plan.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { chooseOutput } from "../data/output-path.ts";
import { folderOf } from "../project/posix-path.ts";

/** Where imported data goes. Paths are relative to the project. */
export interface ImportPlan {
  readonly output: string;
  readonly dvcFile: string;
  /** Folder of the `.dvc` file. */
  readonly wdir: string;
  /** Path of the output as the `.dvc` file has it. */
  readonly text: string;
}

/**
 * Decides where imported data goes, and refuses what DVC refuses, before anything is fetched.
 *
 * @param source - Path or URL it comes from.
 * @param out - As typed.
 * @throws `TargetExistsError`, {@link CannotAddError}
 */
export async function planImport(
  project: DvcProject,
  source: string,
  out: string | undefined,
  isForced: boolean,
): Promise<ImportPlan> {
  const cwd = join(project.root, project.folder);
  const target = chooseOutput(source, out, cwd, isForced);
  const typed = relative(cwd, target).split(sep).join("/");
  const { stages } = await loadProject(project);
  const [addition] = planAdditions(project, stages, [typed], { isElsewhere: true }) as readonly [Addition];
  const { path, output, dvcFile, known } = addition;
  if (path !== output) {
    throw new CannotAddError(typed, `it lies in '${output}', which is tracked`, "Choose another place with `--out`.");
  }
  if (statSync(dirname(target), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CannotAddError(typed, "its folder does not exist", `Make it: \`mkdir -p ${dirname(typed)}\`.`);
  }
  return { output, dvcFile, wdir: folderOf(dvcFile), text: known?.out.text ?? posix.basename(output) };
}
