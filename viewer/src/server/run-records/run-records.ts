import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import {
  findProject,
  findRunFiles,
  isRunGoingOn,
  type Project,
  readRunRecord,
  runLogPath,
  runRecordFolder,
  runRecordsFolder,
  type RunRecord,
} from "@waymark/experiments";
import { errorCode } from "@waymark/files";
import { statIfSeen } from "../history/stat.ts";

/** A run that was started with `exp run` or by the queue, as its record tells. */
export interface RecordedRun {
  readonly record: RunRecord;
  readonly isGoingOn: boolean;
  /** Its work tree relative to the root of the viewer; `undefined` for one that lies elsewhere. */
  readonly place: string | undefined;
  /** File with what it prints, absolute. */
  readonly logPath: string;
}

/** How often records are looked at. */
const POLL_MS = 400;
/** So many are read in one look, so that a long queue of the past does not keep the page waiting. */
const READS_PER_LOOK = 200;
/** A run that has ended may be taken up again; every so many looks it is looked at once more. */
const ENDED_EVERY = 10;
/** More than that are nobody's business here: what they made is in Git. */
const MAX_RECORDS = 10_000;

interface Known {
  readonly changedMs: number;
  run: RecordedRun;
}

/** The runs of a project that have records, kept current. */
export class RunRecords {
  readonly #root: string;
  readonly #project: Project;
  readonly #onChange: () => void;
  readonly #known = new Map<string, Known>();
  #timer: NodeJS.Timeout | undefined;
  #list: readonly RecordedRun[] = [];
  #looks = 0;

  private constructor(root: string, project: Project, onChange: () => void) {
    this.#root = root;
    this.#project = project;
    this.#onChange = onChange;
  }

  /** Opens the project around a folder; `undefined` where there is none that Git trusts. */
  static open(
    root: string,
    env: Readonly<Record<string, string | undefined>>,
    onChange: () => void,
  ): RunRecords | undefined {
    try {
      const project = findProject(root, env);
      return project === undefined ? undefined : new RunRecords(root, project, onChange);
    } catch {
      // Live folders are shown all the same.
      return undefined;
    }
  }

  /** Newest first. */
  get runs(): readonly RecordedRun[] {
    return this.#list;
  }

  /** Looks once, and goes on looking. */
  start(): void {
    this.#poll();
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    // A task of the queue has had its name since it was queued: the newest names are not the newest runs.
    const names = listNames(runRecordsFolder(this.#project)).toSorted().toReversed().slice(0, MAX_RECORDS);
    let hasChanged = false;
    const there = new Set(names);
    for (const id of this.#known.keys()) if (!there.has(id)) hasChanged = this.#known.delete(id) || hasChanged;
    const isTurnOfEnded = this.#looks++ % ENDED_EVERY === 0;
    let reads = 0;
    for (const id of names) {
      const known = this.#known.get(id);
      if (known === undefined && reads++ >= READS_PER_LOOK) continue;
      if (known?.run.isGoingOn === false && !isTurnOfEnded) continue;
      hasChanged = this.#look(id) || hasChanged;
    }
    if (!hasChanged) return;
    const startedAt = ({ record }: RecordedRun): string => record.startedAt;
    this.#list = [...this.#known.values()]
      .map(({ run }) => run)
      .toSorted((one, other) => (startedAt(one) < startedAt(other) ? 1 : -1));
    this.#onChange();
  }

  /** @returns Whether a run is new, or stands differently. */
  #look(id: string): boolean {
    const changedMs = statIfSeen(join(runRecordFolder(this.#project, id), "run.json"))?.mtimeMs;
    if (changedMs === undefined) return false;
    const known = this.#known.get(id);
    if (known?.changedMs === changedMs) {
      if (!known.run.isGoingOn || isRunGoingOn(known.run.record)) return false;
      known.run = { ...known.run, isGoingOn: false };
      return true;
    }
    const record = readRunRecord(this.#project, id);
    if (record === undefined) return false;
    const logPath = runLogPath(this.#project, id);
    const run = { record, isGoingOn: isRunGoingOn(record), place: this.#placeOf(record), logPath };
    this.#known.set(id, { changedMs, run });
    return true;
  }

  #placeOf(record: RunRecord): string | undefined {
    const files = findRunFiles(this.#project, record);
    if (files === undefined) return undefined;
    const place = relative(this.#root, files.root).split(sep).join("/");
    return place.startsWith("..") ? undefined : place === "" ? "." : place;
  }
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return [];
  }
}
