import { type CommitTrailers, formatCommitMessage, type KeepPolicy, parseCommitMessage } from "@waymark/core";
import {
  formatCommit,
  type GitRepository,
  type NewObject,
  ObjectMissingError,
  objectId,
  parseCommit,
  readObjectsSync,
  writeObjects,
} from "@waymark/git";
import { findBest, selectKept } from "./keep.ts";

/** A commit of the run that is going on. */
export interface RunCommit {
  readonly id: string;
  readonly tree: string;
  readonly parent: string;
  readonly trailers: CommitTrailers;
  /** Value of the metric that a policy looks at. */
  readonly value: number | undefined;
  /** Hashes of the checkpoint's files in the cache. */
  readonly objects: readonly string[];
}

/** What a chain starts from. */
export interface ChainStart {
  /** Parent of the first commit: the baseline, or the checkpoint that was forked. */
  readonly base: string;
  /** `NAME@STEP` of that checkpoint. */
  readonly forkedFrom: string | undefined;
  /** Commits there are, oldest first. */
  readonly commits: readonly RunCommit[];
}

/** What adding a commit makes of a chain. */
export interface ChainUpdate {
  /** What the ref is to point to. */
  readonly tip: string;
  /** Checkpoints that leave the chain. */
  readonly dropped: readonly RunCommit[];
  /** The chain to go on with once the ref has moved. */
  readonly next: RunChain;
}

/**
 * The commits of one experiment from its baseline, or its fork, on. Nothing here moves a ref.
 *
 * ```
 *   base ◄── c1 ◄── c2 ◄── c3        a policy drops c1:   base ◄── c2' ◄── c3'
 * ```
 */
export class RunChain {
  readonly base: string;
  readonly #repo: GitRepository;
  readonly #keep: KeepPolicy;
  readonly #forkedFrom: string | undefined;
  /** Oldest first. With a policy that keeps all of them, only the newest is remembered. */
  readonly #commits: readonly RunCommit[];

  constructor(repo: GitRepository, keep: KeepPolicy, start: ChainStart) {
    this.#repo = repo;
    this.#keep = keep;
    this.base = start.base;
    this.#forkedFrom = start.forkedFrom;
    this.#commits = keep.kind === "all" ? start.commits.slice(-1) : start.commits;
  }

  get newest(): RunCommit | undefined {
    return this.#commits.at(-1);
  }

  /** Hashes that the checkpoints of the chain need in the cache; complete unless all are kept anyway. */
  get neededObjects(): ReadonlySet<string> {
    return new Set(this.#commits.flatMap((commit) => commit.objects));
  }

  /** The checkpoint with the best value of the metric that a policy looks at. */
  findBest(goal: "min" | "max"): RunCommit | undefined {
    return findBest(
      this.#commits.filter(({ trailers }) => trailers.step !== undefined),
      goal,
    );
  }

  /** The origin that a commit on `parent` has to name: that of a fork, in its first commit. */
  originOf(parent: string): string | undefined {
    return parent === this.base ? this.#forkedFrom : undefined;
  }

  /**
   * Works out the chain with a commit added, and writes the commits that have to be made again on another parent.
   *
   * @param replaces - The newest commit is of the same step and gives way.
   */
  add(commit: RunCommit, replaces: boolean): ChainUpdate {
    const all = [...(replaces ? this.#commits.slice(0, -1) : this.#commits), commit];
    // The last commit of a run that ended between checkpoints is none, and stays.
    const candidates = all
      .filter(({ trailers }) => trailers.step !== undefined)
      .map((one) => ({ one, step: one.trailers.step ?? 0, value: one.value }));
    const kept = new Set(selectKept(candidates, this.#keep));
    const dropped = candidates.filter((candidate) => !kept.has(candidate)).map(({ one }) => one);
    const commits = dropped.length === 0 ? all : this.#relink(all, new Set(dropped));
    const start = { base: this.base, forkedFrom: this.#forkedFrom, commits };
    return { tip: commits.at(-1)?.id ?? commit.id, dropped, next: new RunChain(this.#repo, this.#keep, start) };
  }

  /** Makes commits again without the dropped ones: same tree, message, people and dates. */
  #relink(all: readonly RunCommit[], dropped: ReadonlySet<RunCommit>): RunCommit[] {
    const kept = all.filter((commit) => !dropped.has(commit));
    const contents = readObjectsSync(
      this.#repo,
      kept.map(({ id }) => id),
    );
    const made: NewObject[] = [];
    const chain: RunCommit[] = [];
    let parent = this.base;
    for (const [index, commit] of kept.entries()) {
      let { id } = commit;
      if (commit.parent !== parent) {
        const content = parseCommit(contents[index]?.data ?? Buffer.alloc(0));
        if (content === undefined) throw new ObjectMissingError(id);
        const message = this.#withOrigin(content.message, parent);
        const object: NewObject = { type: "commit", data: formatCommit({ ...content, message, parents: [parent] }) };
        made.push(object);
        id = objectId(object, this.#repo.objectFormat);
      }
      chain.push({ ...commit, id, parent });
      parent = id;
    }
    writeObjects(this.#repo, made, { durable: true });
    return chain;
  }

  /** The first commit of a fork names its origin: when it is dropped, the next one does. */
  #withOrigin(message: string, parent: string): string {
    const forkedFrom = this.originOf(parent);
    if (forkedFrom === undefined) return message;
    const { text, trailers } = parseCommitMessage(message);
    return formatCommitMessage({ text, trailers: { ...trailers, forkedFrom } });
  }
}
