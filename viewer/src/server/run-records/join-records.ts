import type { RunInfo, RunLogInfo, RunState } from "../../protocol.ts";
import type { RecordedRun } from "./run-records.ts";

/** Runs that ended without a commit are listed up to this many: whoever asks why they failed finds their logs. */
const MAX_ENDED = 20;

/** Records of runs, for finding that of a row: there may be thousands of either. */
export class RecordIndex {
  readonly runs: readonly RecordedRun[];
  readonly #goingOn: readonly RecordedRun[];
  readonly #byName = new Map<string, RecordedRun[]>();

  /** @param runs - Newest first. */
  constructor(runs: readonly RecordedRun[] = []) {
    this.runs = runs;
    this.#goingOn = runs.filter(({ isGoingOn }) => isGoingOn);
    for (const run of runs) {
      const named = this.#byName.get(run.record.name);
      if (named === undefined) this.#byName.set(run.record.name, [run]);
      else named.push(run);
    }
  }

  /** Work trees, beside the workspace, of runs that go on. */
  get places(): readonly string[] {
    return [...new Set(this.#goingOn.flatMap(({ place }) => (place === undefined || place === "." ? [] : [place])))];
  }

  /** When the last run of the workspace ended, epoch milliseconds; `undefined` while one goes on, or nothing says. */
  get workspaceOverMs(): number | undefined {
    if (this.#goingOn.some(isInWorkspace)) return undefined;
    const ends = this.runs.filter(isInWorkspace).map(({ record }) => Date.parse(record.endedAt ?? ""));
    return ends.reduce<number | undefined>((last, end) => (end > (last ?? -Infinity) ? end : last), undefined);
  }

  find(row: RunInfo): RecordedRun | undefined {
    const inPlace = this.#goingOn.find(({ place }) => place !== undefined && place !== "." && isBelow(row, place));
    if (inPlace !== undefined) return inPlace;
    const { baseline } = row;
    const named = this.#byName.get(row.name)?.find(({ record }) => baseline === null || baseline === record.baseline);
    if (named !== undefined || row.kind === "experiment") return named;
    // One run at a time has the workspace: what is being logged there is its.
    const isActive = row.state === "running" || row.state === "stalled";
    return isActive ? this.#goingOn.find(isInWorkspace) : undefined;
  }
}

/** A row with what its record says of it, if it has one. */
export function withRecord(row: RunInfo, records: RecordIndex): RunInfo {
  const run = records.find(row);
  if (run === undefined) return row;
  const { record } = run;
  const log = logOf(run);
  if (row.kind === "experiment" || !run.isGoingOn) return { ...row, log };
  // A logger that knows nothing of experiments leaves the name and where it belongs to whoever started it.
  const name = row.folder !== null && row.name === row.folder ? record.name : row.name;
  return { ...row, name, baseline: row.baseline ?? record.baseline, log };
}

/**
 * Rows of runs that no other row stands for: those that go on and log nothing yet, or never will, and those that came to
 * nothing.
 *
 * @param rows - All other rows, with their records.
 */
export function rowsOfRecords({ runs }: RecordIndex, rows: Iterable<RunInfo>): readonly RunInfo[] {
  const shown = new Set([...rows].flatMap(({ log }) => log?.id ?? []));
  const without = runs.filter(({ record }) => !shown.has(record.id) && record.commit === null);
  const goingOn = without.filter(({ isGoingOn }) => isGoingOn);
  const ended = without.filter(({ isGoingOn }) => !isGoingOn).slice(0, MAX_ENDED);
  return [...goingOn, ...ended].map(rowOf);
}

function isInWorkspace({ record }: RecordedRun): boolean {
  return record.kind === "workspace";
}

function isBelow({ kind, folder }: RunInfo, place: string): boolean {
  return kind === "live" && folder !== null && (folder === place || folder.startsWith(`${place}/`));
}

function logOf({ record, isGoingOn }: RecordedRun): RunLogInfo {
  return { id: record.id, kind: record.kind, title: record.title, isLive: isGoingOn };
}

function rowOf(run: RecordedRun): RunInfo {
  const { record, isGoingOn } = run;
  return {
    ...{ id: `run:${record.id}`, name: record.name, kind: "live", state: stateOf(run), folder: null },
    reason: record.reason ?? (isGoingOn || isOver(record.state) ? null : "process ended without finishing"),
    ...{ baseline: record.baseline, baselineName: null, commit: null },
    ...{ isoStartedAt: timeOf(record.startedAt), isoEndedAt: timeOf(record.endedAt), step: null, totalSteps: null },
    ...{ params: {}, metrics: [], checkpoints: [], images: [], plots: [], problems: [], log: logOf(run) },
  };
}

/** A record may have been written by anybody. */
function timeOf(text: string | null): string | null {
  return text === null || Number.isNaN(Date.parse(text)) ? null : text;
}

function isOver(state: RecordedRun["record"]["state"]): boolean {
  return state !== "preparing" && state !== "running" && state !== "saving";
}

function stateOf({ record, isGoingOn }: RecordedRun): RunState {
  switch (record.state) {
    case "preparing":
    case "running":
    case "saving":
      return isGoingOn ? "running" : "interrupted";
    case "finished":
    case "stopped":
      return "finished";
    case "failed":
      return "failed";
    case "interrupted":
    case "killed":
      return "interrupted";
  }
}
