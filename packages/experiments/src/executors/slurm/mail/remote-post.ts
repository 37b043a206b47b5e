import {
  fetchObjects,
  type GitRef,
  type GitRepository,
  listRemoteRefs,
  pushRefs,
  type RemoteRefUpdate,
  withoutPasswords,
} from "@waymark/git";
import { PostRefusedError } from "../errors.ts";
import { letterFolder, letterRef } from "./letters.ts";
import type { Post, PostedLetter } from "./post.ts";

/** Letters as refs of a Git remote: it decides which of two that are sent at the same time was first. */
export class RemotePost implements Post {
  readonly #url: string;
  readonly #submission: string;
  readonly #signal: AbortSignal | undefined;

  constructor(url: string, submission: string, signal?: AbortSignal) {
    this.#url = url;
    this.#submission = submission;
    this.#signal = signal;
  }

  async sendStarts(repo: GitRepository, ids: readonly string[]): Promise<void> {
    const updates = ids.map((newId, index) => ({
      ref: letterRef(this.#submission, index, "start"),
      newId,
      oldId: null,
    }));
    await this.#push(repo, updates);
  }

  async bringStart(repo: GitRepository, index: number): Promise<string | undefined> {
    return this.#bringOne(repo, letterRef(this.#submission, index, "start"));
  }

  async bringResult(repo: GitRepository, index: number): Promise<string | undefined> {
    return this.#bringOne(repo, letterRef(this.#submission, index, "result"));
  }

  async bringResults(repo: GitRepository): Promise<readonly PostedLetter[]> {
    const refs = await this.#list(repo, letterFolder(this.#submission));
    const letters = refs.flatMap(({ name, id }): readonly PostedLetter[] => {
      const index = /\/(\d+)\/result$/u.exec(name)?.[1];
      return index === undefined ? [] : [{ index: Number(index), id }];
    });
    await this.#fetch(
      repo,
      letters.map(({ id }) => id),
    );
    return letters;
  }

  async sendResult(repo: GitRepository, index: number, id: string, oldId: string | null): Promise<boolean> {
    const ref = letterRef(this.#submission, index, "result");
    const answer = await pushRefs(repo, this.#url, [{ ref, newId: id, oldId }], this.#access);
    const result = answer.get(ref);
    if (result?.kind === "refused") throw new PostRefusedError(withoutPasswords(this.#url), result.reason);
    return result?.kind === "done";
  }

  /** Only the remote knows; what it refuses is in no shared place. */
  isNewest(): boolean {
    return true;
  }

  async clear(repo: GitRepository): Promise<void> {
    const refs = await this.#list(repo, letterFolder(this.#submission));
    const updates = refs.map(({ name, id }) => ({ ref: name, newId: null, oldId: id }));
    if (updates.length > 0) await pushRefs(repo, this.#url, updates, this.#access);
  }

  get #access(): { readonly signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }

  async #push(repo: GitRepository, updates: readonly RemoteRefUpdate[]): Promise<void> {
    const answer = await pushRefs(repo, this.#url, updates, this.#access);
    for (const { ref } of updates) {
      const result = answer.get(ref);
      if (result?.kind === "done") continue;
      const why = result?.kind === "refused" ? result.reason : "it is there already";
      throw new PostRefusedError(withoutPasswords(this.#url), why);
    }
  }

  async #bringOne(repo: GitRepository, ref: string): Promise<string | undefined> {
    const refs = await this.#list(repo, ref.slice(0, ref.lastIndexOf("/")));
    const id = refs.find(({ name }) => name === ref)?.id;
    if (id !== undefined) await this.#fetch(repo, [id]);
    return id;
  }

  async #list(repo: GitRepository, prefix: string): Promise<readonly GitRef[]> {
    return listRemoteRefs(repo, this.#url, [prefix], this.#access);
  }

  async #fetch(repo: GitRepository, ids: readonly string[]): Promise<void> {
    await fetchObjects(repo, this.#url, ids, this.#access);
  }
}
