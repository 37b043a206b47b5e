import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { RUN_FILE, RUN_FOLDER } from "@waymark/core/run-file";

/** Default folders of the loggers. */
const DEFAULT_FOLDERS = ["live", "dvclive"];
/** What loggers write at the top of their folder. */
const LOGGED =
  /^(?<folder>(?:.*\/)?)(?:metrics\.json|params\.yaml|report\.(?:html|md)|plots\/(?:metrics|images|custom|sklearn)\/.+)$/u;
/** Coarser than the clock are times of files. */
const SLACK_MS = 1000;

/** Where the live folders of a run are looked for. */
export interface LiveFolderQuestion {
  /** Root of the work tree, absolute. */
  readonly root: string;
  /** Folder of the command, relative to the root; `""` for the root. */
  readonly cwd: string;
  /** `WAYMARK_DIR`, relative to the root, when it is set. */
  readonly given: string | undefined;
  readonly startedMs: number;
  /** Untracked files that Git does not ignore, relative to the root. */
  readonly untracked: readonly string[];
}

/**
 * Finds the folders that a run has logged into: those that say so in their run file, the usual ones, and every folder
 * below which an untracked file of a logger was written since the run began.
 *
 * @returns Relative to the root.
 */
export function findLiveFolders({ root, cwd, given, startedMs, untracked }: LiveFolderQuestion): readonly string[] {
  const isNew = (path: string): boolean => isNewerThan(join(root, path), startedMs);
  const usual = [...DEFAULT_FOLDERS.map((name) => posix.join(cwd, name)), ...(given === undefined ? [] : [given])];
  const folders = new Set(
    usual.filter(
      (folder) => existsSync(join(root, folder, RUN_FOLDER, RUN_FILE)) && isNew(`${folder}/${RUN_FOLDER}/${RUN_FILE}`),
    ),
  );
  for (const path of untracked) {
    const folder = LOGGED.exec(path)?.groups?.["folder"];
    // At the root of everything such names are nobody's in particular.
    if (folder === undefined || folder === "" || folders.has(folder.slice(0, -1))) continue;
    if (isNew(path)) folders.add(folder.slice(0, -1));
  }
  return [...folders];
}

/** Tells whether a file was written since a moment. */
export function isNewerThan(path: string, timeMs: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.mtimeMs >= timeMs - SLACK_MS;
}
