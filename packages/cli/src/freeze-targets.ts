import type { CommandContext } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { noteWait } from "./note-wait.ts";

/** Freezes stages and `.dvc` files, or lets them go. One that fails does not keep the others from it. */
export async function freezeTargets(
  targets: readonly string[],
  isFrozen: boolean,
  { cwd, env, ui }: CommandContext,
): Promise<void> {
  const { openDvcProject, setFrozen, stageAddress, withProjectLock } = await import("@waymark/pipeline");
  const { TrackerError } = await import("@waymark/core");
  const { noteGitAdd } = await import("./note-git-add.ts");
  const { toPrintable } = await import("./render/display-text.ts");
  const project = openDvcProject(cwd, env, noteWait(ui));
  const failed: string[] = [];
  for (const target of targets) {
    try {
      const { stage, edit } = await withProjectLock(project, () => setFrozen(project, target, isFrozen));
      const address = toPrintable(stageAddress(stage, project.folder));
      ui.note(isFrozen ? `Froze '${address}': what it needs no longer counts.` : `'${address}' is no longer frozen.`);
      noteGitAdd(ui, project, edit.finish());
    } catch (error) {
      // Alone it is the error of the command.
      if (targets.length === 1 || !(error instanceof TrackerError)) throw error;
      ui.warn(error.message);
      failed.push(`'${toPrintable(target)}'`);
    }
  }
  if (failed.length > 0)
    throw new CommandError(1, `Could not ${isFrozen ? "freeze" : "unfreeze"} ${failed.join(", ")}`);
}
