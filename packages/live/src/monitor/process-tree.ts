import { readFileSync, readdirSync } from "node:fs";

/** What this process and those it started use. */
export interface ProcessTreeUsage {
  /** 100 is one processor kept busy. */
  readonly cpuPercent: number;
  readonly residentBytes: number;
}

/** Clock ticks per second of the kernel's process times; the same on every Linux. */
const TICKS_PER_SECOND = 100;

/** Measures this process together with its children and theirs. Linux only; elsewhere there is nothing to tell. */
export class ProcessTreeMeter {
  #ticks = new Map<number, number>();
  #lastMs = performance.now();

  constructor() {
    this.sample();
  }

  /** Usage since the last sample. */
  sample(): ProcessTreeUsage | undefined {
    const nowMs = performance.now();
    const elapsedS = (nowMs - this.#lastMs) / 1000;
    const ticks = new Map<number, number>();
    let residentBytes = 0;
    let used = 0;
    for (const pid of listTree(process.pid)) {
      const own = readTicks(pid);
      if (own === undefined) continue;
      ticks.set(pid, own);
      used += own - (this.#ticks.get(pid) ?? (this.#ticks.size === 0 ? own : 0));
      residentBytes += readResident(pid);
    }
    if (ticks.size === 0) return undefined;
    this.#ticks = ticks;
    this.#lastMs = nowMs;
    return { cpuPercent: elapsedS > 0 ? (100 * used) / TICKS_PER_SECOND / elapsedS : 0, residentBytes };
  }
}

function listTree(root: number): readonly number[] {
  const all = [root];
  for (const pid of all) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim();
        if (children !== "") all.push(...children.split(" ").map(Number));
      }
    } catch {
      // It ended meanwhile, or this kernel does not list children.
    }
  }
  return all;
}

function readTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}

function readResident(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
