import { statSync } from "node:fs";
import { TrackerError } from "@waymark/core";
import { unprotectSync } from "@waymark/store";

/** There is nothing to unprotect. */
export class NothingToUnprotectError extends TrackerError {
  override readonly code = "NOTHING_TO_UNPROTECT";

  constructor(path: string) {
    super(`'${path}' does not exist`, { hint: "Check it out first (`waymark checkout`); paths are relative to here." });
  }
}

/**
 * Makes files of the workspace safe to edit: those that share their bytes with the cache become copies, and all of them
 * become writable.
 *
 * @param path - A file or a folder, absolute.
 * @throws {@link NothingToUnprotectError}
 */
export function unprotectData(path: string): void {
  if (!isThere(path)) throw new NothingToUnprotectError(path);
  unprotectSync(path);
}

/** As {@link unprotectData}, for a path that need not be there. */
export function unprotectIfThere(path: string): void {
  if (isThere(path)) unprotectSync(path);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
