import { type ObjectReader, parseTree, type TreeEntry } from "@waymark/git";
import { isProjectFile } from "@waymark/pipeline/revisions";

const FOLDER = "40000";
/** So many folders are remembered from one portion of commits to the next. */
const MAX_FOLDERS = 100_000;

/** A file that defines stages or data, with the id of its blob. */
interface DefiningFile {
  readonly path: string;
  readonly id: string;
}

/**
 * Parses trees one after another that have most entries in common, as those of experiments do: an entry whose bytes are
 * those of the last tree is not made again.
 */
class SimilarTrees {
  #last: { readonly data: Buffer; readonly ends: readonly number[]; readonly entries: readonly TreeEntry[] } = {
    ...{ data: Buffer.alloc(0), ends: [], entries: [] },
  };

  parse(data: Uint8Array, idLength: number): readonly TreeEntry[] {
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const last = this.#last;
    const ends: number[] = [];
    const entries: TreeEntry[] = [];
    for (let start = 0; start < buffer.length;) {
      const at = entries.length;
      const known = last.entries[at];
      const lastStart = at === 0 ? 0 : (last.ends[at - 1] ?? 0);
      const lastEnd = last.ends[at] ?? 0;
      let end = start + lastEnd - lastStart;
      const isSame =
        known !== undefined && end <= buffer.length && buffer.compare(last.data, lastStart, lastEnd, start, end) === 0;
      if (!isSame) end = buffer.indexOf(0, start) + 1 + idLength / 2;
      if (end <= start + 1 + idLength / 2 || end > buffer.length) break;
      const entry = isSame ? known : parseTree(buffer.subarray(start, end), idLength)[0];
      if (entry === undefined) break;
      entries.push(entry);
      ends.push(end);
      start = end;
    }
    this.#last = { data: buffer, ends, entries };
    return entries;
  }
}

/**
 * Trees of many commits, read level by level: all that are new of one level in one go. What was loaded is looked up
 * without waiting.
 */
export class BulkTrees {
  readonly #objects: ObjectReader;
  readonly #folders = new Map<string, ReadonlyMap<string, TreeEntry>>();
  readonly #files = new Map<string, readonly DefiningFile[]>();
  readonly #parser = new SimilarTrees();

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  /** Loads trees with everything below them. One that is not there is left out. */
  async load(trees: Iterable<string>): Promise<void> {
    if (this.#folders.size > MAX_FOLDERS) {
      this.#folders.clear();
      this.#files.clear();
    }
    let missing = this.#unknown(trees);
    while (missing.length > 0) {
      const ids = missing;
      const below: string[] = [];
      await this.#objects.readEach(ids, (object, index) => {
        const id = ids[index] as string;
        const named = new Map<string, TreeEntry>();
        for (const entry of object?.type === "tree" ? this.#parser.parse(object.data, id.length) : []) {
          named.set(entry.name, entry);
          if (entry.mode === FOLDER && entry.name !== ".dvc") below.push(entry.id);
        }
        this.#folders.set(id, named);
      });
      missing = this.#unknown(below);
    }
  }

  /** Finds what stands at a path below a tree that was loaded. */
  find(tree: string, path: string): TreeEntry | undefined {
    let folder = this.#folders.get(tree);
    for (let start = 0; ;) {
      const end = path.indexOf("/", start);
      const entry = folder?.get(end === -1 ? path.slice(start) : path.slice(start, end));
      if (entry === undefined || end === -1) return entry;
      if (entry.mode !== FOLDER) return undefined;
      folder = this.#folders.get(entry.id);
      start = end + 1;
    }
  }

  /** Lists the files that define stages or data below a tree; folders that are projects of their own are left out. */
  definingFiles(tree: string): readonly DefiningFile[] {
    const known = this.#files.get(tree);
    if (known !== undefined) return known;
    const files: DefiningFile[] = [];
    for (const { name, mode, id } of this.#folders.get(tree)?.values() ?? []) {
      if (mode.startsWith("100") && isProjectFile(name)) files.push({ path: name, id });
      if (mode !== FOLDER || name === ".dvc" || this.#folders.get(id)?.get(".dvc")?.mode === FOLDER) continue;
      for (const file of this.definingFiles(id)) files.push({ path: `${name}/${file.path}`, id: file.id });
    }
    this.#files.set(tree, files);
    return files;
  }

  #unknown(trees: Iterable<string>): string[] {
    const unknown = new Set<string>();
    for (const tree of trees) if (!this.#folders.has(tree)) unknown.add(tree);
    return [...unknown];
  }
}
