import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PrivateIndex } from "@waymark/git";
import { ContentCache, trackSync } from "@waymark/store";
import { TrackerError } from "@waymark/core";
import { listIgnored } from "./ignored.ts";
import { expandObjects } from "./listed-objects.ts";
import { type Project, stateFolder, toRepositoryPath } from "./project.ts";

/** A path that cannot be the file of a checkpoint. */
export class InvalidCheckpointPathError extends TrackerError {
  override readonly code = "INVALID_CHECKPOINT_PATH";
  readonly path: string;

  constructor(path: string, why: string, hint: string) {
    super(`'${path}' cannot be part of a checkpoint: ${why}`, { hint });
    this.path = path;
  }
}

/** The files of one checkpoint, safe in the cache or known to Git. Paths are relative to the repository. */
export interface StoredFiles {
  /** What was listed, each once. */
  readonly listed: readonly string[];
  /** What is to be committed for them: `.dvc` files, ignore files, and what Git tracks itself. */
  readonly stage: readonly string[];
  /** Objects that hold the content, files of folders included. Only when asked for. */
  readonly objects: readonly string[];
  /** Those of them that were not in the cache before. */
  readonly created: readonly string[];
  /** What comes back in another form than it has now: one sentence for each folder, and only once. */
  readonly notes: readonly string[];
}

/** Options of {@link CheckpointFiles}. */
export interface CheckpointFilesOptions {
  /** Live folder, absolute: it is committed as it is and cannot be in the cache. */
  readonly dir: string;
  /** Find out which objects hold the files, for a policy that drops checkpoints later. */
  readonly listsObjects: boolean;
}

/** Puts the listed files of checkpoints where they are safe. */
export class CheckpointFiles {
  readonly #project: Project;
  readonly #index: PrivateIndex;
  readonly #options: CheckpointFilesOptions;
  /** Paths that Git does not track. Once in the cache they are ignored, so they stay that way. */
  readonly #untracked = new Set<string>();
  /** Those that it ignored before there was an entry of ours. */
  #ignored: ReadonlySet<string> = new Set();
  /** Folders that were looked through for links. */
  readonly #lookedThrough = new Set<string>();
  #cache: ContentCache | undefined;

  constructor(project: Project, index: PrivateIndex, options: CheckpointFilesOptions) {
    this.#project = project;
    this.#index = index;
    this.#options = options;
  }

  /**
   * Stores files and folders: what Git tracks stays with Git, everything else goes to the cache with a `.dvc` file and
   * an ignore entry.
   *
   * @param paths - Absolute.
   * @throws {@link InvalidCheckpointPathError}, and what storing throws: nothing has been committed then.
   */
  store(paths: readonly string[]): StoredFiles {
    const { root } = this.#project;
    const listed = withoutNested(paths.map((path) => this.#check(path)));
    const unknown = listed.filter((path) => !this.#untracked.has(path));
    const tracked = new Set(this.#index.trackedPaths(unknown));
    const untracked = unknown.filter((path) => !tracked.has(path));
    this.#ignored = new Set([...this.#ignored, ...listIgnored(this.#project.repo, untracked)]);
    const stage: string[] = [];
    const objects: string[] = [];
    const created: string[] = [];
    const notes: string[] = [];
    for (const path of listed) {
      if (tracked.has(path)) {
        stage.push(path);
        continue;
      }
      const startMs = Date.now();
      this.#refuseNested(path);
      const { content } = trackSync(this.#openCache(), join(root, path), {
        isIgnored: this.#ignored.has(path),
        // The next command that holds DVC's lock clears it.
        temporaryFolder: join(stateFolder(this.#project), "unfinished"),
      });
      this.#untracked.add(path);
      notes.push(...this.#noteLinks(path));
      const ignoreFile = join(dirname(path), ".gitignore");
      stage.push(`${path}.dvc`, ...(existsSync(join(root, ignoreFile)) ? [ignoreFile] : []));
      if (!this.#options.listsObjects) continue;
      const all = expandObjects(this.#openCache(), [content.md5]);
      objects.push(...all);
      created.push(...all.filter((object) => this.#isYoungerThan(object, startMs)));
    }
    return { listed, stage: [...new Set(stage)], objects, created, notes };
  }

  #check(path: string): string {
    const { root } = this.#project;
    const inside = toRepositoryPath(root, path);
    if (inside === undefined) {
      throw new InvalidCheckpointPathError(
        path,
        "it lies outside of the Git repository",
        "Save it inside the project.",
      );
    }
    const live = toRepositoryPath(root, this.#options.dir) ?? "";
    if (inside === "" || inside === live || live.startsWith(`${inside}/`)) {
      const hint = "The live folder is committed by itself: list only the files that the loop continues from.";
      throw new InvalidCheckpointPathError(path, "it holds the live folder", hint);
    }
    return inside;
  }

  /** An output inside another output makes every DVC command fail. */
  #refuseNested(path: string): void {
    const { root } = this.#project;
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
      if (!existsSync(join(root, `${folder}.dvc`))) continue;
      const hint = `List '${folder}' instead, or remove '${folder}.dvc' if it is not used any more.`;
      throw new InvalidCheckpointPathError(
        path,
        `it lies in '${folder}', which '${folder}.dvc' tracks as a whole`,
        hint,
      );
    }
  }

  /** DVC's list of a folder names files and their content: of a link it keeps what it points to. */
  #noteLinks(path: string): readonly string[] {
    if (this.#lookedThrough.has(path)) return [];
    this.#lookedThrough.add(path);
    const [first, ...others] = findLinks(this.#project.root, path);
    if (first === undefined) return [];
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return [`The link '${first}'${more} in '${path}' is kept as the file it points to, and comes back as a file.`];
  }

  #openCache(): ContentCache {
    this.#cache ??= ContentCache.open(join(this.#project.dvcRoot, ".dvc"), { env: this.#project.repo.env });
    return this.#cache;
  }

  /** An object that was there already keeps its time. */
  #isYoungerThan(object: string, timeMs: number): boolean {
    const stats = statSync(this.#openCache().objectPath(object), { throwIfNoEntry: false });
    // File systems keep coarser time than the clock.
    return stats !== undefined && stats.mtimeMs >= timeMs - 20;
  }
}

function findLinks(root: string, folder: string): readonly string[] {
  if (lstatSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isSymbolicLink()) return [path];
    return entry.isDirectory() ? findLinks(root, path) : [];
  });
}

function withoutNested(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => path.startsWith(`${other}/`)));
}
