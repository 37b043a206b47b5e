import type { GitRepository } from "@waymark/git";

/** A letter at the post. */
export interface PostedLetter {
  readonly index: number;
  /** 40-hex id of its commit, which is in the repository now. */
  readonly id: string;
}

/** What carries the letters of one submission between the project and its jobs. */
export interface Post {
  /** Sends the letters to all jobs, `ids` in the order of the elements. */
  sendStarts(repo: GitRepository, ids: readonly string[]): Promise<void>;
  /** Brings the letter to one job; `undefined` when there is none. */
  bringStart(repo: GitRepository, index: number): Promise<string | undefined>;
  /** Brings the newest letter from one job; `undefined` when there is none. */
  bringResult(repo: GitRepository, index: number): Promise<string | undefined>;
  /** Brings the newest letters of all jobs. */
  bringResults(repo: GitRepository): Promise<readonly PostedLetter[]>;
  /**
   * Sends a letter from a job, in the place of the one it sent before.
   *
   * @param oldId - That one; `null` for the first.
   * @returns False when somebody else has sent one meanwhile: the job was started anew elsewhere, and is not ours any more.
   */
  sendResult(repo: GitRepository, index: number, id: string, oldId: string | null): Promise<boolean>;
  /**
   * Tells whether a letter is still the newest from its job, as far as that is known without waiting: asked right before
   * refs move.
   *
   * @param id - `null`: none was sent.
   */
  isNewest(repo: GitRepository, index: number, id: string | null): boolean;
  /** Takes everything away, once the results are in the project. */
  clear(repo: GitRepository): Promise<void>;
}
