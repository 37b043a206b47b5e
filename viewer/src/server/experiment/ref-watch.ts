import { relative, sep } from "node:path";
import type { GitRepository } from "@waymark/git";
import { watch, type FSWatcher } from "chokidar";

/** What is watched of a repository's folder, `refs` as far as experiments and the names of baselines come from there. */
const WATCHED_FILES: ReadonlySet<string> = new Set(["HEAD", "packed-refs", "refs"]);
const WATCHED_REFS: ReadonlySet<string> = new Set(["exps", "heads", "tags"]);
/** The deepest folder that is watched: `refs/exps/<2>/<38>`. */
const DEPTH = 4;
/** Refs and their folders that are watched; changes of further ones are found by looking from time to time. */
const MAX_WATCHED = 1500;

/** Tells when HEAD or refs of a repository move. Some events get lost, as with every watch. */
export class RefWatch {
  readonly #repo: GitRepository;
  readonly #watcher: FSWatcher;
  readonly #watched = new Set<string>();

  /** @param onEvent - Called for every event, often many times in a row, and when the watch has begun. */
  constructor(repo: GitRepository, onEvent: () => void) {
    this.#repo = repo;
    // The folders and not their files: those that are not there yet are told of when they come.
    this.#watcher = watch([...new Set([repo.commonDir, repo.gitDir])], {
      depth: DEPTH,
      ignored: (path) => !this.#isOfInterest(path),
      ignoreInitial: true,
      ignorePermissionErrors: true,
      followSymlinks: false,
      atomic: false,
      awaitWriteFinish: false,
    });
    this.#watcher.on("all", (event, path) => {
      if (event === "unlink" || event === "unlinkDir") this.#watched.delete(relative(repo.commonDir, path));
      onEvent();
    });
    this.#watcher.on("ready", onEvent);
    // No more watches, or a repository that goes away: looking from time to time covers it.
    this.#watcher.on("error", () => undefined);
  }

  async close(): Promise<void> {
    await this.#watcher.close();
  }

  #isOfInterest(path: string): boolean {
    // The folder of a worktree has a HEAD of its own, and lies in that of the repository.
    const inGitDir = relative(this.#repo.gitDir, path);
    if (inGitDir === "" || inGitDir === "HEAD") return true;
    const name = relative(this.#repo.commonDir, path);
    if (name === "") return true;
    const [file = "", kind] = name.split(sep, 2);
    if (!WATCHED_FILES.has(file) || name.endsWith(".lock")) return false;
    if (kind === undefined) return true;
    if (!WATCHED_REFS.has(kind)) return false;
    if (this.#watched.has(name)) return true;
    if (this.#watched.size >= MAX_WATCHED) return false;
    this.#watched.add(name);
    return true;
  }
}
