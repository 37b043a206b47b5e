import { parseCommitMessage, type CommitTrailers } from "@waymark/core";
import { ObjectReader, parseCommit, parseTree, type GitRepository, type TreeEntry } from "@waymark/git";
import { Lru } from "../lru.ts";

/** What the viewer needs of a commit. */
export interface ViewedCommit {
  readonly id: string;
  readonly tree: string;
  readonly parent: string | undefined;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly trailers: CommitTrailers;
}

/** Larger blobs are not shown: neither a history nor an image comes near. */
const MAX_BLOB_BYTES = 256 * 1024 * 1024;
/** Checkpoints that one chain may have. */
const MAX_CHAIN = 100_000;

/** Reads commits, trees and blobs. Objects never change, so what was parsed is kept for as long as there is room. */
export class ObjectStore {
  readonly #reader: ObjectReader;
  readonly #idLength: number;
  readonly #commits = new Lru<string, ViewedCommit>(50_000);
  readonly #trees = new Lru<string, readonly TreeEntry[]>(5000);

  constructor(repo: GitRepository) {
    this.#reader = new ObjectReader(repo, { maxBytes: MAX_BLOB_BYTES });
    this.#idLength = repo.idLength;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  /** Reads the commits of an experiment, newest first, up to and without its baseline. */
  async chain(tip: string, baseline: string): Promise<ViewedCommit[]> {
    const commits: ViewedCommit[] = [];
    let id: string | undefined = tip;
    while (id !== undefined && id !== baseline && commits.length < MAX_CHAIN) {
      const commit = await this.commit(id);
      if (commit === undefined) break;
      commits.push(commit);
      id = commit.parent;
    }
    return commits;
  }

  async commit(id: string): Promise<ViewedCommit | undefined> {
    const known = this.#commits.get(id);
    if (known !== undefined) return known;
    const object = await this.#reader.read(id);
    const parsed = object?.type === "commit" ? parseCommit(object.data) : undefined;
    if (parsed === undefined) return undefined;
    const { tree, parents, committer, message } = parsed;
    const { trailers } = parseCommitMessage(message);
    const commit = { id, tree, parent: parents[0], timeMs: committer.timeSeconds * 1000, trailers };
    this.#commits.set(id, commit);
    return commit;
  }

  /** Reads a tree; what is not there is empty. */
  async tree(id: string): Promise<readonly TreeEntry[]> {
    const known = this.#trees.get(id);
    if (known !== undefined) return known;
    const object = await this.#reader.read(id);
    const entries = object?.type === "tree" ? parseTree(object.data, this.#idLength) : [];
    this.#trees.set(id, entries);
    return entries;
  }

  /** Reads a blob; `undefined` when it is not there. */
  async blob(id: string): Promise<Uint8Array | undefined> {
    const object = await this.#reader.read(id);
    return object?.type === "blob" ? object.data : undefined;
  }
}
