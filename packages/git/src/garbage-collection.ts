import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno, isProcessAlive, processIdentity } from "@waymark/files";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** How often a collection that runs is looked after. */
const POLL_MS = 20;

/**
 * Watches for a `git gc` beside work that writes objects. `git gc --prune=now` deletes what nothing names yet, also what
 * another process has just written; what a ref names by the time it looks for names is safe. Without any collection this
 * costs two looks at files.
 */
export class CollectionWatch {
  readonly #repo: GitRepository;
  readonly #packs: number;

  constructor(repo: GitRepository) {
    this.#repo = repo;
    this.#packs = packsChanged(repo);
  }

  /** Whether one runs, or ran since the watch began. */
  hasSeenOne(): boolean {
    return readCollection(this.#repo) !== undefined || packsChanged(this.#repo) !== this.#packs;
  }

  /**
   * Whether everything is there, and will be, that a commit has and `known` has not. A ref names the commit by now.
   *
   * @param limitMs - How long to wait for a collection that may have looked for names before.
   */
  async hasSpared(commit: string, known: string, limitMs: number): Promise<boolean> {
    if (!this.hasSeenOne()) return true;
    if (!(await this.#hasObjects(commit, known))) return false;
    return !(await this.waitForEnd(limitMs)) || this.#hasObjects(commit, known);
  }

  /**
   * Waits for the collection that runs; another one, which looks for names later, is not waited for.
   *
   * @returns Whether one ran.
   */
  async waitForEnd(limitMs: number): Promise<boolean> {
    const first = readCollection(this.#repo);
    if (first === undefined) return false;
    const end = Date.now() + limitMs;
    while (readCollection(this.#repo) === first && Date.now() < end) await sleep(POLL_MS);
    return true;
  }

  async #hasObjects(commit: string, known: string): Promise<boolean> {
    const args = ["rev-list", "--objects", "--quiet", "--missing=allow-promisor", commit, `^${known}`];
    const options = { env: { GIT_NO_LAZY_FETCH: "1" }, allowedExitCodes: [0, 128] };
    return (await runGit(this.#repo, args, options)).exitCode === 0;
  }
}

function packsChanged({ commonDir }: GitRepository): number {
  return statSync(join(commonDir, "objects", "pack"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Reads who collects: number and host, as Git writes them; `undefined` when nobody does. */
function readCollection({ commonDir }: GitRepository): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(commonDir, "gc.pid"), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
  const [pid = "", host = ""] = text.trim().split(" ");
  const identity = { ...processIdentity(), pid: Number(pid), host, processStart: null };
  return isProcessAlive(identity) ? text : undefined;
}
