import { ObjectMissingError, parseTree, type ObjectReader, type TreeEntry } from "@waymark/git";
import { isProjectFile } from "./revision-source.ts";

/** The names in one folder of a commit. */
export type FolderEntries = ReadonlyMap<string, TreeEntry>;

/** A file that defines stages or data. */
export interface ProjectFile {
  readonly path: string;
  /** Id of the blob. */
  readonly id: string;
}

const FOLDER = "40000";
const MAX_FOLDERS = 50_000;

/**
 * Reads trees once for all commits that share them: consecutive commits differ in few folders, so the cost of another
 * commit is that of what changed.
 */
export class TreeCache {
  readonly reader: ObjectReader;
  readonly #folders = new Map<string, Promise<FolderEntries>>();
  readonly #projectFiles = new Map<string, Promise<readonly ProjectFile[]>>();

  constructor(reader: ObjectReader) {
    this.reader = reader;
  }

  /**
   * Returns the names in a tree.
   *
   * @throws {@link ObjectMissingError}
   */
  entries(tree: string): Promise<FolderEntries> {
    return remember(this.#folders, tree, async () => {
      const object = await this.reader.read(tree);
      if (object?.type !== "tree") throw new ObjectMissingError(tree);
      return new Map(parseTree(object.data, tree.length).map((entry) => [entry.name, entry]));
    });
  }

  /** Lists the files below a tree that define stages or data; folders that are projects of their own are left out. */
  projectFiles(tree: string): Promise<readonly ProjectFile[]> {
    return remember(this.#projectFiles, tree, async () => {
      const entries = [...(await this.entries(tree)).values()];
      const files = entries
        .filter((entry) => entry.mode.startsWith("100") && isProjectFile(entry.name))
        .map((entry) => ({ path: entry.name, id: entry.id }));
      const folders = entries.filter((entry) => entry.mode === FOLDER && entry.name !== ".dvc");
      const below = await Promise.all(
        folders.map(async (folder) => {
          if ((await this.entries(folder.id)).get(".dvc")?.mode === FOLDER) return [];
          const inside = await this.projectFiles(folder.id);
          return inside.map((file) => ({ path: `${folder.name}/${file.path}`, id: file.id }));
        }),
      );
      return [...files, ...below.flat()];
    });
  }

  /** Finds what stands at a path below a tree; `undefined` when nothing does. */
  async find(tree: string, path: string): Promise<TreeEntry | undefined> {
    const parts = path.split("/");
    let folder = tree;
    for (const [depth, part] of parts.entries()) {
      const entry = (await this.entries(folder)).get(part);
      if (entry === undefined || depth === parts.length - 1) return entry;
      if (entry.mode !== FOLDER) return undefined;
      folder = entry.id;
    }
    return undefined;
  }
}

function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
    // Oldest first: what newer commits share is asked for again and comes back cheaply.
    const [oldest] = known.keys();
    if (known.size > MAX_FOLDERS && oldest !== undefined) known.delete(oldest);
    // A failure is not worth remembering, and whoever asked has been told.
    value.catch(() => known.delete(key));
  }
  return value;
}
