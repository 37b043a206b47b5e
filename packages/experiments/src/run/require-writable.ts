import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import type { GitRepository } from "@waymark/git";
import { RepositoryReadOnlyError } from "./run-errors.ts";

/**
 * Looks whether objects and refs can be written: training takes hours, and its result is to have a place.
 *
 * @throws {@link RepositoryReadOnlyError}
 */
export function requireWritable({ gitDir, commonDir }: GitRepository): void {
  for (const folder of new Set([gitDir, commonDir, join(commonDir, "objects"), join(commonDir, "refs")])) {
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      if (isErrno(error, "EACCES", "EPERM", "EROFS")) throw new RepositoryReadOnlyError(folder);
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}
