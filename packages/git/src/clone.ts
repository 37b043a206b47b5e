import { type GitFailure, GitCommandError } from "./errors.ts";
import { openRepository, type GitRepository } from "./repository.ts";
import { withoutPasswords } from "./remote-url.ts";
import { startError, startGit } from "./run.ts";

/** Options of {@link cloneRepository}. */
export interface CloneOptions {
  /** Variables for Git processes. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** A branch or tag of which the newest commit alone is wanted. */
  readonly branch?: string;
  /** Only the newest commit. Default false: all of the history. */
  readonly isShallow?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A repository could not be cloned. */
export class CloneError extends GitCommandError {
  override readonly code = "CLONE_FAILED";
  /** Without a password. */
  readonly url: string;

  constructor(failure: GitFailure, url: string) {
    const lines = failure.stderr.split("\n").map((line) => line.trim());
    const why = lines.findLast((line) => /^(?:fatal|error):/u.test(line)) ?? lines.find((line) => line !== "");
    const reason = withoutPasswords(why ?? `Git ended with ${failure.signal ?? String(failure.exitCode)}`);
    super(failure, `Cannot clone '${url}': ${reason}`, "Check the address, and that `git clone` of it works here.");
    this.url = url;
  }
}

/**
 * Clones a repository without writing any of its files to the work tree, so that nothing of it runs: no hook, no
 * filter, no submodule.
 *
 * @param url - Anything `git clone` takes; transports that run commands (`ext::`) are refused.
 * @param folder - To be made, or empty.
 * @throws {@link CloneError}; the reason of `signal` when it was aborted.
 */
export async function cloneRepository(url: string, folder: string, options: CloneOptions = {}): Promise<GitRepository> {
  const { env = process.env, branch, isShallow = false, signal } = options;
  signal?.throwIfAborted();
  const args = [
    ...["clone", "--quiet", "--no-checkout", "--no-recurse-submodules", "--template="],
    ...(isShallow || branch !== undefined ? ["--depth=1"] : []),
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...["--", url, folder],
  ];
  const place = { root: process.cwd(), env };
  // What Git would follow from one server to another: never to the files of this machine.
  const child = startGit(place, args, { config: ["http.followRedirects=initial"] });
  const abort = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", abort, { once: true });
  let stderr = "";
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => {});
  child.stdin.end();
  try {
    const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.on("error", (error) => reject(startError(error, place)));
      child.on("close", (code, name) => resolve({ code, signal: name }));
    });
    signal?.throwIfAborted();
    const failure = { args: ["clone"], exitCode: ended.code, signal: ended.signal, stderr };
    if (ended.code !== 0) throw new CloneError(failure, withoutPasswords(url));
    const repo = openRepository(folder, { env });
    if (repo === undefined) throw new CloneError(failure, withoutPasswords(url));
    return repo;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
