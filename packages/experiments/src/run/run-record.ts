import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, isProcessAlive, type ProcessIdentity, replaceFileSync } from "@waymark/files";
import { listFolder } from "../list-folder.ts";
import { type Project, stateFolder } from "../project.ts";

/** Where a run happens: in the user's files, in a work tree beside them, as a task of the queue, as a job of Slurm. */
export type RunKind = "workspace" | "temp" | "queue" | "slurm";

/** How a run stands. `stopped`: by a rule; it is saved. `killed`: somebody ended it, or its process is gone. */
export type RunState =
  | "preparing"
  | "running"
  | "saving"
  | "finished"
  | "stopped"
  | "interrupted"
  | "failed"
  | "killed";

/**
 * What a run says of itself while it goes on and afterwards: `run.json` in a folder of its own, replaced atomically. It
 * lies in the DVC folder of the main work tree, wherever the run happens, so that everybody who looks finds it.
 */
export interface RunRecord extends ProcessIdentity {
  readonly schema: 1;
  /** Name of the folder: unique, and sorts by time. */
  readonly id: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly name: string;
  readonly baseline: string;
  /** Root of the work tree it runs in, absolute. */
  readonly root: string;
  /** Task of the queue that it carries out. */
  readonly task: string | null;
  /** For people: the stages or the command. */
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  /** Why it ended, one line; `null` while it goes on, and when it simply finished. */
  readonly reason: string | null;
  /** Newest commit of the experiment that this run made. */
  readonly commit: string | null;
}

const RECORD = "run.json";
/** What commands of a run print, from the first byte on: beside its record. */
const LOG = "console.log";
const OVER: ReadonlySet<RunState> = new Set(["finished", "stopped", "interrupted", "failed", "killed"]);

/** Makes the id of a new record: the time it begins, and something random. */
export function newRecordId(nowMs: number = Date.now()): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/gu, "").replace(".", "-");
  return `${time.slice(0, -1)}-${randomBytes(4).toString("hex")}`;
}

/** Folder of all records of a project. */
export function runRecordsFolder(project: Project): string {
  return join(stateFolder(project), "exp-runs");
}

/** Folder of one run. */
export function runRecordFolder(project: Project, id: string): string {
  return join(runRecordsFolder(project), id);
}

/** The file with what a run prints. */
export function runLogPath(project: Project, id: string): string {
  return join(runRecordFolder(project, id), LOG);
}

/** Where files lie that a run has sent from a machine without this project: they take the place of its work tree. */
export function runFilesFolder(project: Project, id: string): string {
  return join(runRecordFolder(project, id), "files");
}

/** Replaces the record of a run. */
export function writeRunRecord(project: Project, record: RunRecord): void {
  const folder = runRecordFolder(project, record.id);
  mkdirSync(folder, { recursive: true });
  replaceFileSync(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`, { temporaryFolder: folder });
}

/** Reads the record of a run; `undefined` when there is none that can be read. */
export function readRunRecord(project: Project, id: string): RunRecord | undefined {
  let text: string;
  try {
    text = readFileSync(join(runRecordFolder(project, id), RECORD), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
  const record = parseRunRecord(text);
  return record?.id === id ? record : undefined;
}

/** Parses a record; `undefined` for what is none. */
export function parseRunRecord(text: string): RunRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && isRunRecord(value) ? value : undefined;
}

/** Tells whether a record says that its run is over. */
export function isRunRecordOver({ state }: Pick<RunRecord, "state">): boolean {
  return OVER.has(state);
}

/** Lists the records of a project, oldest first. */
export function listRunRecords(project: Project): readonly RunRecord[] {
  return listFolder(runRecordsFolder(project))
    .toSorted()
    .flatMap((id) => readRunRecord(project, id) ?? []);
}

/** Tells whether a run goes on: its record says so, and its process is there, or where we cannot look. */
export function isRunGoingOn(record: RunRecord): boolean {
  return !OVER.has(record.state) && isProcessAlive(record);
}

function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["id", "kind", "state", "name", "baseline", "root", "title", "startedAt", "host"] as const;
  const record = value as Readonly<Record<string, unknown>>;
  return texts.every((key) => typeof record[key] === "string") && typeof record["pid"] === "number";
}
