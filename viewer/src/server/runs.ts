import type { RunInfo } from "../protocol.ts";
import { Catalog } from "./catalog.ts";
import { listCheckpoints } from "./experiment/experiment-row.ts";
import { ExperimentRuns } from "./experiment/experiment-runs.ts";
import { HistoryShelf } from "./history/history.ts";
import { mediaOfBytes, openMediaFile, type OpenMedia } from "./http/media.ts";
import { LiveRuns } from "./live-folder/live-runs.ts";
import { RecordIndex, rowsOfRecords, withRecord } from "./run-records/join-records.ts";
import { LogTail } from "./run-records/log-tail.ts";
import { RunRecords } from "./run-records/run-records.ts";
import type { LineSource } from "./stream/source.ts";

/** What all runs of a project report. */
export interface RunsListener {
  /** The catalog changed at this run. */
  readonly onCatalog: (id: string) => void;
  /** Points of this run changed. */
  readonly onPoints: (id: string) => void;
}

/** How long rows of runs wait that are known by their records alone. */
const BARE_MS = 100;

/**
 * Every run of a project: live folders, those of runs beside the workspace too, the experiments in Git, and runs that are
 * known by their records alone. A live folder that logs an experiment shows its checkpoints, and the experiment is not
 * listed a second time.
 */
export class Runs {
  readonly catalog = new Catalog();
  readonly #listener: RunsListener;
  readonly #live: LiveRuns;
  readonly #experiments: ExperimentRuns | undefined;
  readonly #records: RunRecords | undefined;
  /** Rows as they come, before records add to them. */
  readonly #rows = new Map<string, RunInfo>();
  #index = new RecordIndex();
  #bare: ReadonlySet<string> = new Set();
  #bareTimer: NodeJS.Timeout | undefined;

  /**
   * @param root - Absolute path of the project.
   * @param env - Environment for Git.
   */
  constructor(root: string, env: Readonly<Record<string, string | undefined>>, listener: RunsListener) {
    this.#listener = listener;
    const shelf = new HistoryShelf();
    const report = {
      onRow: (row: RunInfo) => this.#set(row),
      onGone: (id: string) => this.#remove(id),
      onPoints: (id: string) => listener.onPoints(id),
    };
    this.#live = new LiveRuns(
      { root, shelf },
      {
        ...report,
        onRow: (row) => {
          this.#join();
          this.#set(row);
        },
        onGone: (id) => {
          this.#remove(id);
          this.#join();
        },
      },
    );
    shelf.onWanted = () => this.#live.wake();
    this.#experiments = ExperimentRuns.open(root, env, { ...report, onChange: () => this.#join() });
    this.#records = RunRecords.open(root, env, () => this.#onRecords());
  }

  /** The commit of HEAD, or null outside Git. */
  get head(): string | null {
    return this.#experiments?.head ?? null;
  }

  /** Finds the live folders that are there; experiments follow as they are read. */
  async start(): Promise<void> {
    this.#experiments?.start();
    this.#records?.start();
    await this.#live.start();
  }

  async close(): Promise<void> {
    clearTimeout(this.#bareTimer);
    this.#records?.close();
    this.#live.close();
    await this.#experiments?.close();
  }

  /** Finds the source of a line of a chart. */
  findSource(run: string, metric: string): LineSource | undefined {
    const folder = this.#live.get(run);
    if (folder === undefined) return this.#experiments?.source(run, metric);
    const points = folder.history(metric);
    return points === undefined ? undefined : { points, timing: folder };
  }

  /** Opens the console log of a run. */
  openLog(run: string): LogTail | undefined {
    const id = this.catalog.get(run)?.log?.id;
    const recorded = this.#records?.runs.find(({ record }) => record.id === id);
    return recorded === undefined ? undefined : new LogTail(recorded.logPath);
  }

  /** Opens an image or a plot's data that the catalog lists for a run. */
  async openMedia(run: string, path: string): Promise<OpenMedia | undefined> {
    const folder = this.#live.get(run);
    if (folder !== undefined) return folder.listsMedia(path) ? openMediaFile(folder.path, path) : undefined;
    const bytes = await this.#experiments?.media(run, path);
    return bytes === undefined ? undefined : mediaOfBytes(path, bytes);
  }

  /** Gives live folders the checkpoints of their experiments, and hides those experiments. */
  #join(): void {
    const experiments = this.#experiments;
    if (experiments === undefined) return;
    const shown = new Set<string>();
    for (const folder of this.#live.folders()) {
      const { experimentName, baseline } = folder.runFile ?? { experimentName: null, baseline: null };
      const found = experimentName === null ? undefined : experiments.find(experimentName, baseline);
      if (found !== undefined) shown.add(found.ref);
      const tip = found?.chain[0]?.id;
      if (folder.experiment?.commit === tip && folder.experiment?.baselineName === found?.baselineName) continue;
      folder.experiment =
        found === undefined
          ? undefined
          : {
              checkpoints: listCheckpoints(found),
              commit: tip ?? null,
              baseline: found.baseline,
              baselineName: found.baselineName ?? null,
            };
      this.#live.touch(folder.id);
    }
    experiments.hide(shown);
  }

  #set(row: RunInfo): void {
    this.#rows.set(row.id, row);
    this.#show(withRecord(row, this.#index));
    this.#showBareSoon();
  }

  #remove(id: string): void {
    this.#rows.delete(id);
    this.#hide(id);
    this.#showBareSoon();
  }

  /** A run has begun, goes on differently, or has ended. */
  #onRecords(): void {
    this.#index = new RecordIndex(this.#records?.runs);
    this.#live.lookInto(this.#index.places);
    this.#live.noteOver(this.#index.workspaceOverMs);
    for (const row of this.#rows.values()) {
      const now = withRecord(row, this.#index);
      if (JSON.stringify(now.log) !== JSON.stringify(this.catalog.get(row.id)?.log)) this.#show(now);
    }
    this.#showBareSoon();
  }

  /** Thousands of rows may come one after another, and each of them could stand for a run. */
  #showBareSoon(): void {
    if (this.#index.runs.length === 0 && this.#bare.size === 0) return;
    this.#bareTimer ??= setTimeout(() => {
      this.#bareTimer = undefined;
      this.#showBare();
    }, BARE_MS).unref();
  }

  /** Lists runs that no row stands for, and no others. */
  #showBare(): void {
    const others = [...this.#rows.keys()].flatMap((id) => this.catalog.get(id) ?? []);
    const rows = rowsOfRecords(this.#index, others);
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of this.#bare) if (!ids.has(id)) this.#hide(id);
    for (const row of rows) if (JSON.stringify(row) !== JSON.stringify(this.catalog.get(row.id))) this.#show(row);
    this.#bare = ids;
  }

  #show(row: RunInfo): void {
    this.catalog.set(row);
    this.#listener.onCatalog(row.id);
  }

  #hide(id: string): void {
    this.catalog.remove(id);
    this.#listener.onCatalog(id);
  }
}
