import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { TrackerError } from "@waymark/core";
import { type CommandEnd, runProgram, type RunProgramOptions } from "./run-program.ts";

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

/** Options of {@link runStageCommand}. `SHELL` among the variables is the shell that runs it. */
export interface StageCommandOptions extends RunProgramOptions {
  /** Told of each line before it runs. */
  readonly onCommand?: ((command: string) => void) | undefined;
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
    const end = await runProgram(shellCommand(line, options.env["SHELL"]), options);
    if (end.exitCode === 0) continue;
    options.signal?.throwIfAborted();
    throw new StageCommandError(stage, line, end);
  }
}
