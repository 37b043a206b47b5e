import { join } from "node:path";
import { removeTemporaryFilesSync, replaceFileSync } from "@waymark/files";
import type { DvcProject } from "./dvc-project.ts";

/** What a killed command had not finished writing is out of sight there, and nobody adds it to Git by mistake. */
function unfinishedFolder(project: Pick<DvcProject, "dvcDir">): string {
  return join(project.dvcDir, "tmp", "waymark", "unfinished");
}

/**
 * Replaces a file that stands among the user's own, such as dvc.lock. The caller holds the repository lock.
 *
 * @param path - Absolute.
 * @param durable - Whether it survives power loss once the call returned.
 */
export function replaceProjectFile(
  project: Pick<DvcProject, "dvcDir">,
  path: string,
  text: string,
  durable: boolean,
): void {
  replaceFileSync(path, text, { durable, temporaryFolder: unfinishedFolder(project) });
}

/**
 * Removes what killed commands left. The caller holds the repository lock; a checkpoint, which writes there without it,
 * begins its file anew.
 */
export function removeUnfinished(project: Pick<DvcProject, "dvcDir">): void {
  removeTemporaryFilesSync(unfinishedFolder(project));
}
