import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { processState } from "@waymark/files";
import { parseExperimentRef } from "../experiment-ref.ts";
import { isCommitId, readJson, recordOf } from "./broker.ts";

/** What DVC writes about an execution: `<key>.run`. */
export interface ExecutorInfo {
  readonly baseline: string;
  /** `workspace`, `tempdir` or `dvc-task`. */
  readonly location: string;
  /** Root of the repository that it runs in, absolute. */
  readonly root: string;
  /** The DVC folder in it, relative to the root. */
  readonly dvcDir: string;
  readonly name: string | null;
  /** `null` until it has made an experiment. */
  readonly resultHash: string | null;
  /** Full ref of the experiment. */
  readonly resultRef: string | null;
  /** 0 waits, 1 prepares, 2 runs, 3 is done; 4 failed, 5 was ended, 6 is cleared away. */
  readonly status: number;
  /** When it was written last, milliseconds since the epoch. */
  readonly changedMs: number;
}

/** What DVC writes about a process: `<key>.json`. */
export interface ProcessInfo {
  readonly pid: number | null;
  /** File with what it prints. */
  readonly stdout: string | null;
  readonly returncode: number | null;
  readonly changedMs: number;
}

/** Status of an execution, as DVC numbers it. */
export const DVC_STATUS = { running: 2, success: 3, failed: 4, finished: 6 } as const;

/** Reads the state of an execution; `undefined` where there is none that can be read. */
export function readExecutorInfo(folder: string, key: string): ExecutorInfo | undefined {
  const path = join(folder, key, `${key}.run`);
  const info = recordOf(readJson(path));
  const { baseline_rev: baseline, location, root_dir: root, dvc_dir: dvcDir, name } = info;
  if (!isCommitId(baseline) || typeof root !== "string" || typeof dvcDir !== "string") return undefined;
  const { result_hash: hash, result_ref: ref, status } = info;
  return {
    ...{ baseline, root, dvcDir, name: textOrNull(name), resultHash: textOrNull(hash) },
    location: textOrNull(location) ?? "",
    resultRef: typeof ref === "string" && parseExperimentRef(ref) !== undefined ? ref : null,
    // Before there were numbers, it said that it was collected.
    status: info["collected"] === true ? DVC_STATUS.finished : typeof status === "number" ? status : 0,
    changedMs: changedMs(path),
  };
}

/** Reads what a file says of a process; `undefined` where there is nothing. */
export function readProcessInfo(path: string): ProcessInfo | undefined {
  const value = readJson(path);
  if (value === undefined) return undefined;
  const { pid, stdout, returncode } = recordOf(value);
  return {
    pid: typeof pid === "number" ? pid : null,
    stdout: textOrNull(stdout),
    returncode: typeof returncode === "number" ? returncode : null,
    changedMs: changedMs(path),
  };
}

/**
 * Tells whether the process that a file is about is still there. A process that began after the file was written only
 * has its number; one that has ended, and that nobody has asked for, is gone.
 */
export function isProcessThere({ pid, changedMs: writtenMs }: ProcessInfo): boolean {
  if (pid === null) return false;
  if (processState({ pid, host: hostname(), processStart: null, bootId: null }) === "dead") return false;
  const started = startOf(pid);
  return started === undefined || (started !== "ended" && started <= writtenMs + CLOCK_SLACK_MS);
}

const CLOCK_SLACK_MS = 5000;
const TICKS_PER_SECOND = 100;

/** When a process began, milliseconds since the epoch; `undefined` where that cannot be seen. */
function startOf(pid: number): number | "ended" | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold brackets and spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return "ended";
    const bootSeconds = /^btime (?<time>\d+)$/mu.exec(readFileSync("/proc/stat", "utf8"))?.groups?.["time"];
    const ticks = Number(fields[19]);
    if (bootSeconds === undefined || !Number.isFinite(ticks)) return undefined;
    return (Number(bootSeconds) + ticks / TICKS_PER_SECOND) * 1000;
  } catch {
    return undefined;
  }
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
