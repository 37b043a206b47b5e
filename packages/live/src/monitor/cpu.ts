import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** How busy the processors were between two samples. */
export interface CpuUsage {
  /** Mean over the processors, 0 to 100. */
  readonly meanPercent: number;
  /** Share of processors that were busy for at least a fifth of the time, 0 to 100. */
  readonly busyPercent: number;
}

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

const BUSY = 0.2;

/** Measures how busy the processors are, from the kernel's counters. */
export class CpuMeter {
  #last = readTimes();

  /** Logical processors. */
  get count(): number {
    return this.#last.length;
  }

  /** Usage since the last sample; `undefined` when the counters have not moved yet. */
  sample(): CpuUsage | undefined {
    const now = readTimes();
    const shares: number[] = [];
    for (const [index, { busy, total }] of now.entries()) {
      const before = this.#last[index];
      if (before !== undefined && total > before.total) shares.push((busy - before.busy) / (total - before.total));
    }
    if (shares.length === 0) return undefined;
    this.#last = now;
    const sum = shares.reduce((all, share) => all + share, 0);
    return {
      meanPercent: (100 * sum) / shares.length,
      busyPercent: (100 * shares.filter((share) => share >= BUSY).length) / shares.length,
    };
  }
}

function readTimes(): readonly CpuTimes[] {
  let text: string;
  try {
    // Far cheaper than `os.cpus()`, which also asks for every processor's clock.
    text = readFileSync("/proc/stat", "latin1");
  } catch {
    return cpus().map(({ times }) => {
      const busy = times.user + times.nice + times.sys + times.irq;
      return { busy, total: busy + times.idle };
    });
  }
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map((match) => {
    // user nice system idle iowait irq softirq steal; guest time is part of user time already.
    const times = (match[1] ?? "").trim().split(/\s+/).slice(0, 8).map(Number);
    const total = times.reduce((all, time) => all + time, 0);
    return { busy: total - (times[3] ?? 0) - (times[4] ?? 0), total };
  });
}
