import { performance } from "node:perf_hooks";
import { listExperiments } from "@waymark/experiments";
import { openRepository, readHead, type GitRepository } from "@waymark/git";
import type { RunInfo } from "../../protocol.ts";
import { metricNameOf } from "../live-folder/metric-name.ts";
import { RunClock } from "../live-folder/run-clock.ts";
import type { LineSource } from "../stream/source.ts";
import { CommittedHistory } from "./committed-history.ts";
import { buildExperimentRow, type ViewedExperiment } from "./experiment-row.ts";
import { findLiveTree, type LiveTree } from "./live-tree.ts";
import { ObjectStore } from "./object-store.ts";
import { RefWatch } from "./ref-watch.ts";

/** What the experiments of a repository report. */
export interface ExperimentRunsListener {
  /** The row of an experiment that is shown is new or changed. */
  readonly onRow: (row: RunInfo) => void;
  readonly onGone: (id: string) => void;
  readonly onPoints: (id: string) => void;
  /** An experiment is new, has another tip, or went: live folders that belong to it look again. */
  readonly onChange: () => void;
}

/**
 * A ref that moves is followed by others: a checkpoint and what tidies up after it. Longer than the 50 ms in which its
 * watch tells of one move only.
 */
const SETTLE_MS = 60;
/** Refs that move without an event, in a repository on another machine's disk say. */
const SLOW_POLL_MS = 10_000;
/** Looking at refs takes at most this share of the time. */
const MAX_SHARE = 0.1;
/** Experiments that are read at the same time. */
const CONCURRENCY = 16;

interface Entry {
  experiment: ViewedExperiment;
  readonly clock: RunClock;
  readonly startedMs: number;
  tree: LiveTree | undefined;
  histories: Map<string, CommittedHistory>;
  row: RunInfo | undefined;
}

/** The experiments of a Git repository as runs of the catalog, kept current while refs move. */
export class ExperimentRuns {
  readonly #repo: GitRepository;
  readonly #store: ObjectStore;
  readonly #listener: ExperimentRunsListener;
  #watch: RefWatch | undefined;
  readonly #entries = new Map<string, Entry>();
  #byName = new Map<string, ViewedExperiment[]>();
  #hidden: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #notBeforeMs = 0;
  #isReading = false;
  #isClosed = false;

  constructor(repo: GitRepository, listener: ExperimentRunsListener) {
    this.#repo = repo;
    this.#store = new ObjectStore(repo);
    this.#listener = listener;
  }

  /** Opens the repository around a folder; `undefined` where there is none that Git trusts. */
  static open(
    root: string,
    env: Readonly<Record<string, string | undefined>>,
    listener: ExperimentRunsListener,
  ): ExperimentRuns | undefined {
    try {
      const repo = openRepository(root, { env });
      return repo === undefined ? undefined : new ExperimentRuns(repo, listener);
    } catch {
      // Live folders are shown all the same.
      return undefined;
    }
  }

  /** The commit of HEAD now. */
  get head(): string | null {
    return readHead(this.#repo).commit ?? null;
  }

  start(): void {
    this.#watch = new RefWatch(this.#repo, () => this.#readIn(SETTLE_MS));
    void this.#read();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#watch?.close();
    await this.#store.close();
  }

  /** The experiment of this name, at this baseline if it is known. */
  find(name: string, baseline: string | null): ViewedExperiment | undefined {
    const matches = this.#byName.get(name) ?? [];
    const exact = matches.find((experiment) => experiment.baseline === baseline);
    return exact ?? (matches.length === 1 ? matches[0] : undefined);
  }

  /** Leaves out the experiments (by ref) that live folders show already. */
  hide(refs: ReadonlySet<string>): void {
    const before = this.#hidden;
    this.#hidden = refs;
    for (const [ref, entry] of this.#entries) {
      if (before.has(ref) === refs.has(ref)) continue;
      if (refs.has(ref)) this.#listener.onGone(`exp:${ref}`);
      else if (entry.row !== undefined) this.#listener.onRow(entry.row);
      else this.#showSoon(ref, entry);
    }
  }

  /** The source of a line of an experiment's chart. */
  source(id: string, metric: string): LineSource | undefined {
    const entry = this.#entryOf(id);
    const points = entry?.histories.get(metric);
    return entry === undefined || points === undefined ? undefined : { points, timing: entry };
  }

  /** The content of a file that the catalog lists for an experiment. */
  async media(id: string, path: string): Promise<Uint8Array | undefined> {
    const entry = this.#entryOf(id);
    const images = entry?.tree?.images.map((file) => ({ ...file, path: `plots/images/${file.path}` })) ?? [];
    const file = [...images, ...(entry?.tree?.plots ?? [])].find((one) => one.path === path);
    return file === undefined ? undefined : await this.#store.blob(file.id);
  }

  #entryOf(id: string): Entry | undefined {
    return id.startsWith("exp:") ? this.#entries.get(id.slice("exp:".length)) : undefined;
  }

  #readIn(delayMs: number): void {
    const now = performance.now();
    const due = Math.max(now + delayMs, this.#notBeforeMs);
    if (this.#isClosed || due >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = due;
    this.#timer = setTimeout(() => void this.#read(), due - now);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    if (this.#isReading) return this.#readIn(SETTLE_MS);
    this.#isReading = true;
    this.#dueMs = Infinity;
    const started = performance.now();
    try {
      await this.#update();
    } catch {
      // A repository that is being moved, repacked or removed: the next look finds it as it then is.
    }
    this.#isReading = false;
    if (this.#isClosed) return;
    this.#notBeforeMs = performance.now() + (performance.now() - started) / MAX_SHARE;
    this.#readIn(SLOW_POLL_MS);
  }

  async #update(): Promise<void> {
    const baselines = await listExperiments(this.#repo, { allCommits: true });
    const listed = baselines.flatMap(({ baseline, baselineName, experiments }) =>
      experiments.map((experiment) => ({ ...experiment, baseline, baselineName })),
    );
    const refs = new Set(listed.map(({ ref }) => ref));
    let hasChanged = false;
    for (const ref of this.#entries.keys()) {
      if (refs.has(ref)) continue;
      this.#entries.delete(ref);
      hasChanged = true;
      this.#listener.onGone(`exp:${ref}`);
    }
    const changed = listed.filter(({ ref, tip, baselineName }) => {
      const known = this.#entries.get(ref)?.experiment;
      return known?.chain[0]?.id !== tip || known.baselineName !== baselineName;
    });
    const waiting = [...changed];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined && !this.#isClosed; next = waiting.pop()) {
        const { ref, name, baseline, baselineName, tip } = next;
        try {
          const chain = await this.#store.chain(tip, baseline);
          await this.#set(ref, { ref, name, baseline, baselineName, chain });
        } catch {
          // An experiment whose objects cannot be read is tried again at the next look; the others are shown.
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    this.#indexNames();
    if (hasChanged || changed.length > 0) this.#listener.onChange();
  }

  #indexNames(): void {
    this.#byName = new Map();
    for (const { experiment } of this.#entries.values()) {
      const same = this.#byName.get(experiment.name);
      if (same === undefined) this.#byName.set(experiment.name, [experiment]);
      else same.push(experiment);
    }
  }

  async #set(ref: string, experiment: ViewedExperiment): Promise<void> {
    const clock = new RunClock();
    for (const { trailers, timeMs } of experiment.chain.toReversed()) {
      if (trailers.step !== undefined) clock.note(trailers.step, timeMs);
    }
    const before = this.#entries.get(ref);
    const histories = before?.histories ?? new Map<string, CommittedHistory>();
    const entry: Entry = { experiment, clock, startedMs: 0, tree: before?.tree, histories, row: undefined };
    this.#entries.set(ref, entry);
    if (!this.#hidden.has(ref)) await this.#show(ref, entry);
  }

  /** As {@link #show}; an experiment that cannot be read now is tried again when its ref moves. */
  #showSoon(ref: string, entry: Entry): void {
    this.#show(ref, entry).catch(() => undefined);
  }

  /** Reads what a row needs, which hidden experiments do not. */
  async #show(ref: string, entry: Entry): Promise<void> {
    const [tip] = entry.experiment.chain;
    const tree = tip === undefined ? undefined : await findLiveTree(this.#store, tip.tree, tip.trailers.folder);
    entry.tree = tree;
    entry.histories = this.#historiesOf(ref, tree, entry.histories);
    await this.#showRow(ref, entry);
  }

  async #showRow(ref: string, entry: Entry): Promise<void> {
    const row = await buildExperimentRow(
      entry.experiment,
      entry.tree,
      this.#store,
      (metric) => entry.histories.get(metric)?.rows,
    );
    // Meanwhile the ref may have moved on, or a live folder may show it.
    if (this.#isClosed || this.#entries.get(ref) !== entry) return;
    entry.row = row;
    if (!this.#hidden.has(ref)) this.#listener.onRow(row);
  }

  /** Histories whose blobs are the same keep their points. */
  #historiesOf(
    ref: string,
    tree: LiveTree | undefined,
    before: ReadonlyMap<string, CommittedHistory>,
  ): Map<string, CommittedHistory> {
    const histories = new Map<string, CommittedHistory>();
    for (const { path, id } of tree?.metrics ?? []) {
      const name = metricNameOf(path);
      if (name === undefined) continue;
      const known = before.get(name);
      const onRead = (): void => {
        this.#listener.onPoints(`exp:${ref}`);
        const entry = this.#entries.get(ref);
        if (entry !== undefined) this.#showRow(ref, entry).catch(() => undefined);
      };
      histories.set(name, known?.blob === id ? known : new CommittedHistory(path, id, this.#store, onRead));
    }
    return histories;
  }
}
