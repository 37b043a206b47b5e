import { runGit, type GitPlace } from "./run.ts";

/** What lies in a work tree and not in its index, ignored or not. */
export interface UntrackedPath {
  /** Relative to the root of the work tree, as the file system has it. */
  readonly bytes: Buffer;
  /** The same as text; `undefined` when it is none. */
  readonly path: string | undefined;
}

/**
 * Lists everything in a work tree that its index does not hold, what Git ignores included. A folder without any tracked
 * file is listed as a whole. What lies in a folder of a submodule is the submodule's.
 *
 * @param env - Variables on top of those of the place, such as `GIT_INDEX_FILE`.
 */
export async function listUntrackedPaths(
  place: GitPlace,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly UntrackedPath[]> {
  const { stdout } = await runGit(place, ["ls-files", "-z", "--others", "--directory"], { env });
  const paths: UntrackedPath[] = [];
  for (let start = 0; start < stdout.length;) {
    const end = stdout.indexOf(0, start);
    if (end === -1) break;
    const last = stdout[end - 1] === 0x2f ? end - 1 : end;
    const bytes = stdout.subarray(start, last);
    const path = bytes.toString();
    if (bytes.length > 0) paths.push({ bytes, path: Buffer.from(path).equals(bytes) ? path : undefined });
    start = end + 1;
  }
  return paths;
}
