import { lstatSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { errorCode } from "@waymark/files";
import { recogniseLayout } from "../live-folder/layout.ts";
import {
  findLiveFolders,
  isSearched,
  type FolderSearch,
  type FoundFolder,
  type SearchedFolder,
} from "./find-folders.ts";

const NOTHING: FolderSearch = { found: [], searched: [] };

/** What is known of a project's folders: a search of everything, brought up to date where something changed. */
export class FolderMap {
  readonly #root: string;
  #found = new Map<string, FoundFolder>();
  #searched = new Map<string, SearchedFolder>();

  /** @param root - Absolute path of the project. */
  constructor(root: string) {
    this.#root = root;
  }

  /** The live folders. */
  found(): FoundFolder[] {
    return [...this.#found.values()];
  }

  /** The other folders: first those with live folders in them, where more will come and go, then the highest. */
  searched(): SearchedFolder[] {
    const around = new Set<string>();
    for (const path of this.#found.keys()) {
      for (let outer = dirname(path); outer.startsWith(this.#root) && !around.has(outer); outer = dirname(outer)) {
        around.add(outer);
        if (outer === this.#root) break;
      }
    }
    const folders = [...this.#searched.values()];
    return [...folders.filter(({ path }) => around.has(path)), ...folders.filter(({ path }) => !around.has(path))];
  }

  /** Takes over a search of everything. */
  replaceAll({ found, searched }: FolderSearch): void {
    this.#found = new Map(found.map((one) => [join(this.#root, one.folder), one]));
    this.#searched = new Map(searched.map((one) => [one.path, one]));
  }

  /** Looks at a folder that came, changed or went, and at the one around it, which its parts may make a live folder. */
  async lookAt(path: string): Promise<void> {
    if (path === this.#root) return this.#searchBelow(path);
    const parent = dirname(path);
    const isLive = this.#found.has(parent);
    // What lies in a folder that is not searched is not either.
    if (!isLive && !this.#searched.has(parent)) return;
    if ((recogniseLayout(parent) !== undefined) !== isLive) return this.#searchBelow(parent);
    if (isSearched(basename(path), isLive)) await this.#searchBelow(path);
  }

  async #searchBelow(path: string): Promise<void> {
    const below = relative(this.#root, path).split(sep).join("/");
    const { found, searched } = isLink(path) ? NOTHING : await findLiveFolders(this.#root, below);
    for (const map of [this.#found, this.#searched]) {
      for (const key of map.keys()) if (key === path || key.startsWith(path + sep)) map.delete(key);
    }
    for (const one of found) this.#found.set(join(this.#root, one.folder), one);
    for (const one of searched) this.#searched.set(one.path, one);
  }
}

/** A folder may have been replaced by a link since its event. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return true;
  }
}
