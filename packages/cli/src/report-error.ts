import { TrackerError } from "@waymark/core/errors";
import type { ExitCodes } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { toPrintable } from "./render/display-text.ts";
import { colored } from "./ui.ts";
import { UsageError } from "./usage-error.ts";

/** Exit code of an error that is a mistake of ours. */
export const BUG_EXIT_CODE = 255;
/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED_EXIT_CODE = 130;

/** How {@link formatError} writes. */
export interface FormatErrorOptions {
  readonly hasColor: boolean;
  /** Adds the stack of a handled error; that of a bug is always there. */
  readonly isVerbose: boolean;
}

/**
 * Formats an error for stderr: `error:` with the message, each cause indented under it, and `hint:` with what to do.
 * An error that is not one of ours is a bug: it comes with its stack and where to report it.
 */
export function formatError(error: unknown, options: FormatErrorOptions): string {
  const { hasColor, isVerbose } = options;
  const lines: string[] = [];
  const label = colored(hasColor, "red", "error:");
  const isHandled = isHandledError(error);
  lines.push(`${label} ${isHandled ? "" : "This is a bug in Waymark. "}${messageOf(error)}`);
  let indent = "  ";
  const seen = new Set<unknown>([error]);
  for (let cause = causeOf(error); cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    lines.push(
      ...messageOf(cause)
        .split("\n")
        .map((line, at) => `${indent}${at === 0 ? "because: " : ""}${line}`),
    );
    indent += "  ";
  }
  const hint = hintOf(error);
  if (hint !== undefined) {
    lines.push(`${colored(hasColor, "cyan", "hint:")} ${hint.split("\n").map(toPrintable).join("\n")}`);
  }
  if ((!isHandled || isVerbose) && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  if (!isHandled) {
    lines.push(
      `${colored(hasColor, "cyan", "hint:")} Please report it, with the lines above and what you typed, to the project.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The exit code that an error means for a command. */
export function exitCodeOf(error: unknown, codes: ExitCodes): number {
  if (error instanceof UsageError) return codes.usage;
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof TrackerError) {
    switch (error.code) {
      case "NOT_A_REPOSITORY":
      case "NO_WORK_TREE":
        return codes.noRepository;
      case "CACHE_CONFIG":
        return codes.badConfig ?? codes.failed;
      case "IGNORE_FILE_INSIDE":
      case "UNREADABLE_NAME":
        return codes.unforeseen ?? codes.failed;
      case "DVC_LOCKED":
        return codes.locked ?? codes.failed;
      default:
        return codes.failed;
    }
  }
  return isHandledError(error) ? codes.failed : BUG_EXIT_CODE;
}

/** What helps against the errors of an operating system that people meet. */
const SYSTEM_HINTS: ReadonlyMap<unknown, string> = new Map([
  ["ENOSPC", "The disk is full: make room, and do it again."],
  ["EDQUOT", "Your share of the disk is used up: make room, and do it again."],
  ["EACCES", "You may not do this here: see with `ls -ld` who owns the file and its folder."],
  ["EPERM", "You may not do this here: see with `ls -ld` who owns the file and its folder."],
  ["EROFS", "This file system can only be read."],
  ["EMFILE", "Too many files are open at once: raise the limit with `ulimit -n`."],
  ["ENFILE", "Too many files are open on this machine."],
]);

function hintOf(error: unknown): string | undefined {
  if (error instanceof TrackerError) return error.hint;
  return error instanceof Error && "syscall" in error && "code" in error ? SYSTEM_HINTS.get(error.code) : undefined;
}

/** An error of ours, or one of the operating system, where the values are in the message (`ENOSPC`, `EACCES`). */
function isHandledError(error: unknown): boolean {
  return error instanceof TrackerError || (error instanceof Error && "syscall" in error && "code" in error);
}

/** A message may quote names of a repository, which may hold escape sequences; its own line breaks stay. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n").map(toPrintable).join("\n");
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
