import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { TrackerError } from "@waymark/core";

/** A command of a stage ended with an exit code other than 0, or by a signal. */
export class StageCommandError extends TrackerError {
  override readonly code = "STAGE_COMMAND_FAILED";
  readonly stage: string;
  readonly command: string;
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;

  constructor(stage: string, command: string, end: CommandEnd) {
    const how = end.signal === null ? `exited with ${end.exitCode}` : `was ended by ${end.signal}`;
    super(`Stage '${stage}' failed: its command ${how}: ${command}`, {
      hint: "See what the command printed. Outputs of the last successful run are back in their places.",
    });
    this.stage = stage;
    this.command = command;
    this.exitCode = end.exitCode;
    this.signal = end.signal;
  }
}

/** How a process ended. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Takes what a command prints, as it comes. */
export type CommandOutput = (data: Uint8Array, stream: "stdout" | "stderr") => void;

/** Options of {@link runStageCommand}. */
export interface StageCommandOptions {
  /** Absolute. */
  readonly cwd: string;
  /** Variables of the command, complete. `SHELL` is the shell that runs it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the command and everything it started. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the command prints where this process does. */
  readonly onOutput?: CommandOutput | undefined;
  /** Told the number of the command's process group. */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Told of each line before it runs. */
  readonly onCommand?: ((command: string) => void) | undefined;
  /** How long an interrupted command may take to save its work, in milliseconds. Default 30 000. */
  readonly interruptGraceMs?: number;
  /** How long it may take to end after SIGTERM, in milliseconds. Default 10 000. */
  readonly terminateGraceMs?: number;
}

/** Where Python's `str.splitlines` splits, as DVC does with commands. */
// oxlint-disable-next-line no-control-regex -- these are the separators
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const SHELL_FLAGS: Readonly<Record<string, readonly string[]>> = {
  zsh: ["--no-rcs"],
  bash: ["--noprofile", "--norc"],
};
/** The first version of fish that knows `--no-config`. */
const FISH_VERSION = [3, 3];
/** What is still in the pipe when a command ends is read this long. */
const DRAIN_MS = 100;

/** Splits the command of a stage into the lines that run one after the other, each in a shell of its own. */
export function splitStageCommand(command: string | readonly string[]): readonly string[] {
  if (typeof command !== "string") return command;
  const lines = command.split(LINE_BREAK);
  // A line break at the end begins no line.
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Returns program and arguments that run a line as DVC does: in the user's shell, without its start-up files. */
export function shellCommand(line: string, shell: string | undefined): readonly [string, ...string[]] {
  if (process.platform === "win32") return [process.env["ComSpec"] ?? "cmd.exe", "/d", "/s", "/c", `"${line}"`];
  const program = shell === undefined || shell === "" ? "/bin/sh" : shell;
  const name = basename(program).toLowerCase();
  const flags = name === "fish" && fishKnowsNoConfig(program) ? ["--no-config"] : (SHELL_FLAGS[name] ?? []);
  return [program, ...flags, "-c", line];
}

function fishKnowsNoConfig(program: string): boolean {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout ?? "") ?? []).slice(1).map(Number);
  const [least = 0, next = 0] = FISH_VERSION;
  return major > least || (major === least && minor >= next);
}

/**
 * Runs the command of a stage, line by line, and stops at the first that fails.
 *
 * Each line is a process group of its own: an abort interrupts everything in it as Ctrl-C in a terminal does, and ends
 * by force what does not end by itself.
 *
 * @param stage - Its address, for errors.
 * A last line that was interrupted and still ends with 0 has saved its work: that is success.
 *
 * @throws {@link StageCommandError}; the signal's reason when it was aborted, once nothing of the command runs any more.
 */
export async function runStageCommand(
  stage: string,
  command: string | readonly string[],
  options: StageCommandOptions,
): Promise<void> {
  for (const line of splitStageCommand(command)) {
    options.signal?.throwIfAborted();
    options.onCommand?.(line);
    const end = await runLine(line, options);
    if (end.exitCode === 0) continue;
    options.signal?.throwIfAborted();
    throw new StageCommandError(stage, line, end);
  }
}

async function runLine(line: string, options: StageCommandOptions): Promise<CommandEnd> {
  const [program, ...args] = shellCommand(line, options.env["SHELL"]);
  const { onOutput } = options;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.env },
    // A group of its own, so that what it started can be ended with it.
    detached: process.platform !== "win32",
    stdio: onOutput === undefined ? "inherit" : ["inherit", "pipe", "pipe"],
    windowsVerbatimArguments: true,
  });
  child.stdout?.on("data", (data: Uint8Array) => onOutput?.(data, "stdout"));
  child.stderr?.on("data", (data: Uint8Array) => onOutput?.(data, "stderr"));
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(child, "close");
  // An error of spawning rejects both.
  closed.catch(() => undefined);
  const group = new ProcessGroup(child, options);
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
  for (const group of RUNNING) group.send("SIGKILL");
}

/** Ends a command with everything it started, first gently. */
class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #options: StageCommandOptions;
  readonly #onAbort = (): void => this.#interrupt();
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, options: StageCommandOptions) {
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
    const deadline = Date.now() + this.#terminateGraceMs + 1000;
    while (this.#isAlive() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close(): void {
    clearTimeout(this.#timer);
    RUNNING.delete(this);
    if (RUNNING.size === 0) process.off("exit", killRunning);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  get #terminateGraceMs(): number {
    return this.#options.terminateGraceMs ?? 10_000;
  }

  #interrupt(): void {
    this.send("SIGINT");
    this.#timer = setTimeout(() => this.#terminate(), this.#options.interruptGraceMs ?? 30_000);
  }

  #terminate(): void {
    this.send("SIGTERM");
    this.#timer = setTimeout(() => this.send("SIGKILL"), this.#terminateGraceMs);
  }

  send(signal: NodeJS.Signals): void {
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
    return pid !== undefined && process.platform !== "win32" && isGroupAlive(pid);
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
