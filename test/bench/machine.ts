import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import { diskRoot, fileSystemOf } from "./folders.ts";

/** What was measured on. */
export interface Machine {
  readonly text: string;
  /** Share of all cores at work while nothing of ours was, 0 to 1. */
  readonly busyShare: number;
}

const PROBE_MS = 500;

/** Describes the machine in a line, after looking for half a second whether anything else works on it. */
export async function readMachine(): Promise<Machine> {
  const busyShare = await probe();
  const models = cpus();
  const git = execFileSync("git", ["--version"], { encoding: "utf8" }).trim().replace("git version", "Git");
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg().map((value) => value.toFixed(1));
  const parts = [
    `${models.length} × ${models[0]?.model.trim() ?? "unknown processor"}`,
    `${gibibytes} GiB`,
    `Node ${process.versions.node}`,
    git,
    `${diskRoot()} on ${fileSystemOf(diskRoot())}`,
    `load ${load.join(" ")}`,
    `${Math.round(busyShare * 100)} % busy before the start`,
  ];
  return { text: parts.join(", "), busyShare };
}

async function probe(): Promise<number> {
  const before = times();
  await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
  const after = times();
  const total = after.total - before.total;
  return total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
}

function times(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times: core } of cpus()) {
    idle += core.idle;
    total += core.user + core.nice + core.sys + core.irq + core.idle;
  }
  return { idle, total };
}
