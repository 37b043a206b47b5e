import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, syncFolder } from "@waymark/files";
import { readRefFiles, readRefNames } from "./ref-files.ts";
import { GitCommandError, RefChangedError } from "./errors.ts";
import { RefChangeNote, removeAbandonedLocks } from "./ref-change-note.ts";
import { isValidRefName, requireRefName } from "./ref-name.ts";
import type { GitRepository } from "./repository.ts";
import { runGit, runGitSync } from "./run.ts";

/** A ref and the object it names. */
export interface GitRef {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  readonly id: string;
}

/** Where HEAD points. */
export interface Head {
  /** `undefined` in a repository without commits. */
  readonly commit: string | undefined;
  /** Short branch name; `undefined` when detached. */
  readonly branch: string | undefined;
}

/** One change of {@link updateRefs}. */
export interface RefUpdate {
  /** Full ref name. */
  readonly ref: string;
  /** The new id; `null` deletes the ref. */
  readonly newId: string | null;
  /** The id it must have now; `null`: it must not exist; `undefined`: whatever it is. */
  readonly oldId: string | null | undefined;
}

const REF_FORMAT = "%(refname)%00%(objectname)";

/**
 * Lists refs under prefixes, loose and packed, in name order; without a process where the files tell the same.
 *
 * @param prefixes - Whole path parts, such as `refs/exps` (which leaves out `refs/exps2`); none lists every ref.
 */
export async function listRefs(repo: GitRepository, prefixes: readonly string[] = []): Promise<readonly GitRef[]> {
  const known = findRefs(repo, prefixes);
  if (known !== undefined) return known;
  const { stdout } = await runGit(repo, ["for-each-ref", `--format=${REF_FORMAT}`, ...prefixes]);
  return parseRefs(stdout);
}

/** Lists refs; as {@link listRefs}, while this thread waits. */
export function listRefsSync(repo: GitRepository, prefixes: readonly string[] = []): readonly GitRef[] {
  const known = findRefs(repo, prefixes);
  return known ?? parseRefs(runGitSync(repo, ["for-each-ref", `--format=${REF_FORMAT}`, ...prefixes]).stdout);
}

/**
 * Lists the names of refs under one prefix in name order, without reading them where that is possible: with many refs
 * of which the first few are wanted, {@link readRef} of those costs less than a list of all.
 *
 * @returns A name may be gone, or be none of a ref, when it is read.
 */
export function listRefNamesSync(repo: GitRepository, prefix: string): readonly string[] {
  requireRefName(prefix);
  return readRefNames(repo, prefix) ?? listRefsSync(repo, [prefix]).map(({ name }) => name);
}

/** Reads one ref by its full name, without a process where the files can be read; `undefined` when there is none. */
export function readRef(repo: GitRepository, ref: string): string | undefined {
  requireRefName(ref);
  if (!usesReftable(repo)) {
    const found = readRefFile(repo, ref, 0);
    if (found !== null) return found;
  }
  const { exitCode, stdout } = runGitSync(repo, ["rev-parse", "--verify", "--quiet", "--end-of-options", ref], {
    allowedExitCodes: [0, 1],
  });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}

/** Reads where HEAD points. */
export function readHead(repo: GitRepository): Head {
  const text = usesReftable(repo)
    ? runGitSync(repo, ["symbolic-ref", "--quiet", "HEAD"], { allowedExitCodes: [0, 1] })
        .stdout.toString()
        .trim()
    : symbolicTarget(readFileSync(join(repo.gitDir, "HEAD"), "utf8"));
  const branch = text?.startsWith("refs/heads/") === true ? text.slice("refs/heads/".length) : undefined;
  return { commit: readRef(repo, "HEAD"), branch };
}

/** Options of {@link updateRefs}. */
export interface UpdateRefsOptions {
  /** For the logs of branches. */
  readonly reason?: string;
  /**
   * What was written survives power loss once the call returned. Default `true`; without it, thousands of refs take a
   * tenth of the time: for what can be had again.
   */
  readonly durable?: boolean;
}

/**
 * Changes refs in one transaction: all of them or, when one does not have its expected old value, none. What it
 * wrote survives power loss. Where Git is killed in the middle, and this process is not, the rest is done then.
 *
 * @throws {@link RefChangedError} when an old value differs; {@link GitLockedError} when a ref stays locked for 5 s.
 */
export function updateRefs(repo: GitRepository, updates: readonly RefUpdate[], options: UpdateRefsOptions = {}): void {
  if (updates.length === 0) return;
  for (const { ref } of updates) requireRefName(ref);
  const note = RefChangeNote.write(
    repo,
    updates.map(({ ref }) => ref),
  );
  try {
    changeRefs(repo, updates, options);
    note?.remove();
  } catch (error) {
    if (!wasKilled(error)) {
      note?.remove();
      throw error;
    }
    note?.cutShort();
    // What Git had done of it by then stays: the rest is left to be done.
    changeRefs(
      repo,
      updates.filter(({ ref, newId }) => (readRef(repo, ref) ?? null) !== newId),
      options,
    );
    note?.removeUnlessLocked();
  }
  if (options.durable !== false) syncRefFolders(repo, updates);
}

/** Changes refs, and once more where a Git command that was killed had left its locks. */
function changeRefs(repo: GitRepository, updates: readonly RefUpdate[], options: UpdateRefsOptions): void {
  if (updates.length === 0) return;
  const zero = "0".repeat(repo.idLength);
  const input = updates.map(({ ref, newId, oldId }) => {
    const old = oldId === undefined ? "" : (oldId ?? zero);
    if (newId === null) return `delete ${ref}\0${oldId === null ? "" : old}\0`;
    return `update ${ref}\0${newId}\0${old}\0`;
  });
  const reason = options.reason === undefined ? [] : ["-m", options.reason];
  const change = (): void => {
    runGitSync(repo, ["update-ref", ...reason, "--no-deref", "--stdin", "-z"], {
      input: input.join(""),
      ...(options.durable === false ? { config: ["core.fsync=objects"] } : {}),
    });
  };
  try {
    change();
  } catch (error) {
    const mayBeLocked = error instanceof GitCommandError && !(error instanceof RefChangedError) && !wasKilled(error);
    if (!mayBeLocked || !removeAbandonedLocks(repo)) throw error;
    change();
  }
}

/** Exit codes above tell of signals, as a shell says them; Git's own greatest are 128 and 129. */
const LEAST_SIGNAL_CODE = 129;

function wasKilled(error: unknown): boolean {
  if (!(error instanceof GitCommandError)) return false;
  return error.signal !== null || (error.exitCode ?? 0) > LEAST_SIGNAL_CODE;
}

/**
 * Flushes the folders of changed refs. Git flushes a ref's content and not its name, which on some file systems comes
 * to the disk much later.
 */
function syncRefFolders(repo: GitRepository, updates: readonly RefUpdate[]): void {
  if (usesReftable(repo)) return;
  const folders = new Set<string>();
  for (const { ref, oldId } of updates) {
    const parts = ref.split("/").slice(0, -1);
    // A new ref may have brought new folders, whose names stand in those above.
    const first = oldId === null ? 1 : parts.length;
    for (let length = first; length <= parts.length; length += 1) {
      folders.add(join(repo.commonDir, ...parts.slice(0, length)));
    }
  }
  for (const folder of folders) syncIfThere(folder);
}

/** Deleting the last ref of a folder takes the folder away as well, whichever process did it. */
function syncIfThere(folder: string): void {
  try {
    syncFolder(folder);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
  }
}

function findRefs(repo: GitRepository, prefixes: readonly string[]): readonly GitRef[] | undefined {
  const folders = prefixes.map((prefix) => (prefix.endsWith("/") ? prefix.slice(0, -1) : prefix));
  for (const folder of folders) requireRefName(folder);
  return readRefFiles(repo, folders)?.map(({ name, id }) => ({ name, id }));
}

function parseRefs(stdout: Buffer): readonly GitRef[] {
  const refs: GitRef[] = [];
  for (const line of stdout.toString().split("\n")) {
    const [name, id] = line.split("\0");
    if (name !== undefined && id !== undefined) refs.push({ name, id });
  }
  return refs;
}

function usesReftable(repo: GitRepository): boolean {
  return existsSync(join(repo.commonDir, "reftable"));
}

/** Reads a loose or packed ref from its file; `null` when only Git can tell. */
function readRefFile(repo: GitRepository, ref: string, depth: number): string | undefined | null {
  if (depth > 5) return null;
  const isOwn = ref === "HEAD" || /^refs\/(bisect|worktree|rewritten)\//.test(ref);
  const folder = isOwn ? repo.gitDir : repo.commonDir;
  let text: string;
  try {
    text = readFileSync(join(folder, ref), "utf8");
  } catch (error) {
    if (!isErrno(error, "ENOENT", "EISDIR", "ENOTDIR")) return null;
    return isOwn ? null : readPackedRef(repo, ref);
  }
  const target = symbolicTarget(text);
  if (target !== undefined) return isValidRefName(target) ? readRefFile(repo, target, depth + 1) : null;
  const id = text.trim();
  return id.length === repo.idLength && /^[0-9a-f]+$/.test(id) ? id : null;
}

function readPackedRef(repo: GitRepository, ref: string): string | undefined {
  let data: Buffer;
  try {
    data = readFileSync(join(repo.commonDir, "packed-refs"));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  // There may be tens of thousands: only the one that is asked for becomes text.
  const at = data.indexOf(` ${ref}\n`);
  return at === -1 ? undefined : data.toString("latin1", at - repo.idLength, at);
}

function symbolicTarget(text: string): string | undefined {
  return text.startsWith("ref:") ? text.slice(4).trim() : undefined;
}
