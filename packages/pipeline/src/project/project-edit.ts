import { readFileSync, rmSync } from "node:fs";
import { join, posix } from "node:path";
import { addIgnoreEntry, removeIgnoreEntry } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { listIgnoredPaths, listTrackedPaths, runGitSync } from "@waymark/git";
import type { DvcProject } from "./dvc-project.ts";
import { folderOf } from "./posix-path.ts";
import { replaceProjectFile } from "./replace-file.ts";
import { projectPrefix } from "./scoped-stages.ts";
import { relativeTo } from "./stage-address.ts";

const IGNORE_FILE = ".gitignore";

/** What {@link ProjectEdit.finish} did about Git. */
export interface FinishedEdit {
  /** Files that were written, changed or removed, relative to the project. */
  readonly files: readonly string[];
  /** They are staged already (`core.autostage`). */
  readonly isStaged: boolean;
}

/**
 * Changes of small project files (`.dvc`, dvc.yaml, dvc.lock, `.gitignore`) that belong together: collected first, then
 * written each by replacement. When one of them fails, those before it are put back.
 *
 * Paths are relative to the project.
 */
export class ProjectEdit {
  readonly #project: DvcProject;
  readonly #before = new Map<string, string | undefined>();
  readonly #after = new Map<string, string | undefined>();
  readonly #ignored: string[] = [];
  readonly #unignored: string[] = [];
  #written: string[] = [];

  constructor(project: DvcProject) {
    this.#project = project;
  }

  /** Returns the text of a file as it will be; `undefined` when there is none. */
  read(path: string): string | undefined {
    if (!this.#after.has(path)) {
      const text = readText(join(this.#project.root, path));
      this.#before.set(path, text);
      this.#after.set(path, text);
    }
    return this.#after.get(path);
  }

  /** Plans the text of a file; `undefined` removes it. */
  write(path: string, text: string | undefined): void {
    this.read(path);
    this.#after.set(path, text);
  }

  /** Plans an entry for a cached output in the `.gitignore` of its folder, unless Git ignores it by then. */
  ignore(path: string): void {
    this.#ignored.push(path);
  }

  /** Plans to take the entry of an output away. */
  unignore(path: string): void {
    this.#unignored.push(path);
  }

  /**
   * Writes everything that was planned.
   *
   * @throws System errors; what was written before the error is undone.
   */
  apply(): void {
    this.#planIgnores();
    try {
      for (const [path, text] of this.#after) {
        if (text === this.#before.get(path)) continue;
        this.#put(path, text);
        this.#written.push(path);
      }
    } catch (error) {
      this.undo();
      throw error;
    }
  }

  /** Puts back what {@link ProjectEdit.apply} wrote, for when what comes after it fails. */
  undo(): void {
    for (const path of this.#written.toReversed()) this.#put(path, this.#before.get(path));
    this.#written = [];
  }

  /** Stages the written files where the configuration asks for it. */
  finish(): FinishedEdit {
    const files = this.#written;
    const isStaged = this.#project.config.isAutostaging && this.#project.repo !== undefined;
    if (isStaged) stageFiles(this.#project, files);
    return { files, isStaged };
  }

  #put(path: string, text: string | undefined): void {
    const target = join(this.#project.root, path);
    if (text === undefined) rmSync(target, { force: true });
    // What names data survives power loss, as the data does.
    else replaceProjectFile(this.#project, target, text, posix.basename(path) !== IGNORE_FILE);
  }

  #planIgnores(): void {
    const { repo } = this.#project;
    if (repo === undefined) return;
    for (const path of this.#unignored) {
      const file = posix.join(folderOf(path), IGNORE_FILE);
      const text = this.read(file);
      if (text !== undefined) this.write(file, removeIgnoreEntry(text, posix.basename(path)));
    }
    const prefix = projectPrefix(repo, this.#project.root);
    const hidden = listIgnoredPaths(
      repo,
      this.#ignored.map((path) => posix.join(prefix, path)),
    );
    for (const path of this.#ignored) {
      const file = posix.join(folderOf(path), IGNORE_FILE);
      // What hides the path may be the very entry that goes with another one.
      if (hidden.has(posix.join(prefix, path)) && !this.#unignored.includes(path)) continue;
      this.write(file, addIgnoreEntry(this.read(file), posix.basename(path)));
    }
  }
}

/** Adds files to Git's index as `git add` does, removed ones too. */
export function stageFiles(project: Pick<DvcProject, "repo" | "root">, files: readonly string[]): void {
  const { repo } = project;
  if (repo === undefined || files.length === 0) return;
  const prefix = projectPrefix(repo, project.root);
  const paths = files.map((path) => posix.join(prefix, path));
  const tracked = listTrackedPaths(repo, paths);
  // A removed file that Git never knew is nothing to stage, and an error to name.
  const known = paths.filter((path) => tracked.has(path) || readText(join(repo.root, path)) !== undefined);
  if (known.length === 0) return;
  runGitSync(repo, ["add", "--", ...known.map((path) => `:(top,literal)${path}`)]);
}

/** The line to type that tracks files with Git, seen from the current folder; `undefined` when there is nothing to say. */
export function describeGitAdd(project: DvcProject, edit: FinishedEdit): string | undefined {
  if (project.repo === undefined || edit.isStaged || edit.files.length === 0) return undefined;
  const names = edit.files.map((path) => quote(relativeTo(project.folder, path))).toSorted();
  return `git add ${names.join(" ")}`;
}

function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
