import { joinProjectPath, folderOf } from "./posix-path.ts";
import type { EntryKind, RevisionSource } from "./revision-source.ts";
import type { TreeCache } from "./tree-cache.ts";
import type { TreeEntry } from "@waymark/git";

const FOLDER = "40000";
const LINK = "120000";
const MAX_LINKS = 8;

/** The files of a project in a commit. */
export class CommitSource implements RevisionSource {
  readonly root: string | undefined;
  readonly #trees: TreeCache;
  readonly #tree: string;
  readonly #prefix: string;

  /**
   * @param tree - Id of the commit's tree.
   * @param prefix - Where the project's root is in it; empty for the root of the repository.
   * @param root - Where the project's root lies on this machine, if anywhere: absolute paths below it are the project's.
   */
  constructor(trees: TreeCache, tree: string, prefix = "", root?: string) {
    this.root = root;
    this.#trees = trees;
    this.#tree = tree;
    this.#prefix = prefix;
  }

  async contentId(path: string): Promise<string | undefined> {
    return (await this.#find(path))?.id;
  }

  async kind(path: string): Promise<EntryKind> {
    const entry = await this.#find(path);
    if (entry === undefined) return undefined;
    return entry.mode === FOLDER ? "folder" : entry.mode.startsWith("100") ? "file" : undefined;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const entry = await this.#find(path);
    if (entry === undefined || !entry.mode.startsWith("100")) return undefined;
    return (await this.#trees.reader.read(entry.id))?.data;
  }

  async listFiles(folder: string): Promise<readonly string[]> {
    const entry = await this.#find(folder);
    if (entry?.mode !== FOLDER) return [];
    const visit = async (tree: string, path: string): Promise<readonly string[]> => {
      const entries = [...(await this.#trees.entries(tree)).values()];
      const below = await Promise.all(
        entries.map(async ({ name, mode, id }) => {
          const inside = path === "" ? name : `${path}/${name}`;
          if (mode === FOLDER) return visit(id, inside);
          return mode === "160000" ? [] : [inside];
        }),
      );
      return below.flat();
    };
    return visit(entry.id, folder);
  }

  async listProjectFiles(): Promise<readonly string[]> {
    const root = await this.#find("");
    if (root?.mode !== FOLDER) return [];
    return (await this.#trees.projectFiles(root.id)).map((file) => file.path);
  }

  /** Finds an entry, symbolic links at its end followed as long as they stay in the repository. */
  async #find(path: string): Promise<TreeEntry | undefined> {
    let current = joinProjectPath(this.#prefix, path);
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      if (current === "") return { name: "", rawName: "", mode: FOLDER, id: this.#tree };
      if (current.startsWith("..")) return undefined;
      const entry = await this.#trees.find(this.#tree, current);
      if (entry?.mode !== LINK) return entry;
      const target = await this.#trees.reader.read(entry.id);
      const text = target?.data.toString() ?? "/";
      if (text.startsWith("/")) return undefined;
      current = joinProjectPath(folderOf(current), text);
    }
    return undefined;
  }
}
