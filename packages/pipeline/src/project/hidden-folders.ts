import { existsSync } from "node:fs";
import { join } from "node:path";
import { IgnorePatterns } from "@waymark/store/ignore-patterns";
import { folderOf } from "./posix-path.ts";

interface Folder {
  readonly isHidden: boolean;
  /** Of this folder and those above. */
  readonly patterns: IgnorePatterns;
}

/** What of a project's folder is none of its business: what `.dvcignore` files hide, and projects inside it. */
export class HiddenFolders {
  readonly #root: string;
  readonly #known = new Map<string, Folder>();

  /** @param root - The project's root, absolute. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Tells whether a file is hidden, by itself or with a folder it is in. */
  hidesFile(path: string): boolean {
    const { isHidden, patterns } = this.#folder(folderOf(path));
    return isHidden || patterns.hides(path, false);
  }

  #folder(path: string): Folder {
    let folder = this.#known.get(path);
    if (folder === undefined) {
      folder = {
        isHidden: this.#isHidden(path),
        patterns: IgnorePatterns.read(this.#root, `${path}/_`.replace(/^\//, "")),
      };
      this.#known.set(path, folder);
    }
    return folder;
  }

  #isHidden(path: string): boolean {
    if (path === "") return false;
    const above = this.#folder(folderOf(path));
    // Below a hidden folder nothing can be brought back.
    if (above.isHidden || path === ".dvc" || existsSync(join(this.#root, path, ".dvc"))) return true;
    return above.patterns.hides(path, true);
  }
}
