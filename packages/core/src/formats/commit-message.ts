import type { RunStatus } from "../tracker.ts";

/** What our trailers say in the message of an experiment's commit. DVC never parses messages. */
export interface CommitTrailers {
  /** Random id of the run; a resumed run keeps it. */
  readonly runId?: string | undefined;
  readonly step?: number | undefined;
  readonly status?: RunStatus | undefined;
  /** Paths that were checkpointed, relative to the root of the repository. */
  readonly checkpoints?: readonly string[];
  /** Why the run was interrupted or failed: one line. */
  readonly reason?: string | undefined;
  /** Command line of the run, program first. */
  readonly command?: readonly string[] | undefined;
  /** Where the command was started, relative to the root of the repository; `.` for the root itself. */
  readonly cwd?: string | undefined;
  /** The live folder, relative to the root of the repository. */
  readonly folder?: string | undefined;
  /** `NAME@STEP` of the checkpoint this experiment went on from. */
  readonly forkedFrom?: string | undefined;
}

/** A commit message taken apart. */
export interface CommitMessage {
  /** What stands before the trailers, without trailing blank lines. */
  readonly text: string;
  readonly trailers: CommitTrailers;
}

/** Hash of an experiment in which no stage ran: SHA-256 of `{}`. */
export const EMPTY_EXPERIMENT_HASH = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/** The message DVC gives an experiment when the user gave none. */
export function defaultExperimentMessage(hash: string = EMPTY_EXPERIMENT_HASH): string {
  return `dvc: commit experiment ${hash}`;
}

const STATUSES: readonly RunStatus[] = ["running", "finished", "interrupted", "failed"];

/** Formats the message of an experiment's commit: the text, an empty line, one `Waymark-…: value` line per trailer. */
export function formatCommitMessage({ text, trailers }: CommitMessage): string {
  const lines: string[] = [];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) lines.push(`Waymark-${name}: ${escapeLine(String(value))}`);
  };
  add("Run", trailers.runId);
  add("Step", trailers.step);
  add("Status", trailers.status);
  for (const path of trailers.checkpoints ?? []) add("Checkpoint", path);
  add("Reason", trailers.reason);
  add("Command", trailers.command === undefined ? undefined : JSON.stringify(trailers.command));
  add("Cwd", trailers.cwd);
  add("Folder", trailers.folder);
  add("Forked-From", trailers.forkedFrom);
  const body = text.trimEnd();
  if (lines.length === 0) return `${body}\n`;
  return `${body === "" ? "" : `${body}\n\n`}${lines.join("\n")}\n`;
}

/**
 * Parses a commit message. Messages of others are all text; a trailer that makes no sense is left out, so a commit by
 * hand never hides an experiment.
 */
export function parseCommitMessage(message: string): CommitMessage {
  const lines = message.replace(/\n+$/, "").split("\n");
  let first = lines.length;
  while (first > 0 && /^Waymark-[A-Z][A-Za-z-]*: /.test(lines[first - 1] ?? "")) first -= 1;
  const text = lines.slice(0, first).join("\n").trimEnd();
  const values = new Map<string, string[]>();
  for (const line of lines.slice(first)) {
    const colon = line.indexOf(": ");
    const name = line.slice("Waymark-".length, colon);
    const known = values.get(name);
    const value = unescapeLine(line.slice(colon + 2));
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  const one = (name: string): string | undefined => values.get(name)?.at(-1);
  const step = one("Step");
  const status = STATUSES.find((known) => known === one("Status"));
  return {
    text,
    trailers: {
      runId: one("Run"),
      step: step !== undefined && step !== "" && Number.isFinite(Number(step)) ? Number(step) : undefined,
      status,
      checkpoints: values.get("Checkpoint") ?? [],
      reason: one("Reason"),
      command: parseCommand(one("Command")),
      cwd: one("Cwd"),
      folder: one("Folder"),
      forkedFrom: one("Forked-From"),
    },
  };
}

function parseCommand(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

// A file name may hold a line break; a trailer is one line.
function escapeLine(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

function unescapeLine(value: string): string {
  return value.replaceAll(/\\([\\nr])/g, (_, kind: string) => (kind === "n" ? "\n" : kind === "r" ? "\r" : "\\"));
}
