import { posix } from "node:path";

/**
 * Joins a path as a project file writes it to the folder it is relative to.
 *
 * @param folder - Relative to the project; empty for its root.
 * @returns Relative to the project, without `.` parts; it begins with `../` when it leaves the project.
 */
export function joinProjectPath(folder: string, path: string): string {
  const joined = posix.normalize(posix.join(folder === "" ? "." : folder, path.replaceAll("\\", "/")));
  return joined === "." ? "" : joined.replace(/\/$/, "");
}

/**
 * Returns a path as DVC takes one that a project file names: an absolute path in the project is the same as the relative
 * one, and is recorded like that, so that another copy of the project finds it.
 *
 * @param folder - What paths are relative to, relative to the project; empty for its root.
 * @param root - The project's root, absolute; `undefined` where it is not on this machine.
 */
export function ownPath(text: string, folder: string, root: string | undefined): string {
  if (root === undefined || !posix.isAbsolute(text)) return text;
  const absolute = posix.normalize(text).replace(/(?<=.)\/$/, "");
  return isAtOrBelow(absolute, root) ? posix.relative(posix.join(root, folder), absolute) || "." : text;
}

/** Returns the folder of a path relative to the project; empty for the root. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === "." ? "" : folder;
}

/** Tells whether a path is a folder or lies below it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
