import { type Dirent, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { type GitRepository, runGit } from "@waymark/git";
import { explainIgnored } from "@waymark/store";
import { folderOf } from "../project/posix-path.ts";

/** A file or folder of a repository, without what its data adds. */
export interface ExternalFile {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isExecutable: boolean;
  /** `undefined` for the folders of a commit. */
  readonly sizeBytes: number | undefined;
  /** The blob of a commit; `undefined` for a folder, and for a file on disk. */
  readonly blob: string | undefined;
  /** Absolute, for a file on disk. */
  readonly diskPath: string | undefined;
}

/** The files of a repository at one moment. Paths are relative to its root, `/` between parts; the root is empty. */
export interface ExternalFiles {
  /** Returns what is in a folder; nothing for what is no folder. */
  children(folder: string): readonly ExternalFile[];
  find(path: string): ExternalFile | undefined;
  /** Folders that hold a `.dvc` folder: the projects, the root's own among them. */
  readonly projects: readonly string[];
}

const PROJECT_MARK = /^(?:(.*)\/)?\.dvc\/config$/su;

/** The files of a commit. */
export class CommitFiles implements ExternalFiles {
  readonly projects: readonly string[];
  readonly #folders: ReadonlyMap<string, ReadonlyMap<string, ExternalFile>>;

  private constructor(folders: ReadonlyMap<string, ReadonlyMap<string, ExternalFile>>, projects: readonly string[]) {
    this.#folders = folders;
    this.projects = projects;
  }

  /**
   * Lists a commit at once.
   *
   * @param prefix - Folder of it that counts as the root; empty for all of it.
   */
  static async read(repo: GitRepository, commit: string, prefix: string): Promise<CommitFiles> {
    const tree = prefix === "" ? commit : `${commit}:${prefix}`;
    const { stdout } = await runGit(repo, ["ls-tree", "-r", "-l", "-z", "--full-tree", tree]);
    const folders = new Map<string, Map<string, ExternalFile>>([["", new Map()]]);
    const projects: string[] = [];
    for (const line of stdout.toString().split("\0")) {
      const match = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.+)$/su.exec(line);
      if (match === null) continue;
      const [, mode = "", type, id = "", size = "-", path = ""] = match;
      const project = PROJECT_MARK.exec(path);
      if (project !== null) projects.push(project[1] ?? "");
      // A submodule is a repository of its own.
      if (type !== "blob" || isHidden(path)) continue;
      folderAt(folders, folderOf(path)).set(baseName(path), {
        ...{ name: baseName(path), isFolder: false, isExecutable: mode === "100755" },
        ...{ sizeBytes: size === "-" ? undefined : Number(size), blob: id, diskPath: undefined },
      });
    }
    return new CommitFiles(folders, projects);
  }

  children(folder: string): readonly ExternalFile[] {
    return [...(this.#folders.get(folder)?.values() ?? [])];
  }

  find(path: string): ExternalFile | undefined {
    return path === "" ? emptyFolder("") : this.#folders.get(folderOf(path))?.get(baseName(path));
  }
}

/** The files of a folder on disk, as they are now. */
export class DiskFiles implements ExternalFiles {
  readonly projects: readonly string[];
  readonly #root: string;
  readonly #rules = new Map<string, boolean>();

  private constructor(root: string, projects: readonly string[]) {
    this.#root = root;
    this.projects = projects;
  }

  /** @param root - Absolute. */
  static async read(root: string, repo: GitRepository | undefined): Promise<DiskFiles> {
    const own = statSync(join(root, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true ? [""] : [];
    if (repo === undefined) return new DiskFiles(root, own);
    const { stdout } = await runGit({ ...repo, root }, [
      ...["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--"],
      ":(glob)**/.dvc/config",
    ]);
    const marks = stdout
      .toString()
      .split("\0")
      .map((path) => PROJECT_MARK.exec(path));
    const nested = marks.flatMap((mark) => (mark?.[1] === undefined ? [] : [mark[1]]));
    return new DiskFiles(root, [...own, ...nested]);
  }

  children(folder: string): readonly ExternalFile[] {
    let entries: readonly Dirent[];
    try {
      entries = readdirSync(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
      throw error;
    }
    return entries.flatMap(({ name }) => this.find(folder === "" ? name : `${folder}/${name}`) ?? []);
  }

  find(path: string): ExternalFile | undefined {
    const diskPath = join(this.#root, path);
    if (path !== "" && (isHidden(path) || this.#isIgnored(path))) return undefined;
    let stats;
    try {
      stats = statSync(diskPath, { throwIfNoEntry: false });
    } catch (error) {
      if (isErrno(error, "ENOTDIR", "ELOOP", "EACCES")) return undefined;
      throw error;
    }
    if (stats === undefined || (!stats.isDirectory() && !stats.isFile())) return undefined;
    const isFolder = stats.isDirectory();
    // DVC takes the mode from a link itself, and its size from where it leads.
    const isExecutable = !isFolder && (stats.mode & 0o100) !== 0 && !lstatSync(diskPath).isSymbolicLink();
    const name = baseName(path);
    return { name, isFolder, isExecutable, sizeBytes: stats.size, blob: undefined, diskPath };
  }

  #isIgnored(path: string): boolean {
    if (!this.#hasRules(folderOf(path))) return false;
    const { isIgnored, source } = explainIgnored(this.#root, path);
    // A project inside this one is data of nobody here, and yet there to be seen.
    return isIgnored && source?.startsWith("in sub_repo:") !== true;
  }

  /** Most projects ignore nothing, and then no file need be asked about. */
  #hasRules(folder: string): boolean {
    const known = this.#rules.get(folder);
    if (known !== undefined) return known;
    const found =
      hasRuleLines(join(this.#root, folder, ".dvcignore")) || (folder !== "" && this.#hasRules(folderOf(folder)));
    this.#rules.set(folder, found);
    return found;
  }
}

/** What belongs to Git, Mercurial and DVC themselves. */
function isHidden(path: string): boolean {
  return path.split("/").some((part) => part === ".git" || part === ".dvc" || part === ".hg");
}

function hasRuleLines(file: string): boolean {
  try {
    return /^\s*[^\s#]/mu.test(readFileSync(file, "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) return false;
    throw error;
  }
}

function folderAt(folders: Map<string, Map<string, ExternalFile>>, path: string): Map<string, ExternalFile> {
  const known = folders.get(path);
  if (known !== undefined) return known;
  const made = new Map<string, ExternalFile>();
  folders.set(path, made);
  folderAt(folders, folderOf(path)).set(baseName(path), emptyFolder(baseName(path)));
  return made;
}

function emptyFolder(name: string): ExternalFile {
  return { name, isFolder: true, isExecutable: false, sizeBytes: undefined, blob: undefined, diskPath: undefined };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
