import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { GitFailure } from "./errors.ts";
import { type GitPlace, startError, startGit } from "./run.ts";

/** How far Git is with one part of its work: `{ phase: "Writing objects", done: 12, total: 40 }`. */
export interface GitProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** What goes with every talk to a remote. */
export interface RemoteAccess {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
  /**
   * Somebody sits at a terminal and may be asked for a password. Otherwise only Git's own helpers answer, and what
   * would need an answer fails at once. Default `false`.
   */
  readonly mayAsk?: boolean;
}

/** How a Git process ended. */
export interface RemoteAnswer extends GitFailure {
  readonly stdout: readonly string[];
}

/** A line of a hostile remote is cut here. */
const LINE_LIMIT = 64 * 1024;
/** So much is kept of what Git says beside its answer: the end, where the reason stands. */
const STDERR_LIMIT = 64 * 1024;

/** Options of {@link runRemoteGit}. */
export interface RunRemoteOptions extends RemoteAccess {
  readonly input?: string;
  readonly config?: readonly string[];
  /** Takes each line of the answer; `false` ends the process. Default: lines are kept and returned. */
  readonly onLine?: (line: string) => boolean;
}

/**
 * Runs a Git command that talks to a remote. Its answer is read line by line, so that a long one takes no memory; its
 * own environment says whether it may ask for passwords.
 *
 * @throws The reason of `signal` when it was aborted.
 */
export async function runRemoteGit(
  place: GitPlace,
  args: readonly string[],
  options: RunRemoteOptions = {},
): Promise<RemoteAnswer> {
  const { signal, onProgress, mayAsk = false, input = "", config } = options;
  signal?.throwIfAborted();
  const env: Readonly<Record<string, string>> = mayAsk ? { GIT_TERMINAL_PROMPT: "1" } : { GCM_INTERACTIVE: "never" };
  const child = startGit(place, args, { ...(config === undefined ? {} : { config }), env, isInteractive: mayAsk });
  const abort = (): void => endGroup(child, mayAsk);
  signal?.addEventListener("abort", abort, { once: true });
  const stdout: string[] = [];
  let stderr = "";
  const takeLine = options.onLine ?? ((line) => stdout.push(line) > 0);
  eachLine(child.stdout, /\n/u, (line) => {
    if (!takeLine(line)) endGroup(child, mayAsk);
  });
  eachLine(child.stderr, /[\r\n]/u, (line) => {
    const progress = parseProgress(line);
    if (progress !== undefined) onProgress?.(progress);
    else stderr = `${stderr}${line}\n`.slice(-STDERR_LIMIT);
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  try {
    const { code, name } = await new Promise<{ code: number | null; name: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.on("error", (error) => reject(startError(error, place)));
        child.on("close", (exit, killer) => resolve({ code: exit, name: killer }));
        // What it started may hold its streams open for as long as it likes: nobody waits for that.
        child.on("exit", (exit, killer) => {
          if (signal?.aborted === true) resolve({ code: exit, name: killer });
        });
      },
    );
    signal?.throwIfAborted();
    return { args, exitCode: code, signal: name, stderr, stdout };
  } finally {
    signal?.removeEventListener("abort", abort);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  }
}

/** Ends Git and what it started for the other side, which on this machine are programs of the same group. */
function endGroup(child: ChildProcess, isOurGroup: boolean): void {
  const { pid } = child;
  try {
    if (pid !== undefined && !isOurGroup && process.platform !== "win32") process.kill(-pid, "SIGTERM");
    else child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

/** Reads a line of Git's progress, such as `Writing objects:  42% (420/1000), 1.2 MiB`; `undefined` for others. */
export function parseProgress(line: string): GitProgress | undefined {
  const match = /^(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*): +\d{1,3}% \((\d+)\/(\d+)\)/u.exec(line);
  if (match === null) return undefined;
  const [, phase = "", done, total] = match;
  return { phase, done: Number(done), total: Number(total) };
}

function eachLine(stream: NodeJS.ReadableStream, end: RegExp, take: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let isCut = false;
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(end);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!isCut) take(line);
      isCut = false;
    }
    if (rest.length > LINE_LIMIT) {
      // No line of Git's is so long: it is passed over.
      rest = "";
      isCut = true;
    }
  });
  stream.on("end", () => {
    if (rest !== "" && !isCut) take(rest);
  });
}
