import { spawn } from "node:child_process";
import { constants } from "node:os";
import { TrackerError } from "@waymark/core";

/** A program that could not be started. */
class CannotStartError extends TrackerError {
  override readonly code = "CANNOT_START";

  constructor(program: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot start '${program}': ${why}`, { hint: "Check that it is installed and on the PATH.", cause });
  }
}

/** Where and how {@link runProgram} runs. */
export interface RunProgramOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Signals that are passed on; Ctrl-C in a terminal reaches the program by itself. */
const FORWARDED = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program on this terminal to its end.
 *
 * While it runs, Ctrl-C is its business: it decides when it stops, and this process waits for it.
 *
 * @returns Its exit code, or 128 plus the number of the signal that ended it.
 * @throws {@link CannotStartError}
 */
export async function runProgram(command: readonly string[], options: RunProgramOptions): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { ...options, stdio: "inherit" });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const onInterrupt = (): void => {
    // Without a terminal nobody but us was told.
    if (!process.stdin.isTTY) child.kill("SIGINT");
  };
  process.on("SIGINT", onInterrupt);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(new CannotStartError(program, error)));
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGINT", onInterrupt);
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}
