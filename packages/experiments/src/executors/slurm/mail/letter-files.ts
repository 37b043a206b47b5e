import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import type { Project } from "../../../project.ts";
import { isRunRecordOver, parseRunRecord, runRecordFolder } from "../../../run/run-record.ts";
import { keepLiveFiles, readLiveFiles, removeLiveFiles } from "./live-files.ts";
import { readLiveState, STATE_FILE } from "./live-state.ts";
import { readLetterFile } from "./letters.ts";

/*
 * The files of a letter: run.json and console.log of the record of the run; log.json tells how much of the log went
 * before. While the run goes on, also state.json, what `exp show` says of it, and live.json, the paths of what it has
 * logged; the first of them is in the file live-0, and so on.
 */
const RECORD = "run.json";
const LOG = "console.log";
/** Beside a log whose beginning is not there: how many bytes that was. */
const LOG_START = "log.json";
const LIVE = "live.json";
/** Of a console log, the end travels. */
const LOG_BYTES = 1 << 20;

/** Reads what is to come with the letter about a run. */
export async function readRunFiles(project: Project, recordId: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = runRecordFolder(project, recordId);
  const files = new Map<string, Uint8Array>();
  const record = readIfThere(join(folder, RECORD));
  if (record !== undefined) files.set(RECORD, record);
  const log = readIfThere(join(folder, LOG));
  if (log !== undefined) {
    const end = log.subarray(-LOG_BYTES);
    files.set(LOG, end);
    files.set(LOG_START, json(logStart(folder) + log.byteLength - end.byteLength));
  }
  if (record === undefined || isOver(record)) return files;
  const state = await readLiveState(project, recordId);
  if (state !== undefined) files.set(STATE_FILE, state);
  const live = [...readLiveFiles(project, recordId)];
  files.set(LIVE, json(live.map(([path]) => path)));
  for (const [at, [, data]] of live.entries()) files.set(`live-${at}`, data);
  return files;
}

/** Puts what came with a letter where the record of a run is looked for. */
export function keepLetterFiles(project: Project, letter: string, recordId: string): void {
  const { repo } = project;
  const folder = runRecordFolder(project, recordId);
  const record = readLetterFile(repo, letter, RECORD);
  const log = readLetterFile(repo, letter, LOG);
  mkdirSync(folder, { recursive: true });
  if (log !== undefined) keepLog(folder, log, Number(parse(readLetterFile(repo, letter, LOG_START)) ?? 0));
  const state = readLetterFile(repo, letter, STATE_FILE);
  if (state !== undefined) replaceFileSync(join(folder, STATE_FILE), state);
  const paths = parse(readLetterFile(repo, letter, LIVE));
  const live = new Map<string, Uint8Array>();
  for (const [at, path] of (Array.isArray(paths) ? paths : []).entries()) {
    const data = readLetterFile(repo, letter, `live-${at}`);
    if (typeof path === "string" && data !== undefined) live.set(path, data);
  }
  keepLiveFiles(project, recordId, live);
  // Last: whoever sees it looks for the others.
  if (record === undefined) return;
  replaceFileSync(join(folder, RECORD), record);
  if (isOver(record)) forgetLiveFiles(project, recordId);
}

/** Forgets what was shown of a run only while it went on. */
export function forgetLiveFiles(project: Project, recordId: string): void {
  removeLiveFiles(project, recordId);
  rmSync(join(runRecordFolder(project, recordId), STATE_FILE), { force: true });
}

/** Adds what is new of a log: whoever follows it has read what is there. */
function keepLog(folder: string, data: Uint8Array, start: number): void {
  const path = join(folder, LOG);
  const end = logStart(folder) + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  if (start <= end) {
    writeFileSync(path, data.subarray(Math.min(data.byteLength, end - start)), { flag: "a" });
    return;
  }
  replaceFileSync(path, data);
  replaceFileSync(join(folder, LOG_START), json(start));
}

function logStart(folder: string): number {
  return Number(parse(readIfThere(join(folder, LOG_START))) ?? 0);
}

function isOver(record: Uint8Array): boolean {
  const parsed = parseRunRecord(Buffer.from(record).toString());
  return parsed === undefined || isRunRecordOver(parsed);
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function parse(data: Uint8Array | undefined): unknown {
  try {
    return data === undefined ? undefined : JSON.parse(Buffer.from(data).toString());
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
