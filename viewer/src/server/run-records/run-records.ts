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
/** Older ones are nobody's business here: what they made is in Git. */
const MAX_RECORDS = 300;

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
    const names = listNames(runRecordsFolder(this.#project)).toSorted().slice(-MAX_RECORDS);
    let hasChanged = false;
    const seen = new Set(names);
    for (const id of this.#known.keys()) if (!seen.has(id)) hasChanged = this.#known.delete(id) || hasChanged;
    for (const id of names) hasChanged = this.#look(id) || hasChanged;
    if (!hasChanged) return;
    this.#list = [...this.#known].toSorted(([a], [b]) => (a < b ? 1 : -1)).map(([, { run }]) => run);
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
