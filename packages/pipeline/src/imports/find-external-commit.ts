import {
  fetchObjects,
  findRevision,
  type GitRef,
  type GitRepository,
  listRefsSync,
  listRemoteRefs,
} from "@waymark/git";
import { AmbiguousRevisionError, ExternalRevisionError } from "./external-errors.ts";

/** Where experiments of both tools are: `refs/exps/<2>/<38>/<name>`, after the commit they began from. */
const EXPERIMENTS = "refs/exps";
const EXPERIMENT_REF = /^refs\/exps\/([0-9a-f]{2}\/[0-9a-f]{38,62})\/([^/]+)$/u;

/** What {@link findExternalCommit} looks in. */
export interface RevisionSearch {
  /** As it was given, for errors. */
  readonly url: string;
  readonly git: GitRepository;
  /** What it was cloned from, where experiments are that a clone leaves behind; `undefined` for one that is no clone. */
  readonly origin: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the commit of a revision: a branch, a tag, a commit, or, as with DVC, the name of an experiment.
 *
 * @throws {@link ExternalRevisionError}; {@link AmbiguousRevisionError} when several experiments have the name and none
 *   of them began from the current commit.
 */
export async function findExternalCommit(search: RevisionSearch, revision: string): Promise<string> {
  const { url, git, origin, signal } = search;
  // The local branches of a clone are those of its default branch only.
  const found = findRevision(git, revision) ?? findRevision(git, `origin/${revision}`);
  if (found !== undefined) return found;
  if (revision === "HEAD" || revision.startsWith("refs/")) throw new ExternalRevisionError(url, revision);
  const refs =
    origin === undefined
      ? listRefsSync(git, [EXPERIMENTS])
      : await listRemoteRefs(git, origin, [EXPERIMENTS], { signal });
  const experiment = chooseExperiment(refs, revision, findRevision(git, "HEAD"), url);
  if (experiment === undefined) throw new ExternalRevisionError(url, revision);
  if (origin !== undefined) await fetchObjects(git, origin, [experiment.id], { signal });
  return experiment.id;
}

function chooseExperiment(
  refs: readonly GitRef[],
  name: string,
  head: string | undefined,
  url: string,
): GitRef | undefined {
  const named = refs.flatMap((ref) => {
    const [, folder = "", own] = EXPERIMENT_REF.exec(ref.name) ?? [];
    return own === name ? [{ ref, baseline: folder.replace("/", "") }] : [];
  });
  const current = named.find(({ baseline }) => baseline === head);
  if (named.length < 2 || current !== undefined) return (current ?? named[0])?.ref;
  throw new AmbiguousRevisionError(
    url,
    name,
    named.map(({ ref }) => ref.id),
  );
}
