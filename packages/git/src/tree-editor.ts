import { ObjectMissingError } from "./errors.ts";
import { objectId, type NewObject } from "./object.ts";
import { readObjectsSync } from "./objects.ts";
import type { GitRepository } from "./repository.ts";
import { formatTree, parseTree, rawPath, type TreeMode } from "./tree.ts";
import { requireTreePath } from "./tree-path.ts";

/** A file to put into a tree. */
export interface TreeFile {
  readonly mode: Exclude<TreeMode, "40000">;
  readonly id: string;
}

/** What {@link TreeEditor.build} made. */
export interface BuiltTree {
  /** Id of the root tree. */
  readonly id: string;
  /** New trees, which have to be written before anything names them; the same again until told they are. */
  readonly objects: readonly NewObject[];
}

interface Folder {
  /** `undefined` once something below changed. */
  id: string | undefined;
  /** `undefined` until something below is asked for. Keys are raw names. */
  entries: Map<string, TreeFile | Folder> | undefined;
}

/**
 * Changes single paths of a tree without an index: only the folders on the way to a changed path are read and made
 * anew, so the cost does not grow with the size of the repository.
 *
 * Folders that were read stay in memory. Reading more of them takes one process for each level of depth at most.
 */
export class TreeEditor {
  readonly #repo: GitRepository;
  readonly #root: Folder;
  /** Made and not yet known to be written: a failed write must not lose them. */
  #unwritten: NewObject[] = [];

  /** @param tree - Id of the tree to start from; `undefined` starts empty. */
  constructor(repo: GitRepository, tree: string | undefined) {
    this.#repo = repo;
    this.#root = newFolder(tree);
  }

  /** Puts files at paths, or takes files away (`null`); a file in the place of a folder replaces it, and the reverse. */
  apply(changes: ReadonlyMap<string, TreeFile | null>): void {
    for (const path of changes.keys()) requireTreePath(path);
    this.#load([...changes.keys()].map(rawPath));
    for (const [path, file] of changes) this.#set(rawPath(path).split("/"), file);
  }

  /** Reads the folders on the way to paths, so that {@link TreeEditor.find} need not read them one after the other. */
  preload(paths: readonly string[]): void {
    this.#load(paths.map(rawPath));
  }

  /** Returns what stands at a path: the file, or `undefined` when there is none or a folder. */
  find(path: string): TreeFile | undefined {
    const raw = rawPath(path);
    this.#load([raw]);
    let folder = this.#root;
    const parts = raw.split("/");
    for (const [depth, part] of parts.entries()) {
      const entry = folder.entries?.get(part);
      if (entry === undefined) return undefined;
      if (!isFolder(entry)) return depth === parts.length - 1 ? entry : undefined;
      folder = entry;
    }
    return undefined;
  }

  /** Returns the id of the tree as it stands now, with the tree objects that nobody has written yet. */
  build(): BuiltTree {
    this.#root.id = this.#close(this.#root) ?? this.#add({ type: "tree", data: Buffer.alloc(0) });
    return { id: this.#root.id, objects: this.#unwritten };
  }

  /** Tells that the objects of the last build are in the repository. */
  markWritten(): void {
    this.#unwritten = [];
  }

  #add(object: NewObject): string {
    this.#unwritten.push(object);
    return objectId(object, this.#repo.objectFormat);
  }

  /** Reads every folder on the way to the paths, level by level. */
  #load(paths: readonly string[]): void {
    this.#loadAtOnce(paths);
    const parts = paths.map((path) => path.split("/"));
    let level: (readonly [Folder, readonly string[]])[] = parts.map((path) => [this.#root, path]);
    while (level.length > 0) {
      this.#read(new Set(level.map(([folder]) => folder)));
      level = level.flatMap(([folder, [name, ...rest]]) => {
        const entry = name === undefined ? undefined : folder.entries?.get(name);
        return entry !== undefined && isFolder(entry) && rest.length > 0 ? [[entry, rest] as const] : [];
      });
    }
  }

  /**
   * Reads all folders on the way to the paths in one process, while nothing was read yet: Git finds them by their paths.
   * What it does not find so (names that cannot be asked for) is read level by level.
   */
  #loadAtOnce(paths: readonly string[]): void {
    const { id } = this.#root;
    if (id === undefined || this.#root.entries !== undefined) return;
    const folders = new Set<string>();
    for (const path of paths) {
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
        folders.add(path.slice(0, end));
    }
    const ways = [...folders].sort((a, b) => (a < b ? -1 : 1));
    const texts = ways.map((way) => Buffer.from(way, "latin1").toString());
    const objects = readObjectsSync(this.#repo, [id, ...texts.map((text) => `${id}:${text}`)]);
    const [root] = objects;
    if (root?.type !== "tree") throw new ObjectMissingError(id);
    this.#root.entries = this.#parse(root.data);
    for (const [at, way] of ways.entries()) {
      const object = objects[at + 1];
      // Above come before below.
      const folder = object?.type === "tree" ? this.#folderAt(way) : undefined;
      if (folder !== undefined && object !== undefined && folder.id === object.id) {
        folder.entries ??= this.#parse(object.data);
      }
    }
  }

  #folderAt(way: string): Folder | undefined {
    let folder: Folder | undefined = this.#root;
    for (const part of way.split("/")) {
      const entry: TreeFile | Folder | undefined = folder?.entries?.get(part);
      folder = entry !== undefined && isFolder(entry) ? entry : undefined;
    }
    return folder;
  }

  #parse(data: Uint8Array): Map<string, TreeFile | Folder> {
    return new Map(
      parseTree(data, this.#repo.idLength).map(({ rawName, mode, id }) => [
        rawName,
        mode === "40000" ? newFolder(id) : { mode, id },
      ]),
    );
  }

  #read(folders: ReadonlySet<Folder>): void {
    const unread = [...folders].filter((folder) => folder.entries === undefined);
    const ids = unread.map((folder) => folder.id ?? "");
    const objects = ids.length === 0 ? [] : readObjectsSync(this.#repo, ids);
    for (const [at, folder] of unread.entries()) {
      const object = objects[at];
      if (object?.type !== "tree") throw new ObjectMissingError(ids[at] ?? "");
      folder.entries = this.#parse(object.data);
    }
  }

  #set(parts: readonly string[], file: TreeFile | null): void {
    const way: Folder[] = [this.#root];
    const last = parts.at(-1);
    if (last === undefined) return;
    for (const part of parts.slice(0, -1)) {
      const folder = way.at(-1);
      let entry = folder?.entries?.get(part);
      if (entry === undefined || !isFolder(entry)) {
        // Nothing to take away below something that is not a folder.
        if (file === null) return;
        entry = { id: undefined, entries: new Map() };
        folder?.entries?.set(part, entry);
      }
      way.push(entry);
    }
    const entries = way.at(-1)?.entries;
    const present = entries?.get(last);
    // Taking a file away is nothing to a folder of that name: its files are taken away by their own.
    if (file === null ? present === undefined || isFolder(present) : isSameFile(present, file)) return;
    if (file === null) entries?.delete(last);
    else entries?.set(last, { mode: file.mode, id: file.id });
    for (const folder of way) folder.id = undefined;
  }

  /** Makes the tree objects of changed folders, deepest first; a folder without files has no tree. */
  #close(folder: Folder): string | undefined {
    if (folder.id !== undefined || folder.entries === undefined) return folder.id;
    const entries: { rawName: string; mode: TreeMode; id: string }[] = [];
    for (const [rawName, entry] of folder.entries) {
      if (!isFolder(entry)) {
        entries.push({ rawName, ...entry });
        continue;
      }
      const id = this.#close(entry);
      if (id === undefined) folder.entries.delete(rawName);
      else entries.push({ rawName, mode: "40000", id });
    }
    if (entries.length === 0) return undefined;
    folder.id = this.#add({ type: "tree", data: formatTree(entries) });
    return folder.id;
  }
}

function newFolder(id: string | undefined): Folder {
  return { id, entries: id === undefined ? new Map() : undefined };
}

function isFolder(entry: TreeFile | Folder): entry is Folder {
  return "entries" in entry;
}

function isSameFile(present: TreeFile | Folder | undefined, file: TreeFile): boolean {
  return present !== undefined && !isFolder(present) && present.id === file.id && present.mode === file.mode;
}
