import { parseCommitMessage } from "@waymark/core";
import { type ObjectReader, parseCommit } from "@waymark/git";
import { CommitSource, describeProblem, type RevisionReader, TreeCache } from "@waymark/pipeline";
import { formatValues } from "./revision-values.ts";
import type { Row, RowCache } from "./row-cache.ts";

/** What {@link RowLoader} reads with. */
export interface RowLoaderOptions {
  readonly objects: ObjectReader;
  readonly revisions: RevisionReader;
  readonly cache: RowCache;
  /** Where the DVC project is in the repository; empty for the root. */
  readonly prefix: string;
  /** Reads every commit anew. */
  readonly isForced: boolean;
  /** Only params that stages depend on; such rows are not remembered. */
  readonly onlyStageParams: boolean;
}

/** Reads commits as rows: from the cache where it can, and each commit once. */
export class RowLoader {
  readonly #options: RowLoaderOptions;
  readonly #trees: TreeCache;
  readonly #rows = new Map<string, Promise<Row | undefined>>();

  constructor(options: RowLoaderOptions) {
    this.#options = options;
    this.#trees = new TreeCache(options.objects);
  }

  /** Reads a commit; `undefined` when it is not there. */
  load(id: string): Promise<Row | undefined> {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = this.#read(id);
      this.#rows.set(id, row);
    }
    return row;
  }

  /** Reads first parents from a tip on, newest first, without the baseline. */
  async loadChain(tip: string, baseline: string): Promise<Row[]> {
    const rows: Promise<Row | undefined>[] = [];
    const seen = new Set<string>();
    for (let id = tip; id !== "" && id !== baseline && !seen.has(id);) {
      seen.add(id);
      const parent = await this.#parentOf(id);
      if (parent === undefined) break;
      // The values of one commit are read while the next one is looked up.
      rows.push(this.load(id));
      id = parent;
    }
    return (await Promise.all(rows)).filter((row) => row !== undefined);
  }

  async #parentOf(id: string): Promise<string | undefined> {
    const known = this.#isCacheUsable() ? this.#options.cache.get(id) : undefined;
    if (known !== undefined) return known.parent;
    const commit = await this.#readCommit(id);
    return commit === undefined ? undefined : (commit.parents[0] ?? "");
  }

  async #read(id: string): Promise<Row | undefined> {
    const { cache, prefix, revisions, onlyStageParams } = this.#options;
    const known = this.#isCacheUsable() ? cache.get(id) : undefined;
    if (known !== undefined) return known;
    const commit = await this.#readCommit(id);
    if (commit === undefined) return undefined;
    const { step, status, forkedFrom, runId, folder } = parseCommitMessage(commit.message).trailers;
    const base = {
      ...{ id, parent: commit.parents[0] ?? "", timeSeconds: commit.committer.timeSeconds },
      ...{ step, status, forkedFrom, runId, folder },
    };
    try {
      const source = new CommitSource(this.#trees, commit.tree, prefix);
      const { json, hasErrors } = formatValues(await revisions.collect(source, { onlyStageParams }));
      const row: Row = { ...base, values: json };
      if (!hasErrors && !onlyStageParams) cache.add(row);
      return row;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { ...base, error: describeProblem(error) };
    }
  }

  #isCacheUsable(): boolean {
    return !this.#options.isForced && !this.#options.onlyStageParams;
  }

  async #readCommit(id: string) {
    const object = await this.#options.objects.read(id);
    return object?.type === "commit" ? parseCommit(object.data) : undefined;
  }
}
