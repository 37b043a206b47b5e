import { spawn, spawnSync, type ChildProcessWithoutNullStreams, type SpawnSyncOptions } from "node:child_process";
import { statSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { resolve } from "node:path";
import { gitEnvironment } from "./environment.ts";
import {
  GitCommandError,
  GitLockedError,
  GitMissingError,
  RefChangedError,
  UntrustedRepositoryError,
  type GitFailure,
} from "./errors.ts";
import { hardeningOptions } from "./hardening.ts";

/** Where Git runs: a folder when nothing is known yet, or a repository that was opened. */
export interface GitPlace {
  /** Current folder of the process: the root of the work tree. */
  readonly root: string;
  /** Absolute; `undefined` lets Git search from `root` upwards. */
  readonly gitDir?: string | undefined;
  /** Variables the process starts from. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Options of {@link runGit} and {@link runGitSync}. */
export interface RunGitOptions {
  /** Written to standard input. Default: nothing. */
  readonly input?: string | Uint8Array;
  /** Variables on top of the cleaned environment, such as `GIT_INDEX_FILE`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers and not failures. Default `[0]`. */
  readonly allowedExitCodes?: readonly number[];
  /** More `-c` settings, as `key=value`. */
  readonly config?: readonly string[];
  /**
   * The process keeps our terminal, so that it, or a program it starts, can ask for a password there. Only for
   * {@link startGit}. Default `false`: a process group of its own, and no terminal.
   */
  readonly isInteractive?: boolean;
}

/** What a Git process answered. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

let processCount = 0;

/** Returns how many Git processes this process has started so far; for tests and benchmarks. */
export function gitProcessCount(): number {
  return processCount;
}

/**
 * Runs a Git command to its end while this thread waits.
 *
 * The child has a process group of its own: Ctrl-C in a terminal reaches us and not a commit that is half written.
 *
 * @throws {@link GitMissingError}, {@link GitLockedError}, {@link RefChangedError}, {@link UntrustedRepositoryError},
 *   otherwise {@link GitCommandError}.
 */
export function runGitSync(place: GitPlace, args: readonly string[], options: RunGitOptions = {}): GitResult {
  processCount += 1;
  // `detached` works for spawnSync as for spawn; only its type leaves it out.
  const spawnOptions: SpawnSyncOptions & { detached: boolean } = {
    cwd: place.root,
    env: gitEnvironment(place.env ?? process.env, options.env),
    input: options.input ?? "",
    maxBuffer: Infinity,
    windowsHide: true,
    detached: process.platform !== "win32",
  };
  const child = spawnSync("git", commandLine(place, args, options), spawnOptions);
  if (child.error !== undefined && !isBrokenPipe(child.error)) throw startError(child.error, place);
  const stdout = Buffer.isBuffer(child.stdout) ? child.stdout : Buffer.from(child.stdout ?? "");
  return finish(place, args, options, child.status, child.signal, stdout, (child.stderr ?? "").toString());
}

/** Runs a Git command to its end; as {@link runGitSync}, without blocking. */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: RunGitOptions = {},
): Promise<GitResult> {
  const child = startGit(place, args, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A process that ends before it has read its input breaks the pipe; its exit code tells the story.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolveEnd, reject) => {
    child.on("error", (error) => reject(startError(error, place)));
    child.on("close", (code, signal) => resolveEnd({ code, signal }));
  });
  return finish(
    place,
    args,
    options,
    ended.code,
    ended.signal,
    Buffer.concat(stdout),
    Buffer.concat(stderr).toString(),
  );
}

/** Starts a Git process that goes on running; the caller owns its streams and its end. */
export function startGit(
  place: GitPlace,
  args: readonly string[],
  options: RunGitOptions = {},
): ChildProcessWithoutNullStreams {
  processCount += 1;
  return spawn("git", commandLine(place, args, options), {
    cwd: place.root,
    env: gitEnvironment(place.env ?? process.env, options.env),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
    detached: process.platform !== "win32" && options.isInteractive !== true,
  });
}

/** Starts a Git process of low priority that nobody waits for and that may outlive this one; what becomes of it is not reported. */
export function startDetachedGit(place: GitPlace, args: readonly string[]): void {
  processCount += 1;
  const child = spawn("git", commandLine(place, args, {}), {
    cwd: place.root,
    env: gitEnvironment(place.env ?? process.env),
    stdio: "ignore",
    windowsHide: true,
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or the system does not let us: it works at our own priority then.
  }
}

/** Turns the failure of starting a process into an error of ours. */
export function startError(error: Error, place: GitPlace): Error {
  const code = "code" in error ? error.code : undefined;
  // A missing current folder gives ENOENT as well.
  if (code === "ENOENT" && statSync(place.root, { throwIfNoEntry: false }) !== undefined) {
    return new GitMissingError(error);
  }
  return error;
}

/** A process that ended before it read all of its input: its exit code and messages say why. */
function isBrokenPipe(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}

function commandLine(place: GitPlace, args: readonly string[], options: RunGitOptions): string[] {
  const where = place.gitDir === undefined ? [] : [`--git-dir=${place.gitDir}`, `--work-tree=${place.root}`];
  const config = (options.config ?? []).flatMap((setting) => ["-c", setting]);
  return [...hardeningOptions(), ...config, ...where, "--no-pager", ...args];
}

function finish(
  place: GitPlace,
  args: readonly string[],
  options: RunGitOptions,
  exitCode: number | null,
  signal: string | null,
  stdout: Buffer,
  stderr: string,
): GitResult {
  if (exitCode !== null && (options.allowedExitCodes ?? [0]).includes(exitCode)) return { exitCode, stdout, stderr };
  throw classify(place, { args, exitCode, signal, stderr });
}

function classify(place: GitPlace, failure: GitFailure): GitCommandError {
  const { stderr } = failure;
  const lock = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (lock !== undefined) {
    const lockFile = resolve(place.root, lock);
    const made = statSync(lockFile, { throwIfNoEntry: false })?.mtimeMs;
    return new GitLockedError(failure, lockFile, made === undefined ? undefined : Date.now() - made);
  }
  const moved =
    /cannot lock ref '(.+?)': (?:is at [0-9a-f]+ but expected|reference already exists|unable to resolve reference)/.exec(
      stderr,
    );
  if (moved !== null) return new RefChangedError(failure, moved[1]);
  if (stderr.includes("detected dubious ownership")) return new UntrustedRepositoryError(failure, place.root);
  return new GitCommandError(failure);
}
