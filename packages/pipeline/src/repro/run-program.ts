import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { addProgramMark, listMarkedProcesses, newProgramMark, PROGRAM_MARK } from "./marked-processes.ts";
import { pinToCpus } from "./pin-to-cpus.ts";
import { ANNOUNCED, startGuard } from "./program-guard.ts";

/** How a process ended. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Takes what a command prints, as it comes. */
export type CommandOutput = (data: Uint8Array, stream: "stdout" | "stderr") => void;

/** Options of {@link runProgram}. */
export interface RunProgramOptions {
  /** Absolute. */
  readonly cwd: string;
  /** Variables of the program, complete. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the program and everything it started. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the program prints where this process does. */
  readonly onOutput?: CommandOutput | undefined;
  /** Told the number of the program's process group. */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** How long an interrupted program may take to save its work, in milliseconds. Default 30 000. */
  readonly interruptGraceMs?: number;
  /** How long it may take to end after SIGTERM, in milliseconds. Default 10 000. */
  readonly terminateGraceMs?: number;
  /** Ends the program also when this process is killed: somebody else watches for that. Default false: it goes on. */
  readonly isGuarded?: boolean;
}

/** What is still in the pipe when a program ends is read this long. */
const DRAIN_MS = 100;

/**
 * Runs a program to its end.
 *
 * It is a process group of its own: an abort interrupts everything in it as Ctrl-C in a terminal does, and ends by force
 * what does not end by itself, also what has left the group to become a daemon (on Linux).
 *
 * @throws What starting it throws, such as `ENOENT`.
 */
export async function runProgram(
  commandLine: readonly [string, ...string[]],
  options: RunProgramOptions,
): Promise<CommandEnd> {
  const { onOutput } = options;
  // There before the program is, so that no moment is left in which nobody watches.
  const mark = newProgramMark();
  const guard = options.isGuarded === true ? startGuard(mark) : undefined;
  const pinned = pinToCpus(commandLine, options.env);
  const [program, ...args] = guard === undefined ? pinned : [...ANNOUNCED, ...pinned];
  const output = onOutput === undefined ? "inherit" : "pipe";
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.env, [PROGRAM_MARK]: addProgramMark(options.env[PROGRAM_MARK], mark) },
    // A group of its own, so that what it started can be ended with it.
    detached: process.platform !== "win32",
    stdio: ["inherit", output, output, ...(guard?.stdin == null ? [] : [guard.stdin])],
    windowsVerbatimArguments: true,
  });
  child.stdout?.on("data", (data: Uint8Array) => onOutput?.(data, "stdout"));
  child.stderr?.on("data", (data: Uint8Array) => onOutput?.(data, "stderr"));
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(child, "close");
  // An error of spawning rejects both.
  closed.catch(() => undefined);
  const group = new ProcessGroup(child, { guard, mark, ...options });
  try {
    if (child.pid !== undefined) options.onStart?.(child.pid);
    const [exitCode, signal] = await ended;
    await drain(child, closed);
    await group.finish();
    return { exitCode, signal };
  } finally {
    group.close();
  }
}

/** What the command started and left running may hold the pipes open for ever. */
async function drain(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  if (child.stdout === null) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([closed, timeout]);
  clearTimeout(timer);
  for (const stream of [child.stdout, child.stderr]) (stream as { unref?: () => void } | null)?.unref?.();
}

/** The second Ctrl-C ends this process at once; its commands may not go on without it. */
const RUNNING = new Set<ProcessGroup>();

function killRunning(): void {
  for (const group of RUNNING) group.end("SIGKILL");
}

interface GroupOptions extends RunProgramOptions {
  readonly guard: ChildProcess | undefined;
  /** Of everything that the command starts. */
  readonly mark: string;
}

/** Ends a command with everything it started, first gently. */
class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #options: GroupOptions;
  readonly #onAbort = (): void => this.#interrupt();
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, options: GroupOptions) {
    this.#child = child;
    this.#options = options;
    if (RUNNING.size === 0) process.on("exit", killRunning);
    RUNNING.add(this);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#interrupt();
  }

  /** After an abort the shell has ended; what it leaves behind has to end, too. */
  async finish(): Promise<void> {
    if (this.#options.signal?.aborted !== true || !this.#isAlive()) return;
    clearTimeout(this.#timer);
    this.#terminate();
    const deadline = performance.now() + this.#terminateGraceMs + 1000;
    while (this.#isAlive() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#options.guard?.stdin?.end("over\n");
    RUNNING.delete(this);
    if (RUNNING.size === 0) process.off("exit", killRunning);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  get #terminateGraceMs(): number {
    return this.#options.terminateGraceMs ?? 10_000;
  }

  #interrupt(): void {
    this.#send("SIGINT");
    this.#timer = setTimeout(() => this.#terminate(), this.#options.interruptGraceMs ?? 30_000);
  }

  #terminate(): void {
    this.end("SIGTERM");
    this.#timer = setTimeout(() => this.end("SIGKILL"), this.#terminateGraceMs);
  }

  /** Ends the group, and what has left it. */
  end(signal: "SIGTERM" | "SIGKILL"): void {
    this.#send(signal);
    for (const pid of listMarkedProcesses(this.#options.mark)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended with the group.
      }
    }
  }

  #send(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // Nothing of it runs any more.
    }
  }

  #isAlive(): boolean {
    const { pid } = this.#child;
    if (pid === undefined || process.platform === "win32") return false;
    return isGroupAlive(pid) || listMarkedProcesses(this.#options.mark).length > 0;
  }
}

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  // What has ended and was not asked for its result yet still counts for `kill`.
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && isRunningIn(name, group));
}

function isRunningIn(pid: string, group: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return false;
  }
  // The name of the program stands in parentheses and may hold any character.
  const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return processGroup === String(group) && state !== "Z" && state !== "X";
}
