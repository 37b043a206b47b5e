import { readFileSync } from "node:fs";
import { BlobMaker } from "./blob-maker.ts";
import { formatNewCommit, type NewCommit } from "./commit-tree.ts";
import { GitCommandError, UnmergedIndexError } from "./errors.ts";
import { listFolderFiles } from "./folder-files.ts";
import { listTrackedPaths } from "./ignored-paths.ts";
import { parseIndex } from "./index-file.ts";
import { copyIndex, indexState, newIndexPath, removeIndexCopy, type IndexState } from "./index-copy.ts";
import { syncObjectFolders, writeObjects } from "./loose-objects.ts";
import { objectId, type NewObject } from "./object.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";
import { parseTrackedChanges, type TrackedChange } from "./tracked-changes.ts";
import { TreeEditor, type TreeFile } from "./tree-editor.ts";
import { requireTreePath } from "./tree-path.ts";
import { statWorkspaceFile } from "./workspace-file.ts";

/** A look at all tracked files may take this share of the time since the last one; see {@link StageTrackedOptions}. */
const THRIFTY_SHARE = 0.02;

/** Options of {@link PrivateIndex}. */
export interface PrivateIndexOptions {
  /** What is written survives power loss once a call returned. Default `true`. */
  readonly durable?: boolean;
  /** Leaves files out that are found below a staged folder. Default: none. */
  readonly exclude?: (path: string) => boolean;
}

/** Options of {@link PrivateIndex.stageTracked}. */
export interface StageTrackedOptions {
  /**
   * Leaves the look out when the last one took more than 2 % of the time since, so that commits in quick succession
   * cost the same in a repository of any size. Default `false`.
   */
  readonly thrifty?: boolean;
}

/** A commit that {@link PrivateIndex.commit} made. */
export interface MadeCommit {
  readonly commit: string;
  readonly tree: string;
}

/**
 * The state of the work tree as a tree of Git, built beside the user's index and never through it.
 *
 * ```
 *   user's index ──copy──▶ private copy ──write-tree──▶ base tree ┐
 *   work tree ──diff-files against the copy──▶ tracked changes ───┼─▶ tree editor ─▶ blobs, trees, commit
 *   listed paths, tracked or not ─────────────────────────────────┘      (loose objects, written here)
 * ```
 *
 * The copy is made once and again only after the user's index changed. After that a commit takes one process to look
 * for changes of tracked files (none when thrifty), one more only where Git must convert files, and nothing whose cost
 * grows with the repository. The user's HEAD, index, stash and files are only read.
 */
export class PrivateIndex implements Disposable {
  readonly #repo: GitRepository;
  readonly #durable: boolean;
  readonly #exclude: (path: string) => boolean;
  readonly #blobs: BlobMaker;
  #path: string | undefined;
  #state: IndexState | undefined;
  #base: string | undefined;
  #hasConflicts = false;
  /** Paths of the user's index, once somebody asked. */
  #paths: ReadonlySet<string> | undefined;
  #editor: TreeEditor;
  /** Tracked files that differ from the base, with what the base holds: one that is changed back must be put back. */
  #tracked = new Map<string, TreeFile | null>();
  /** What the caller staged by name, to be put onto a new base. */
  #listed = new Map<string, TreeFile | null>();
  /** Folders the caller staged, with the files that were below them. */
  readonly #folders = new Map<string, ReadonlySet<string>>();
  #unwritten: NewObject[] = [];
  /** When a Git command began to write objects that nobody has flushed the names of; `undefined`: none has. */
  #gitWroteMs: number | undefined;
  #lastLookMs = 0;
  #lastLookTookMs = 0;

  constructor(repo: GitRepository, options: PrivateIndexOptions = {}) {
    this.#repo = repo;
    this.#durable = options.durable ?? true;
    this.#exclude = options.exclude ?? (() => false);
    this.#editor = new TreeEditor(repo, undefined);
    this.#blobs = new BlobMaker(repo, (path) => this.#editor.find(path));
  }

  /**
   * Takes up every change of tracked files: edited, deleted, new to the index, changed in mode.
   *
   * @returns Whether it looked: `false` only with `thrifty`.
   */
  stageTracked(options: StageTrackedOptions = {}): boolean {
    const startMs = performance.now();
    const isFirst = this.#state === undefined;
    if (options.thrifty === true && !isFirst && this.#lastLookTookMs > THRIFTY_SHARE * (startMs - this.#lastLookMs)) {
      return false;
    }
    this.#seed();
    const changes = this.#lookForChanges();
    const present = changes.filter((change) => change.mode !== undefined).map(pathOf);
    this.#editor.preload(present);
    const { files, objects } = this.#blobs.make(present);
    this.#unwritten.push(...objects);
    const edits = new Map<string, TreeFile | null>();
    // First back to the base, then what differs now.
    for (const [path, base] of this.#tracked) edits.set(path, base);
    this.#tracked = new Map(changes.map((change) => [change.path, change.staged ?? null]));
    for (const { path, mode } of changes) {
      const file = files.get(path) ?? null;
      edits.set(path, file === null || mode === undefined ? null : { mode, id: file.id });
    }
    // What the caller listed is at least as new, and may differ from the tracked state on purpose.
    for (const [path, file] of this.#listed) if (edits.has(path)) edits.set(path, file);
    this.#editor.apply(edits);
    this.#lastLookMs = performance.now();
    this.#lastLookTookMs = this.#lastLookMs - startMs;
    return true;
  }

  /**
   * Takes up files and folders by name, tracked or not, ignored or not. Below a folder, what a `.gitignore` inside it
   * hides stays out, and files that are gone since the last call go from the tree too. A path that is not there is
   * taken away.
   *
   * @param paths - Relative to the root of the work tree, `/` between parts.
   * @throws {@link InvalidTreePathError}
   */
  stage(paths: readonly string[]): void {
    if (this.#state === undefined) this.#seed();
    const gone = new Set<string>();
    const present = new Set<string>();
    for (const path of paths) {
      requireTreePath(path);
      const isFolder = statWorkspaceFile(this.#repo.root, path).kind === "folder";
      const files = isFolder ? listFolderFiles(this.#repo, path).filter((file) => !this.#exclude(file)) : [];
      for (const file of this.#folders.get(path) ?? []) gone.add(file);
      this.#folders.set(path, new Set(files));
      if (isFolder) for (const file of files) present.add(file);
      else present.add(path);
    }
    this.#editor.preload([...present]);
    const { files, objects } = this.#blobs.make(present);
    this.#unwritten.push(...objects);
    const edits = new Map<string, TreeFile | null>();
    for (const path of gone) if (!present.has(path)) edits.set(path, null);
    for (const [path, file] of files) edits.set(path, file);
    this.#put(edits);
  }

  /** Puts files with content of the caller's into the tree, whatever the work tree holds; `null` takes a path away. */
  put(contents: ReadonlyMap<string, Uint8Array | null>): void {
    if (this.#state === undefined) this.#seed();
    const edits = new Map<string, TreeFile | null>();
    for (const [path, data] of contents) {
      if (data === null) {
        edits.set(path, null);
        continue;
      }
      const object: NewObject = { type: "blob", data };
      this.#unwritten.push(object);
      edits.set(path, { mode: "100644", id: objectId(object, this.#repo.objectFormat) });
    }
    this.#put(edits);
  }

  /** Tree of what the user has staged; `undefined` where nothing is. Files in conflict are as the work tree has them. */
  get stagedTree(): string | undefined {
    if (this.#state === undefined) this.#seed();
    return this.#base;
  }

  /** Files are in conflict, as after a merge that was not finished. */
  get hasConflicts(): boolean {
    if (this.#state === undefined) this.#seed();
    return this.#hasConflicts;
  }

  /** Tells whether the tree holds a file at a path. */
  has(path: string): boolean {
    if (this.#state === undefined) this.#seed();
    return this.#editor.find(path) !== undefined;
  }

  /** Returns those of the paths that the user's index holds a file at, or files below: they are Git's to keep. */
  trackedPaths(paths: readonly string[]): readonly string[] {
    return [...listTrackedPaths(this.#repo, paths)];
  }

  /** Every path of the user's index, as it was copied. */
  get stagedPaths(): ReadonlySet<string> {
    if (this.#state === undefined) this.#seed();
    this.#paths ??= new Set(this.#listPaths());
    return this.#paths;
  }

  /** Returns the id of the tree as it stands; its objects are in the repository then. */
  writeTree(): string {
    const { id, objects } = this.#build();
    this.#write([...this.#unwritten, ...objects]);
    return id;
  }

  /** Commits the tree as it stands. No ref moves; blobs, trees and the commit are written in one go. */
  commit(commit: Omit<NewCommit, "tree" | "durable">): MadeCommit {
    const { id: tree, objects } = this.#build();
    const object = formatNewCommit(this.#repo, { ...commit, tree });
    const ids = this.#write([...this.#unwritten, ...objects, object]);
    return { commit: ids.at(-1) ?? "", tree };
  }

  /** Starts over: the next call reads everything again. For after objects were lost, such as by a `gc --prune=now`. */
  reset(): void {
    this.#blobs.reset();
    this.#state = undefined;
    this.#base = undefined;
    this.#editor = new TreeEditor(this.#repo, undefined);
    this.#tracked.clear();
    this.#listed.clear();
    this.#folders.clear();
    this.#unwritten = [];
  }

  /** Removes the private copy; the object can be used again and makes a new one. */
  [Symbol.dispose](): void {
    if (this.#path !== undefined) removeIndexCopy(this.#path);
    this.#path = undefined;
    this.#state = undefined;
  }

  #put(edits: ReadonlyMap<string, TreeFile | null>): void {
    for (const [path, file] of edits) this.#listed.set(path, file);
    this.#editor.apply(edits);
  }

  #build(): { id: string; objects: readonly NewObject[] } {
    if (this.#state === undefined) this.#seed();
    return this.#editor.build();
  }

  #write(objects: readonly NewObject[]): readonly string[] {
    const ids = writeObjects(this.#repo, objects, { durable: this.#durable });
    if (this.#durable && this.#gitWroteMs !== undefined) syncObjectFolders(this.#repo, this.#gitWroteMs);
    this.#gitWroteMs = undefined;
    // Only now: what could not be written, on a full disk say, is written with the next commit.
    this.#unwritten = [];
    this.#editor.markWritten();
    return ids;
  }

  /** Makes the base tree from the user's index, if it is not the one the base was made from. */
  #seed(): void {
    if (this.#state !== undefined && this.#state === indexState(this.#repo)) return;
    this.#path ??= newIndexPath(this.#repo);
    const { state, data } = copyIndex(this.#repo, this.#path);
    const content = parseIndex(this.#repo, data);
    this.#paths = undefined;
    this.#hasConflicts = false;
    // Git notes the tree of what is staged: mostly there is nothing to work out.
    const base = state === "" ? undefined : (content?.tree ?? this.#writeIndexTree());
    // `git status` rewrites the index and changes nothing in it.
    if (this.#state === undefined || base !== this.#base) {
      this.#base = base;
      this.#editor = new TreeEditor(this.#repo, base);
      this.#tracked.clear();
      this.#editor.apply(this.#listed);
    }
    this.#state = state;
  }

  #listPaths(): readonly string[] {
    if (this.#state === "" || this.#path === undefined) return [];
    const content = parseIndex(this.#repo, readFileSync(this.#path), { withPaths: true });
    return content?.paths ?? this.#git(["ls-files", "-z", "--cached"]).toString().split("\0").filter(Boolean);
  }

  #writeIndexTree(): string {
    this.#gitWroteMs ??= Date.now();
    try {
      return this.#git(["write-tree"]).toString().trim();
    } catch (error) {
      if (!(error instanceof GitCommandError) || !/unmerged|invalid object|error building trees/.test(error.stderr)) {
        throw error;
      }
      if (!/unmerged/.test(error.stderr)) throw error;
    }
    this.#hasConflicts = true;
    // Files in conflict: the commit takes them as the work tree has them. Only the copy is told so.
    this.#git(["add", "--update", "--", ":/"]);
    try {
      return this.#git(["write-tree"]).toString().trim();
    } catch (error) {
      if (error instanceof GitCommandError && /unmerged/.test(error.stderr))
        throw new UnmergedIndexError(this.#repo.root);
      throw error;
    }
  }

  #lookForChanges(): readonly TrackedChange[] {
    if (this.#state === "") return [];
    return parseTrackedChanges(this.#git(["diff-files", "--raw", "-z", "--ignore-submodules=dirty"]));
  }

  #git(args: readonly string[]): Buffer {
    // The copy keeps every file: a sparse index that `write-tree` writes loses entries once `git add -N` announced one.
    const config = ["index.sparse=false"];
    return runGitSync(this.#repo, args, { config, env: { GIT_INDEX_FILE: this.#path ?? "" } }).stdout;
  }
}

function pathOf(change: TrackedChange): string {
  return change.path;
}
