import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Lets a file or folder appear under its path complete or not at all: it is made beside it, then takes the place of
 * what is there.
 *
 * @param target - Absolute.
 * @param make - Makes it at the path it is given, which does not exist.
 */
export async function replaceWhenComplete<T>(target: string, make: (path: string) => Promise<T>): Promise<T> {
  mkdirSync(dirname(target), { recursive: true });
  const scratch = mkdtempSync(join(dirname(target), ".waymark-get-"));
  try {
    const made = join(scratch, basename(target));
    const result = await make(made);
    const old = join(scratch, "..old");
    const isThere = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
    if (isThere) renameSync(target, old);
    try {
      renameSync(made, target);
    } catch (error) {
      if (isThere) renameSync(old, target);
      throw error;
    }
    return result;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
