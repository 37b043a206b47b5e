import { type GitRepository, readRef, RefChangedError, updateRefs } from "@waymark/git";
import { letterRef } from "./letters.ts";
import type { Post, PostedLetter } from "./post.ts";

/** Letters as refs of the project itself, where jobs see it as its user does. */
export class LocalPost implements Post {
  readonly #submission: string;
  readonly #count: number;

  /** @param count - Of elements of the array. */
  constructor(submission: string, count: number) {
    this.#submission = submission;
    this.#count = count;
  }

  async sendStarts(repo: GitRepository, ids: readonly string[]): Promise<void> {
    updateRefs(
      repo,
      ids.map((newId, index) => ({ ref: this.#ref(index, "start"), newId, oldId: null })),
    );
  }

  async bringStart(repo: GitRepository, index: number): Promise<string | undefined> {
    return readRef(repo, this.#ref(index, "start"));
  }

  async bringResult(repo: GitRepository, index: number): Promise<string | undefined> {
    return readRef(repo, this.#ref(index, "result"));
  }

  async bringResults(repo: GitRepository): Promise<readonly PostedLetter[]> {
    return Array.from({ length: this.#count }, (_, index) => index).flatMap((index) => {
      const id = readRef(repo, this.#ref(index, "result"));
      return id === undefined ? [] : [{ index, id }];
    });
  }

  async sendResult(repo: GitRepository, index: number, id: string, oldId: string | null): Promise<boolean> {
    try {
      updateRefs(repo, [{ ref: this.#ref(index, "result"), newId: id, oldId }]);
      return true;
    } catch (error) {
      if (error instanceof RefChangedError) return false;
      throw error;
    }
  }

  isNewest(repo: GitRepository, index: number, id: string | null): boolean {
    return (readRef(repo, this.#ref(index, "result")) ?? null) === id;
  }

  async clear(repo: GitRepository): Promise<void> {
    const refs = Array.from({ length: this.#count }, (_, index) => [
      this.#ref(index, "start"),
      this.#ref(index, "result"),
    ]);
    const there = refs.flat().filter((ref) => readRef(repo, ref) !== undefined);
    updateRefs(
      repo,
      there.map((ref) => ({ ref, newId: null, oldId: undefined })),
    );
  }

  #ref(index: number, kind: "start" | "result"): string {
    return letterRef(this.#submission, index, kind);
  }
}
