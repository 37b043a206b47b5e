import { SCRATCH_REMOTE, withPushScratch } from "./push-scratch.ts";
import { requireRefName } from "./ref-name.ts";
import { explainFailure, GitRemoteError } from "./remote-errors.ts";
import { runRemoteGit, type RemoteAccess, type RemoteAnswer } from "./remote-process.ts";
import { requireGitRemote } from "./remote-url.ts";
import type { GitRepository } from "./repository.ts";
import type { GitPlace } from "./run.ts";

/** A change of one ref at a remote. */
export interface RemoteRefUpdate {
  /** Full name, the same on both sides. */
  readonly ref: string;
  /** The object it shall name; `null` removes it. */
  readonly newId: string | null;
  /** What it names there now, as far as we know; `null`: it is not there. Otherwise nothing is changed. */
  readonly oldId: string | null;
  /** The new commit has the old one among its ancestors: then it may have moved in between, as long as this holds. */
  readonly isFastForward?: boolean;
}

/** Options of {@link pushRefs}. */
export interface PushRefsOptions extends RemoteAccess {
  /**
   * All of the changes are made, or none. Of more than about a thousand that change or remove refs, those that make new
   * ones come first, and each thousand is a change by itself. Default `false`.
   */
  readonly isAtomic?: boolean;
}

/**
 * What became of one change: `done`; `moved`, because somebody else changed the ref meanwhile; or `refused` by the
 * server, which says why.
 */
export type PushedRef =
  | { readonly kind: "done" }
  | { readonly kind: "moved" }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * How long the arguments of one command may be in all: systems have limits. Leases and removals are arguments, each of
 * about 200 bytes; where there are very many, more commands follow.
 */
const ARGUMENT_BYTES = process.platform === "win32" ? 24_000 : 200_000;

const SETTINGS = [
  "push.gpgSign=false",
  "push.followTags=false",
  "push.useForceIfIncludes=false",
  "push.negotiate=false",
];

/**
 * Changes refs of a remote with one `git push`, objects and all. Every change happens only when the ref still is what
 * we saw, so that nobody's change is lost, whoever pushes at the same time: new refs and fast-forwards are what Git
 * takes without force, and only then; everything else has a lease.
 *
 * Neither the user's hooks nor a configured mirror, tag or submodule take part: what is named is all that is sent.
 *
 * @param remote - A configured name, a path or a URL.
 * @returns One entry per update, by ref.
 * @throws `InvalidGitRemoteError`, {@link GitRemoteError} when nothing can be said about any ref; the reason of `signal`.
 */
export async function pushRefs(
  repo: GitRepository,
  remote: string,
  updates: readonly RemoteRefUpdate[],
  access: PushRefsOptions = {},
): Promise<ReadonlyMap<string, PushedRef>> {
  requireGitRemote(remote);
  for (const { ref } of updates) requireRefName(ref);
  const results = new Map<string, PushedRef>();
  for (const batch of batches(updates)) {
    const answer = await withPushScratch(repo, remote, batch, async (place) => pushBatch(place, batch, access));
    readAnswer(answer, remote, batch, results);
    if (access.isAtomic === true && batch.some(({ ref }) => results.get(ref)?.kind !== "done")) break;
  }
  return results;
}

async function pushBatch(
  place: GitPlace,
  updates: readonly RemoteRefUpdate[],
  { isAtomic = false, ...access }: PushRefsOptions,
): Promise<RemoteAnswer> {
  const prefixes = new Set(
    updates.filter(({ newId }) => newId !== null).map(({ ref }) => ref.split("/").slice(0, 2).join("/")),
  );
  const leases = updates.filter(needsLease).map(({ ref, oldId }) => `--force-with-lease=${ref}:${oldId ?? ""}`);
  const specs = [
    ...[...prefixes].map((prefix) => `${prefix}/*:${prefix}/*`),
    ...updates.filter(({ newId }) => newId === null).map(({ ref }) => `:${ref}`),
  ];
  const progress = access.onProgress === undefined ? "--no-progress" : "--progress";
  const options = [
    "--porcelain",
    "--no-verify",
    "--no-recurse-submodules",
    progress,
    ...(isAtomic ? ["--atomic"] : []),
  ];
  return runRemoteGit(place, ["push", ...options, ...leases, SCRATCH_REMOTE, ...specs], {
    ...access,
    config: SETTINGS,
  });
}

function readAnswer(
  answer: RemoteAnswer,
  remote: string,
  updates: readonly RemoteRefUpdate[],
  results: Map<string, PushedRef>,
): void {
  const asked = new Set(updates.map(({ ref }) => ref));
  let answered = 0;
  for (const line of answer.stdout) {
    const [flag, refs = "", summary = ""] = line.split("\t");
    const ref = refs.slice(refs.indexOf(":") + 1);
    if (flag?.length !== 1 || !asked.has(ref)) continue;
    answered += 1;
    results.set(ref, flag === "!" ? explain(summary) : { kind: "done" });
  }
  if (answer.exitCode !== 0 && answered === 0) throw new GitRemoteError(answer, remote);
  for (const ref of asked) {
    if (!results.has(ref)) results.set(ref, { kind: "refused", reason: explainFailure(answer) });
  }
}

/** Ways in which Git, here or there, says that a ref is not what it was; of a change of several at once, all it says. */
const MOVED =
  /stale info|atomic transaction failed|fetch first|non-fast-forward|needs force|already exists|incorrect old value|reference already exists|is at [0-9a-f]+ but expected|unable to resolve reference|failed to update ref|cannot lock ref/u;

function explain(summary: string): PushedRef {
  if (MOVED.test(summary)) return { kind: "moved" };
  return { kind: "refused", reason: /\((.+)\)$/u.exec(summary)?.[1] ?? summary };
}

function needsLease({ newId, oldId, isFastForward = false }: RemoteRefUpdate): boolean {
  return newId === null || (oldId !== null && !isFastForward);
}

function* batches(updates: readonly RemoteRefUpdate[]): Generator<readonly RemoteRefUpdate[]> {
  // What needs no lease is no argument, so all of it goes with the first command.
  let batch: RemoteRefUpdate[] = updates.filter((update) => !needsLease(update));
  let bytes = 0;
  for (const update of updates.filter(needsLease)) {
    const cost = 2 * Buffer.byteLength(update.ref) + 100;
    if (bytes + cost > ARGUMENT_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(update);
    bytes += cost;
  }
  if (batch.length > 0) yield batch;
}
