import { spawn, spawnSync } from "node:child_process";

/** Folder of the scripts that fault tests run in child processes, each bundled with all that it imports. */
export const SCENARIOS = `${process.env["WAYMARK_SCENARIOS"]}/`;

/** How a scenario ended, and what it had acknowledged by then. */
export interface FaultRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines the scenario wrote to descriptor 3, each after the call it stands for had returned. */
  readonly acknowledged: readonly string[];
  readonly stderr: string;
}

/** What is done to a scenario. */
export interface FaultOptions {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** strace `inject=` expression: the system call, what happens, and at which call. */
  readonly inject?: string;
  /** Follow children (Git) too. Default false. */
  readonly followChildren?: boolean;
  /** SIGKILL this long after the first acknowledgement, in milliseconds. */
  readonly killAfterMs?: number;
  readonly killSignal?: NodeJS.Signals;
}

/**
 * Runs a scenario in a process of its own. Its acknowledgements go through a pipe that this process holds, so they
 * survive whatever happens to it.
 */
export async function runScenario(script: string, options: FaultOptions): Promise<FaultRun> {
  const node = [process.execPath, `${SCENARIOS}${script}`, ...(options.args ?? [])];
  const [command = "", ...args] = options.inject === undefined ? node : [...traced(options), ...node];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, NODE_NO_WARNINGS: "1", ...gitIdentity, ...options.env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let acknowledged = "";
  let stderr = "";
  let timer: NodeJS.Timeout | undefined;
  const { killAfterMs } = options;
  const acknowledgements = child.stdio[3] as NodeJS.ReadableStream;
  acknowledgements.setEncoding("utf8");
  acknowledgements.on("data", (text: string) => {
    acknowledged += text;
    if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill(options.killSignal ?? "SIGKILL"), killAfterMs);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      // A line without its end was cut off by the kill: its call may not have returned.
      resolve({ code, signal, acknowledged: acknowledged.split("\n").slice(0, -1), stderr });
    });
  });
}

const gitIdentity = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

function traced(options: FaultOptions): readonly string[] {
  const follow = options.followChildren === true ? ["-f"] : [];
  return ["strace", ...follow, "-qq", "-o", "/dev/null", "-e", `inject=${options.inject}`];
}

/** Counts the calls of each kind that a scenario makes when nothing happens to it. */
export async function countCalls(
  script: string,
  options: FaultOptions,
  calls: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const table = `${options.cwd}/.strace-count`;
  const follow = options.followChildren === true ? ["-f"] : [];
  const child = spawn(
    "strace",
    [
      ...follow,
      "-qq",
      "-c",
      "-o",
      table,
      "-e",
      `trace=${calls.join(",")}`,
      process.execPath,
      `${SCENARIOS}${script}`,
      ...(options.args ?? []),
    ],
    {
      cwd: options.cwd,
      env: { ...process.env, ...gitIdentity, ...options.env },
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  (child.stdio[3] as NodeJS.ReadableStream).resume();
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const { readFileSync, rmSync } = await import("node:fs");
  const text = readFileSync(table, "utf8");
  rmSync(table);
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    // % time, seconds, usecs/call, calls, [errors,] syscall
    const cells = line.trim().split(/\s+/);
    const name = cells.at(-1) ?? "";
    if (calls.includes(name)) counts.set(name, Number(cells[3]));
  }
  return counts;
}

/** A generator with a seed, so that a sweep can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether the long versions of the sweeps run (`npm run test:long`). */
export const isLong = process.env["WAYMARK_LONG"] === "1";

/** Whether processes can be traced here; `npm test` installs strace where it may, and fails without it under `CI`. */
export const canTrace = spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
