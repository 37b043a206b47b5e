import { lstatSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { isErrno } from "@waymark/files";

/** Looks at a path without following a link at its end; below a file there is nothing. */
export function statNoFollow(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/**
 * Makes a check for paths that lie behind a symbolic link: to Git, nothing is there, and what is there is another
 * folder's. Folders that were looked at are remembered.
 */
export function behindLinks(root: string): (path: string) => boolean {
  const known = new Map<string, boolean>([[".", false]]);
  const isBehind = (folder: string): boolean => {
    let answer = known.get(folder);
    if (answer === undefined) {
      answer = isBehind(dirname(folder)) || statNoFollow(join(root, folder))?.isSymbolicLink() === true;
      known.set(folder, answer);
    }
    return answer;
  };
  return (path) => isBehind(dirname(path));
}
