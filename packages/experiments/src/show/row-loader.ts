import type { ObjectReader } from "@waymark/git";
import { CommitSource, describeProblem, type RevisionReader, TreeCache } from "@waymark/pipeline/revisions";
import { BulkValues } from "./bulk-values.ts";
import { type CommitHead, parseCommitHead } from "./commit-head.ts";
import { formatValues } from "./revision-values.ts";
import type { ChainRecord, Row, RowCache } from "./row-cache.ts";

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

/** Where an experiment's commits begin and end. */
export interface ChainEnds {
  readonly tip: string;
  readonly baseline: string;
}

/** Commits that are read one by one at the same time. */
const CONCURRENCY = 128;

/** Reads commits as rows: from the cache where it can, and each commit once. */
export class RowLoader {
  readonly #options: RowLoaderOptions;
  readonly #trees: TreeCache;
  readonly #bulk: BulkValues;
  readonly #heads = new Map<string, CommitHead | undefined>();
  readonly #rows = new Map<string, Row | undefined>();
  #isFinal = true;

  constructor(options: RowLoaderOptions) {
    this.#options = options;
    this.#trees = new TreeCache(options.objects);
    this.#bulk = new BulkValues(options);
  }

  /** Whether all that was loaded so far is there, and can only come out the same again. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  /** Returns the row of a commit that was loaded; `undefined` when the commit is not there. */
  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Reads commits, all that they have in common once. */
  async load(ids: Iterable<string>): Promise<void> {
    const { cache, onlyStageParams } = this.#options;
    const missing = new Set<string>();
    for (const id of ids) {
      if (this.#rows.has(id)) continue;
      const known = this.#isCacheUsable() ? cache.get(id) : undefined;
      if (known === undefined) missing.add(id);
      else this.#rows.set(id, known);
    }
    if (missing.size === 0) return;
    await this.#loadHeads(missing);
    const heads = [...missing].flatMap((id) => this.#heads.get(id) ?? []);
    if (!onlyStageParams) {
      const trees = heads.map(({ tree }) => tree);
      await this.#bulk.read(trees, (index, values) => this.#keep(heads[index] as CommitHead, values));
    }
    await this.#loadSingly(heads.filter(({ row }) => !this.#rows.has(row.id)));
  }

  /**
   * Reads first parents from tips on, all of one distance together.
   *
   * @returns One chain per request, in order; empty when the tip is not there.
   */
  async loadChains(requests: readonly ChainEnds[]): Promise<ChainRecord[]> {
    const { cache } = this.#options;
    const chains = requests.map(({ tip, baseline }) => {
      const known = this.#knownChain(tip, baseline);
      return { baseline, known, ids: [] as string[], next: tip, fork: forkless() };
    });
    let active = chains.filter(({ known }) => known === undefined);
    while (active.length > 0) {
      await this.#loadHeads(active.flatMap(({ next }) => (this.#knownHead(next) === undefined ? [next] : [])));
      active = active.filter((chain) => {
        const head = this.#knownHead(chain.next);
        if (head === undefined) return false;
        chain.ids.push(chain.next);
        if (head.forkedFrom !== undefined) chain.fork ??= { ownCount: chain.ids.length, origin: head.forkedFrom };
        chain.next = head.parent;
        if (chain.next !== chain.baseline) return chain.next !== "";
        const whole = { ids: chain.ids, ...(chain.fork ?? { ownCount: chain.ids.length }) };
        // One commit alone is told by its row.
        if (chain.ids.length > 1 && this.#isCacheUsable())
          cache.addChain(chain.ids[0] as string, chain.baseline, whole);
        return false;
      });
    }
    return chains.map(({ known, ids, fork }) => known ?? { ids, ...(fork ?? { ownCount: ids.length }) });
  }

  /** The chain of an experiment, as far as that is known without reading anything. */
  #knownChain(tip: string, baseline: string): ChainRecord | undefined {
    if (tip === baseline) return { ids: [], ownCount: 0 };
    const head = this.#knownHead(tip);
    // Most experiments are one commit, which its row tells.
    if (head?.parent === baseline) return { ids: [tip], ownCount: 1, origin: head.forkedFrom };
    return this.#isCacheUsable() ? this.#options.cache.getChain(tip, baseline) : undefined;
  }

  /** What a commit says by itself, as far as that is known already. */
  #knownHead(id: string): Pick<Row, "parent" | "forkedFrom"> | undefined {
    const head = this.#heads.get(id)?.row ?? this.#rows.get(id);
    return head ?? (this.#isCacheUsable() ? this.#options.cache.get(id) : undefined);
  }

  async #loadHeads(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#heads.has(id));
    if (missing.length === 0) return;
    await this.#options.objects.readEach(missing, (object, index) => {
      const id = missing[index] as string;
      const head = object?.type === "commit" ? parseCommitHead(id, object.data) : undefined;
      if (head === undefined) this.#isFinal = false;
      this.#heads.set(id, head);
    });
  }

  async #loadSingly(heads: readonly CommitHead[]): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      for (let head = heads[next++]; head !== undefined; head = heads[next++]) await this.#loadOne(head);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, heads.length) }, work));
  }

  async #loadOne(head: CommitHead): Promise<void> {
    const { prefix, revisions, onlyStageParams } = this.#options;
    try {
      const source = new CommitSource(this.#trees, head.tree, prefix);
      const { json, hasErrors } = formatValues(await revisions.collect(source, { onlyStageParams }));
      this.#keep(head, json, !hasErrors && !onlyStageParams);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#isFinal = false;
      this.#rows.set(head.row.id, { ...head.row, error: describeProblem(error) });
    }
  }

  #keep(head: CommitHead, values: string, isForGood = true): void {
    const row: Row = { ...head.row, values };
    this.#rows.set(row.id, row);
    if (isForGood) this.#options.cache.add(row);
    else this.#isFinal = false;
  }

  #isCacheUsable(): boolean {
    return !this.#options.isForced && !this.#options.onlyStageParams;
  }
}

/** The type of a fork that was not met yet. */
function forkless(): { readonly ownCount: number; readonly origin: string } | undefined {
  return undefined;
}
