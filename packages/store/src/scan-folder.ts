import { existsSync, readdirSync, statSync, type BigIntStats, type Dirent } from "node:fs";
import { isErrno } from "@waymark/files";
import { IgnoreFileInsideError, UnreadableNameError, UnsupportedEntryError } from "./errors.ts";

/** Folders that are never part of data. */
const NEVER = new Set([".git", ".hg", ".dvc"]);
const REPLACEMENT = "\ufffd";

/** Tells whether a file or folder is kept out. */
export type IsHidden = (relpath: string, isFolder: boolean) => boolean;

/**
 * Receives a file of a folder.
 *
 * @param path - Where it lies.
 * @param isLink - It is a symbolic link, and may lead anywhere or nowhere.
 */
type VisitFile = (relpath: string, path: string, isLink: boolean) => void;

/** Options of {@link visitFolder}. */
export interface VisitOptions {
  /** Tells by a path relative to the folder what the project's ignore files keep out. Default: nothing. */
  readonly isHidden?: IsHidden;
  /**
   * Refuses what the two tools would record differently, or not at all. Default `true`; `false` to look at what is
   * there before it is replaced.
   */
  readonly isStrict?: boolean;
}

/**
 * Lists the files of a folder as DVC records them: symbolic links to files count as files, those to folders do not,
 * empty folders vanish, and the folders of other projects are left out.
 *
 * @param isHidden - Tells by a path relative to the folder what the project's ignore files keep out. Default: nothing.
 * @returns Paths relative to the folder, `/` between parts.
 * @throws {@link UnsupportedEntryError} for what the two tools would record differently, or not at all.
 */
export function scanFolder(folder: string, isHidden: IsHidden = () => false): readonly string[] {
  const files: string[] = [];
  visitFolder(folder, { isHidden }, (relpath, path, isLink) => {
    if (!isLink || isLinkToFile(path)) files.push(relpath);
  });
  return files;
}

/**
 * Visits the files and symbolic links of a folder, as far as they belong to it: see {@link scanFolder}.
 *
 * @throws {@link UnsupportedEntryError}
 */
export function visitFolder(folder: string, options: VisitOptions, onFile: VisitFile): void {
  visit(folder, "", { isHidden: options.isHidden, isStrict: options.isStrict ?? true, onFile });
}

/** Looks at a file, symbolic links followed; `undefined` when they lead nowhere. */
export function lookAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, "ELOOP", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The error of a symbolic link that leads nowhere. */
export function danglingLink(path: string): UnsupportedEntryError {
  return new UnsupportedEntryError(path, "it is a symbolic link to nothing", "Remove the link, or make its target.");
}

function isLinkToFile(path: string): boolean {
  const stats = lookAt(path);
  if (stats === undefined) throw danglingLink(path);
  return stats.isFile();
}

interface Visit {
  readonly isHidden: IsHidden | undefined;
  readonly isStrict: boolean;
  readonly onFile: VisitFile;
}

function visit(folder: string, prefix: string, options: Visit): void {
  const entries = readdirSync(folder, { withFileTypes: true });
  // Another project keeps its own files; its folder counts as empty.
  if (entries.some((entry) => entry.name === ".dvc" && entry.isDirectory())) return;
  for (const entry of entries) {
    const relpath = prefix + entry.name;
    const isFolder = entry.isDirectory();
    if (options.isHidden?.(relpath, isFolder) === true) continue;
    const path = `${folder}/${entry.name}`;
    if (options.isStrict) requireSupported(entry, path);
    if (isFolder) {
      if (!NEVER.has(entry.name)) visit(path, `${relpath}/`, options);
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      options.onFile(relpath, path, entry.isSymbolicLink());
    }
  }
}

function requireSupported(entry: Dirent, path: string): void {
  if (entry.name === ".dvcignore") {
    throw new IgnoreFileInsideError(path);
  }
  if (entry.name.includes(REPLACEMENT) && !existsSync(path)) {
    throw new UnreadableNameError(path);
  }
}
