import { readdir, readFile, stat } from "node:fs/promises";
import { existsSync, type Stats } from "node:fs";
import { join, relative, sep } from "node:path";
import { isErrno } from "@waymark/files";
import { runGit, type GitRepository } from "@waymark/git";
import { folderOf } from "./posix-path.ts";
import { isProjectFile, type EntryKind, type RevisionSource } from "./revision-source.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** Never part of a project, whatever `.dvcignore` says. */
const HIDDEN_FOLDERS = new Set([".dvc", ".git", ".hg"]);

/** The files of a project as they are in the work tree now. */
export class WorkspaceSource implements RevisionSource {
  readonly #repo: GitRepository | undefined;
  readonly #root: string;

  /**
   * @param repo - `undefined` for a project without Git: every folder is then looked into.
   * @param root - The project's root, absolute: the work tree's, or a folder in it.
   */
  constructor(repo: GitRepository | undefined, root: string) {
    this.#repo = repo;
    this.#root = root;
  }

  contentId(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async kind(path: string): Promise<EntryKind> {
    const stats = await this.#stat(path);
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : undefined;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const stats = await this.#stat(path);
    // A pipe would wait for a writer, and no params file is that large.
    if (stats?.isFile() !== true || stats.size > MAX_BYTES) return undefined;
    try {
      return await readFile(join(this.#root, path));
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) return undefined;
      throw error;
    }
  }

  async listFiles(folder: string): Promise<readonly string[]> {
    let entries;
    try {
      entries = await readdir(join(this.#root, folder), { withFileTypes: true });
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
    if (this.#repo === undefined) return this.#walk("");
    const prefix = relative(this.#repo.root, this.#root).split(sep).join("/");
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
    ]);
    const start = prefix === "" ? 0 : prefix.length + 1;
    return stdout
      .toString()
      .split("\0")
      .filter((path) => path !== "")
      .map((path) => path.slice(start))
      .filter((path) => !this.#isInOtherProject(path) && existsSync(join(this.#root, path)));
  }

  async #walk(folder: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true });
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

  #isInOtherProject(path: string): boolean {
    for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder)) {
      if (folder === ".dvc" || folder.startsWith(".dvc/")) return true;
      if (existsSync(join(this.#root, folder, ".dvc"))) return true;
    }
    return false;
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await stat(join(this.#root, path));
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return undefined;
      throw error;
    }
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}
