import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createBundle, type GitRepository, listRefs, readBundle, updateRefs } from "@waymark/git";
import { listFolder } from "../../../list-folder.ts";
import { letterFolder, letterRef } from "./letters.ts";
import type { Post, PostedLetter } from "./post.ts";

/** `result-<element>-<number of the letter>.bundle` */
const RESULT = /^result-(?<index>\d+)-(?<number>\d+)\.bundle$/u;
const STARTS = "start.bundle";

/**
 * Letters as bundles in a folder that both sides see. Each letter of a job has a number, and a name that is taken first by
 * making a folder of it, which every file system does for one of two alone.
 */
export class BundlePost implements Post {
  readonly #folder: string;
  readonly #submission: string;
  /** The start commits, which both sides have: results are sent without them. */
  #known: readonly string[] = [];
  /** Number of the newest letter that was seen or sent, by element. */
  readonly #seen = new Map<number, number>();

  /** @param folder - Of this submission alone, absolute. */
  constructor(folder: string, submission: string) {
    this.#folder = folder;
    this.#submission = submission;
  }

  async sendStarts(repo: GitRepository, ids: readonly string[]): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    const refs = ids.map((newId, index) => ({
      ref: letterRef(this.#submission, index, "start"),
      newId,
      oldId: undefined,
    }));
    updateRefs(repo, refs);
    await createBundle(
      repo,
      join(this.#folder, STARTS),
      refs.map(({ ref }) => ref),
    );
  }

  async bringStart(repo: GitRepository, index: number): Promise<string | undefined> {
    if (!listFolder(this.#folder).includes(STARTS)) return undefined;
    const ref = letterRef(this.#submission, index, "start");
    const refs = await readBundle(repo, join(this.#folder, STARTS));
    const id = refs.find(({ name }) => name === ref)?.id;
    if (id === undefined) return undefined;
    updateRefs(repo, [{ ref, newId: id, oldId: undefined }]);
    this.#known = [id];
    return id;
  }

  async bringResult(repo: GitRepository, index: number): Promise<string | undefined> {
    return (await this.#bring(repo, index))[0]?.id;
  }

  async bringResults(repo: GitRepository): Promise<readonly PostedLetter[]> {
    return this.#bring(repo, undefined);
  }

  async sendResult(repo: GitRepository, index: number, id: string): Promise<boolean> {
    const ref = letterRef(this.#submission, index, "result");
    const number = (this.#seen.get(index) ?? 0) + 1;
    // Whoever sends the next one has seen all before it.
    if (!this.isNewest(repo, index) || !this.#takeNumber(index, number)) return false;
    // Already now: what is being written is ours, whoever asks meanwhile.
    this.#seen.set(index, number);
    updateRefs(repo, [{ ref, newId: id, oldId: undefined }]);
    await createBundle(repo, join(this.#folder, `result-${index}-${number}.bundle`), [ref], this.#known);
    return true;
  }

  isNewest(_repo: GitRepository, index: number): boolean {
    return (this.#numbers(index).at(-1) ?? 0) === (this.#seen.get(index) ?? 0);
  }

  async clear(repo: GitRepository): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    const refs = await listRefs(repo, [letterFolder(this.#submission)]);
    updateRefs(
      repo,
      refs.map(({ name, id }) => ({ ref: name, newId: null, oldId: id })),
    );
  }

  /** Numbers of letters that were begun, lowest first: complete ones, and those that are being written. */
  #numbers(index: number): readonly number[] {
    const names = listFolder(this.#folder).flatMap((name) => {
      const groups = RESULT.exec(name.replace(/\.taken$/u, ".bundle"))?.groups;
      return Number(groups?.["index"]) === index ? [Number(groups?.["number"])] : [];
    });
    return [...new Set(names)].toSorted((a, b) => a - b);
  }

  #takeNumber(index: number, number: number): boolean {
    try {
      mkdirSync(join(this.#folder, `result-${index}-${number}.taken`));
      return true;
    } catch {
      return false;
    }
  }

  /** Brings the newest letter of each element, and remembers that we have seen it. */
  async #bring(repo: GitRepository, only: number | undefined): Promise<readonly PostedLetter[]> {
    const newest = new Map<number, number>();
    for (const name of listFolder(this.#folder)) {
      const groups = RESULT.exec(name)?.groups;
      const [index, number] = [Number(groups?.["index"]), Number(groups?.["number"])];
      if (groups === undefined || (only !== undefined && only !== index)) continue;
      newest.set(index, Math.max(newest.get(index) ?? 0, number));
    }
    const letters: PostedLetter[] = [];
    for (const [index, number] of newest) {
      const [ref] = await readBundle(repo, join(this.#folder, `result-${index}-${number}.bundle`));
      if (ref === undefined) continue;
      // Nothing else names these objects yet.
      updateRefs(repo, [{ ref: letterRef(this.#submission, index, "result"), newId: ref.id, oldId: undefined }]);
      this.#seen.set(index, Math.max(number, this.#numbers(index).at(-1) ?? 0));
      letters.push({ index, id: ref.id });
    }
    return letters;
  }
}
