import type { TreeEntry } from "@waymark/git";
import type { ObjectStore } from "./object-store.ts";

/** A file of a commit, with its path relative to the live folder. */
export interface TreeFile {
  readonly path: string;
  readonly id: string;
}

/** A live folder as a commit holds it. */
export interface LiveTree {
  /** Relative to the root of the repository; empty for the root itself. */
  readonly folder: string;
  readonly params: string | undefined;
  readonly summary: string | undefined;
  /** Histories, with paths relative to the folder of metrics. */
  readonly metrics: readonly TreeFile[];
  /** Images, with paths relative to the folder of images. */
  readonly images: readonly TreeFile[];
  /** Plot data files, with paths relative to the live folder. */
  readonly plots: readonly TreeFile[];
  /** The dvc.yaml files that may speak of its plots, the nearest first, by path from the root (with a leading slash). */
  readonly settings: readonly TreeFile[];
}

/** How deep below the root a live folder is looked for, and in how many folders. */
const SEARCH = { depth: 4, folders: 500 };
const MAX_FILES = 20_000;
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".git", ".dvc", "data"]);

/**
 * Finds the live folder in a commit's tree: where the commit says it is, else the first one from the root down.
 *
 * @param named - Path of the live folder, when the commit names it.
 */
export async function findLiveTree(
  store: ObjectStore,
  root: string,
  named: string | undefined,
): Promise<LiveTree | undefined> {
  const found = named === undefined ? undefined : await descend(store, root, named);
  if (found !== undefined) return readLiveTree(store, root, named ?? "", found);
  let level = [{ folder: "", id: root }];
  let looked = 0;
  for (let depth = 0; depth <= SEARCH.depth && level.length > 0; depth++) {
    const next: { folder: string; id: string }[] = [];
    for (const { folder, id } of level) {
      if (looked++ >= SEARCH.folders) return undefined;
      const entries = await store.tree(id);
      const plots = entries.find(isFolderNamed("plots"));
      const isLive =
        plots !== undefined &&
        (entries.some(({ name }) => name === "metrics.json") ||
          (await store.tree(plots.id)).some(isFolderNamed("metrics")));
      if (isLive) return readLiveTree(store, root, folder, entries);
      for (const entry of entries) {
        if (entry.mode !== "40000" || SKIPPED.has(entry.name)) continue;
        next.push({ folder: folder === "" ? entry.name : `${folder}/${entry.name}`, id: entry.id });
      }
    }
    level = next;
  }
  return undefined;
}

async function readLiveTree(
  store: ObjectStore,
  root: string,
  folder: string,
  entries: readonly TreeEntry[],
): Promise<LiveTree> {
  const blobOf = (name: string): string | undefined =>
    entries.find((entry) => entry.name === name && isFile(entry))?.id;
  const plots = entries.find(isFolderNamed("plots"));
  const parts = plots === undefined ? [] : await store.tree(plots.id);
  const listPart = async (name: string): Promise<TreeFile[]> => {
    const part = parts.find(isFolderNamed(name));
    return part === undefined ? [] : await listTree(store, part.id);
  };
  const [metrics, images, custom, classification] = await Promise.all([
    listPart("metrics"),
    listPart("images"),
    listPart("custom"),
    listPart("sklearn"),
  ]);
  return {
    folder,
    params: blobOf("params.yaml"),
    summary: blobOf("metrics.json"),
    metrics,
    images,
    plots: [...prefixed(custom, "plots/custom"), ...prefixed(classification, "plots/sklearn")],
    settings: await findSettings(store, root, folder),
  };
}

/** Lists the files below a tree. */
async function listTree(store: ObjectStore, id: string): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  const visit = async (tree: string, prefix: string): Promise<void> => {
    for (const entry of await store.tree(tree)) {
      if (files.length >= MAX_FILES) return;
      if (isFile(entry)) files.push({ path: prefix + entry.name, id: entry.id });
      else if (entry.mode === "40000") await visit(entry.id, `${prefix}${entry.name}/`);
    }
  };
  await visit(id, "");
  return files;
}

async function findSettings(store: ObjectStore, root: string, folder: string): Promise<TreeFile[]> {
  const parts = folder === "" ? [] : folder.split("/");
  const found: TreeFile[] = [];
  for (let depth = parts.length; depth >= 0; depth--) {
    const path = parts.slice(0, depth).join("/");
    const entries = await descend(store, root, path);
    const file = entries?.find((entry) => entry.name === "dvc.yaml" && isFile(entry));
    if (file !== undefined) found.push({ path: `/${path === "" ? "" : `${path}/`}dvc.yaml`, id: file.id });
  }
  return found;
}

/** The entries of the folder at `path`, or `undefined` when it is not there. */
async function descend(store: ObjectStore, root: string, path: string): Promise<readonly TreeEntry[] | undefined> {
  let entries = await store.tree(root);
  for (const part of path === "" || path === "." ? [] : path.split("/")) {
    const next = entries.find(isFolderNamed(part));
    if (next === undefined) return undefined;
    entries = await store.tree(next.id);
  }
  return entries;
}

function prefixed(files: readonly TreeFile[], folder: string): TreeFile[] {
  return files.map(({ path, id }) => ({ path: `${folder}/${path}`, id }));
}

function isFile({ mode }: TreeEntry): boolean {
  return mode === "100644" || mode === "100755";
}

function isFolderNamed(name: string): (entry: TreeEntry) => boolean {
  return (entry) => entry.name === name && entry.mode === "40000";
}
