import { InvalidTreePathError } from "./errors.ts";
import { isWellFormed } from "./unicode.ts";

/**
 * Checks a path that is to go into a tree: relative, `/` between parts, nothing that leaves the tree or reaches into a
 * Git folder on any file system (`.GIT` where case does not count, `git~1` on Windows, `.g\u200cit` on macOS).
 *
 * @throws {@link InvalidTreePathError}
 */
export function requireTreePath(path: string): void {
  if (path === "" || path.startsWith("/") || path.endsWith("/")) {
    throw new InvalidTreePathError(path, "it is not a path inside the repository");
  }
  if (path.includes("\0")) throw new InvalidTreePathError(path, "it holds a NUL character");
  if (!isWellFormed(path)) throw new InvalidTreePathError(path, "its name is not valid Unicode");
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") {
      throw new InvalidTreePathError(path, `it holds the part '${part}'`);
    }
    if (isGitFolderName(part)) throw new InvalidTreePathError(path, "it reaches into a Git folder");
  }
}

/** Tells whether some file system would take a name for `.git`. */
export function isGitFolderName(name: string): boolean {
  const plain = name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .replace(/[ .]+$/, "")
    .toLowerCase();
  return plain === ".git" || plain === "git~1" || plain.startsWith(".git:");
}
