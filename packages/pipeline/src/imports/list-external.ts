import { posix } from "node:path";
import { compareCodePoints, type ExternalEntry, type ExternalView } from "./external-view.ts";

/** One line of a listing. */
export interface ListedEntry {
  /** As it is shown: relative to what was listed. */
  readonly path: string;
  readonly isOut: boolean;
  readonly isFolder: boolean;
  readonly isExecutable: boolean;
  readonly sizeBytes: number | undefined;
  readonly md5: string | undefined;
  /** Of a folder in a tree. */
  readonly contents?: readonly ListedEntry[];
}

/** What {@link listExternal} lists. */
export interface ListOptions {
  /** Files at any depth instead of what lies directly in the folder. Default false. */
  readonly isRecursive?: boolean;
  /** Folders at this depth are listed themselves; 0: only what the path names. Default: all depths. */
  readonly depth?: number | undefined;
  /** Only data, and what leads to it. Default false. */
  readonly isDataOnly?: boolean;
}

/**
 * Lists what a path of another repository holds, sorted by path as DVC does.
 *
 * @throws `ExternalPathError` when there is nothing.
 */
export async function listExternal(
  view: ExternalView,
  path: string,
  options: ListOptions = {},
): Promise<readonly ListedEntry[]> {
  const entry = await view.require(path);
  const { isRecursive = false, isDataOnly = false } = options;
  const depth = isRecursive ? (options.depth ?? Infinity) : 1;
  if (!entry.isFolder || (isRecursive && depth === 0)) return [listed(entry, posix.basename(path) || ".")];
  const found: ListedEntry[] = [];
  const visit = async (folder: string, level: number): Promise<void> => {
    for (const child of await view.children(folder)) {
      if (isDataOnly && !isData(view, child)) continue;
      if (child.isFolder && level < depth) await visit(child.path, level + 1);
      else found.push(listed(child, relativeTo(path, child.path)));
    }
  };
  await visit(path, 1);
  return found.toSorted((a, b) => compareCodePoints(a.path, b.path));
}

/**
 * Lists what a path of another repository holds as a tree, with the path itself at its root.
 *
 * @param name - What the root is called.
 */
export async function treeExternal(
  view: ExternalView,
  path: string,
  name: string,
  options: Omit<ListOptions, "isRecursive"> = {},
): Promise<ListedEntry> {
  const visit = async (entry: ExternalEntry, shown: string, level: number): Promise<ListedEntry> => {
    if (!entry.isFolder || level >= (options.depth ?? Infinity)) return listed(entry, shown);
    const children = (await view.children(entry.path)).filter(
      (child) => options.isDataOnly !== true || isData(view, child),
    );
    const contents: ListedEntry[] = [];
    for (const child of children) contents.push(await visit(child, posix.basename(child.path), level + 1));
    return { ...listed(entry, shown), contents };
  };
  return visit(await view.require(path), name, 0);
}

function isData(view: ExternalView, entry: ExternalEntry): boolean {
  return entry.isOut || (entry.isFolder && view.hasData(entry.path));
}

function listed({ isOut, isFolder, isExecutable, sizeBytes, md5 }: ExternalEntry, path: string): ListedEntry {
  return { path, isOut, isFolder, isExecutable, sizeBytes, md5 };
}

function relativeTo(folder: string, path: string): string {
  return folder === "" ? path : path.slice(folder.length + 1);
}
