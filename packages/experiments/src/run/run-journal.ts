import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { shellCommand } from "@waymark/core";
import { identifyProcess, processIdentity } from "@waymark/files";
import type { Project } from "../project.ts";
import type { RunPlace, RunResult } from "./run-place.ts";
import {
  isRunGoingOn,
  listRunRecords,
  readRunRecord,
  type RunRecord,
  runLogPath,
  runRecordFolder,
  writeRunRecord,
} from "./run-record.ts";
import type { RunSpec } from "./run-spec.ts";

/** Which process runs the command, beside the record: for whoever has to end it in place of a process that is gone. */
export const RUN_COMMAND_FILE = "command.json";

/** Records of runs that were not of the queue are kept up to this many. */
const KEPT = 200;

/** Keeps the record of a run and its console log. */
export class RunJournal {
  readonly #project: Project;
  readonly #nowMs: () => number;
  readonly #log: number;
  #record: RunRecord;

  private constructor(project: Project, record: RunRecord, nowMs: () => number) {
    this.#project = project;
    this.#record = record;
    this.#nowMs = nowMs;
    writeRunRecord(project, record);
    // Appended to: a task that is taken up again goes on with its log.
    this.#log = openSync(runLogPath(project, record.id), "a");
  }

  /** Begins the record of a run, before anything of it happens. */
  static begin({ main, project, kind, recordId, task }: RunPlace, spec: RunSpec, nowMs: () => number): RunJournal {
    if (kind === "workspace" || kind === "temp") pruneRecords(main);
    mkdirSync(runRecordFolder(main, recordId), { recursive: true });
    const record: RunRecord = {
      ...{ schema: 1, id: recordId, kind, state: "preparing", name: spec.name, baseline: spec.baseline },
      ...{ root: project.root, task, title: describeWork(spec), startedAt: isoTime(nowMs()), endedAt: null },
      ...{ exitCode: null, reason: null, commit: null, ...processIdentity() },
    };
    return new RunJournal(main, record, nowMs);
  }

  get record(): RunRecord {
    return this.#record;
  }

  /** Folder of the record, absolute. */
  get folder(): string {
    return runRecordFolder(this.#project, this.#record.id);
  }

  update(changes: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...changes };
    if (this.#isOurs()) writeRunRecord(this.#project, this.#record);
  }

  /** Another process may have taken the run over because this one was believed to be dead: the record is its own then. */
  #isOurs(): boolean {
    const there = readRunRecord(this.#project, this.#record.id);
    const { pid, host, processStart } = this.#record;
    return there === undefined || (there.pid === pid && there.host === host && there.processStart === processStart);
  }

  /** Appends to the console log. What cannot be written, on a full disk say, is no reason to end a run. */
  log(data: Uint8Array | string): void {
    try {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length;) at += writeSync(this.#log, bytes, at);
    } catch {
      // The terminal still has it.
    }
  }

  /** Notes the process group of a command that has begun. */
  noteCommand(pid: number): void {
    writeFileSync(join(this.folder, RUN_COMMAND_FILE), JSON.stringify(identifyProcess(pid)));
  }

  /** Says how the run ended. */
  end({ state, name, commit, exitCode, reason }: RunResult): void {
    if (this.#isOurs()) rmSync(join(this.folder, RUN_COMMAND_FILE), { force: true });
    this.update({ state, name, commit, exitCode, reason, endedAt: isoTime(this.#nowMs()) });
    closeSync(this.#log);
  }
}

/** Says in one line what a run does. */
export function describeWork({ work }: Pick<RunSpec, "work">): string {
  if (work.kind === "command") return shellCommand(work.command);
  const { targets = [], isAll = false } = work.options;
  if (isAll) return "all pipelines";
  return targets.length === 0 ? "dvc.yaml" : targets.join(" ");
}

function pruneRecords(main: Project): void {
  const records = listRunRecords(main).filter(({ kind }) => kind === "workspace" || kind === "temp");
  for (const record of records.slice(0, Math.max(0, records.length - KEPT))) {
    if (!isRunGoingOn(record)) rmSync(runRecordFolder(main, record.id), { recursive: true, force: true });
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
