import { createHash, type Hash } from "node:crypto";
import { objectHeader } from "./object.ts";
import { parseBatchHeader } from "./objects.ts";
import type { GitRepository } from "./repository.ts";
import { startError, startGit } from "./run.ts";

/**
 * Reads objects and compares their bytes with their ids, in one process and without holding any of them in memory.
 * Nothing is fetched that a partial clone lacks.
 *
 * @param ids - Full ids.
 * @returns Those that are missing or whose bytes are others.
 */
export async function findDamagedObjects(
  repo: GitRepository,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const damaged: string[] = [];
  for (let next = 0; next < ids.length;) {
    signal?.throwIfAborted();
    const rest = ids.slice(next);
    const checked = await readThrough(repo, rest, damaged, signal);
    next += checked;
    // Git ends at an object it cannot unpack: that one is damaged, and the others are still to be read.
    if (checked < rest.length) damaged.push(ids[next++] ?? "");
  }
  return damaged;
}

/** @returns How many objects were answered for. */
async function readThrough(
  repo: GitRepository,
  ids: readonly string[],
  damaged: string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const child = startGit(repo, ["cat-file", "--batch", "--buffer"], { env: { GIT_NO_LAZY_FETCH: "1" } });
  const answers = new AnswerHasher(repo, ids, damaged);
  const abort = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", abort, { once: true });
  child.stdout.on("data", (chunk: Buffer) => answers.take(chunk));
  child.stderr.resume();
  child.stdin.on("error", () => {});
  child.stdin.end(`${ids.join("\n")}\n`);
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", (error) => reject(startError(error, repo)));
      child.on("close", () => resolve());
    });
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return answers.count;
}

/** Takes the answers of `cat-file --batch` apart as they come. */
class AnswerHasher {
  /** Objects that were answered for in whole. */
  count = 0;
  readonly #repo: GitRepository;
  readonly #ids: readonly string[];
  readonly #damaged: string[];
  #line = "";
  #hash: Hash | undefined;
  /** Bytes of the object that are still to come, and the line end after them. */
  #left = 0;

  constructor(repo: GitRepository, ids: readonly string[], damaged: string[]) {
    this.#repo = repo;
    this.#ids = ids;
    this.#damaged = damaged;
  }

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.byteLength;)
      at = this.#hash === undefined ? this.#header(chunk, at) : this.#body(chunk, at);
  }

  #header(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(0x0a, from);
    this.#line += chunk.toString("latin1", from, end === -1 ? chunk.byteLength : end);
    if (end === -1) return chunk.byteLength;
    const header = parseBatchHeader(this.#line);
    this.#line = "";
    if (header === undefined) this.#finish(undefined);
    else {
      this.#hash = createHash(this.#repo.objectFormat).update(objectHeader(header.type, header.sizeBytes));
      this.#left = header.sizeBytes + 1;
    }
    return end + 1;
  }

  #body(chunk: Buffer, from: number): number {
    const bytes = Math.min(this.#left, chunk.byteLength - from);
    const content = Math.min(bytes, this.#left - 1);
    if (content > 0) this.#hash?.update(chunk.subarray(from, from + content));
    this.#left -= bytes;
    if (this.#left === 0) this.#finish(this.#hash?.digest("hex"));
    return from + bytes;
  }

  #finish(id: string | undefined): void {
    const asked = this.#ids[this.count] ?? "";
    if (id !== asked) this.#damaged.push(asked);
    this.count += 1;
    this.#hash = undefined;
  }
}
