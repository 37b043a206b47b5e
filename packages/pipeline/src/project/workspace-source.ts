import { readdir, readFile, stat } from "node:fs/promises";
import { existsSync, type Stats } from "node:fs";
import { join, relative, sep } from "node:path";
import { isErrno } from "@waymark/files";
import { runGit, type GitRepository } from "@waymark/git";
import { HiddenFolders } from "./hidden-folders.ts";
import { isProjectFile, type EntryKind, type RevisionSource } from "./revision-source.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** Never part of a project, whatever `.dvcignore` says. */
const HIDDEN_FOLDERS = new Set([".dvc", ".git", ".hg"]);

/** The files of a project as they are in the work tree now. */
export class WorkspaceSource implements RevisionSource {
  readonly root: string;
  readonly #repo: GitRepository | undefined;
  readonly #changed: ReadonlyMap<string, Uint8Array>;
  #hiddenLocks: readonly string[] = [];

  /**
   * @param repo - `undefined` for a project without Git: every folder is then looked into.
   * @param root - The project's root, absolute: the work tree's, or a folder in it.
   * @param changed - Files whose content is another one than that on disk, by their path below the root. Default: none.
   */
  constructor(repo: GitRepository | undefined, root: string, changed: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#repo = repo;
    this.#changed = changed;
    this.root = root;
  }

  contentId(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async kind(path: string): Promise<EntryKind> {
    if (this.#changed.has(path)) return "file";
    const stats = await this.#stat(path);
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : undefined;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const changed = this.#changed.get(path);
    if (changed !== undefined) return changed;
    const stats = await this.#stat(path);
    // A pipe would wait for a writer, and no params file is that large.
    if (stats?.isFile() !== true || stats.size > MAX_BYTES) return undefined;
    try {
      return await readFile(join(this.root, path));
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) return undefined;
      throw error;
    }
  }

  async listFiles(folder: string): Promise<readonly string[]> {
    let entries;
    try {
      entries = await readdir(join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
      throw error;
    }
    const below = await Promise.all(
      entries
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(async (entry) => {
          const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
          return entry.isDirectory() ? this.listFiles(path) : [path];
        }),
    );
    return below.flat();
  }

  /** Git lists them, because only it knows quickly which folders are ignored. */
  async listProjectFiles(): Promise<readonly string[]> {
    if (this.#repo === undefined) {
      const folders = new HiddenFolders(this.root);
      return (await this.#walk("")).filter((path) => !folders.hidesFile(path));
    }
    const prefix = relative(this.#repo.root, this.root).split(sep).join("/");
    const base = prefix === "" ? "" : `${escapeGlob(prefix)}/`;
    const { stdout } = await runGit(this.#repo, [
      "ls-files",
      "-z",
      "--cached",
      "--others",
      "--exclude-standard",
      "--deduplicate",
      "--",
      `:(top,glob)${base}**/dvc.yaml`,
      `:(top,glob)${base}**/*.dvc`,
      // Only to see which of them Git does not.
      `:(top,glob)${base}**/dvc.lock`,
    ]);
    const start = prefix === "" ? 0 : prefix.length + 1;
    const folders = new HiddenFolders(this.root);
    const paths = stdout
      .toString()
      .split("\0")
      .filter((path) => path !== "")
      .map((path) => path.slice(start))
      .filter((path) => !folders.hidesFile(path) && existsSync(join(this.root, path)));
    const seen = new Set(paths);
    this.#hiddenLocks = paths
      .filter((path) => path.endsWith("dvc.yaml"))
      .map((path) => path.replace(/\.yaml$/, ".lock"))
      .filter((path) => !seen.has(path) && existsSync(join(this.root, path)));
    return paths.filter((path) => !path.endsWith("dvc.lock"));
  }

  /** Lists each dvc.lock that Git ignores, of those whose dvc.yaml it does not; known once the files were listed. */
  get hiddenLocks(): readonly string[] {
    return this.#hiddenLocks;
  }

  async #walk(folder: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true });
    if (folder !== "" && entries.some((entry) => entry.name === ".dvc" && entry.isDirectory())) return [];
    const found: string[] = [];
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!HIDDEN_FOLDERS.has(entry.name)) found.push(...(await this.#walk(path)));
      } else if (isProjectFile(entry.name)) {
        found.push(path);
      }
    }
    return found;
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await stat(join(this.root, path));
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return undefined;
      throw error;
    }
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}
