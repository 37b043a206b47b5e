import { processIdentity, processState } from "@waymark/files";
import type { RunFile } from "@waymark/core";
import type { RunState } from "../../protocol.ts";

/** A run is stalled when nothing came for this many of its usual intervals, */
const STALL_INTERVALS = 5;
/** but never before this long: an epoch may end with a pause. */
const STALL_FLOOR_MS = 10_000;
/** A run whose pace is not known yet is given this long. */
const UNKNOWN_INTERVAL_MS = 60_000;
/** A folder without a run file counts as running when it changed this recently. */
const RECENT_MS = 30_000;

/** What is known of a run's progress. */
export interface RunPulse {
  readonly nowMs: number;
  /** When data last came, epoch milliseconds; 0 when none did. */
  readonly lastDataMs: number;
  /** When the run file was last written: a start or a resume is a sign of life too. */
  readonly announcedMs: number;
  /** The usual time between two steps, or `undefined` before it is known. */
  readonly intervalMs: number | undefined;
  /** A process that says it is logging here, for folders without a run file. */
  readonly foreignPid: number | undefined;
  /** When the last recorded run of the workspace ended, for folders without a run file; `undefined` while one goes on. */
  readonly overMs: number | undefined;
}

/** A run's state and, when it did not end well, why. */
export interface RunVerdict {
  readonly state: RunState;
  readonly reason: string | null;
}

/** Judges how a run stands: what it says of itself is believed only while its process is there to say it. */
export function judgeRun(file: RunFile | undefined, pulse: RunPulse): RunVerdict {
  if (file === undefined) return { state: judgeForeign(pulse), reason: null };
  if (file.status !== "running") return { state: file.status, reason: file.reason };
  if (processState(file) === "dead") {
    return { state: "interrupted", reason: "process ended without finishing" };
  }
  const since = Math.max(pulse.lastDataMs, pulse.announcedMs);
  return { state: isStalled(pulse, since) ? "stalled" : "running", reason: null };
}

function judgeForeign(pulse: RunPulse): RunState {
  // What a run has written that is over is no sign of life, however young. An end that is yet to come is a clock's mistake.
  const { overMs } = pulse;
  const isOver = overMs !== undefined && pulse.lastDataMs <= overMs && overMs <= pulse.nowMs;
  const isYoung = pulse.nowMs - pulse.lastDataMs < Math.max(RECENT_MS, STALL_INTERVALS * (pulse.intervalMs ?? 0));
  const isFresh = isYoung && !isOver;
  if (pulse.foreignPid === undefined) return isFresh ? "running" : "unknown";
  const isAlive = processState({ ...processIdentity(), pid: pulse.foreignPid, processStart: null }) !== "dead";
  if (!isAlive) return isFresh ? "running" : "unknown";
  return isStalled(pulse, pulse.lastDataMs) ? "stalled" : "running";
}

function isStalled(pulse: RunPulse, sinceMs: number): boolean {
  const allowed = pulse.intervalMs === undefined ? UNKNOWN_INTERVAL_MS : STALL_INTERVALS * pulse.intervalMs;
  return pulse.nowMs - sinceMs > Math.max(STALL_FLOOR_MS, allowed);
}
