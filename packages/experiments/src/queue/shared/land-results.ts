import { isValidExperimentName } from "@waymark/core";
import {
  areAncestors,
  fetchObjects,
  type GitRef,
  type GitRepository,
  isObjectId,
  listRemoteRefs,
  readObjectFacts,
  readRef,
  RefChangedError,
  type RemoteAccess,
  RemoteRefGoneError,
  updateRefs,
} from "@waymark/git";
import { formatExperimentRef } from "../../experiment-ref.ts";
import type { Project } from "../../project.ts";
import { readTasks } from "../list-tasks.ts";
import { parseTaskRef } from "../task-refs.ts";

/** An experiment that a task has made. */
interface Result {
  readonly ref: string;
  readonly commit: string;
  /** What this repository has by its name. */
  readonly here: string | undefined;
  readonly base: string;
}

/**
 * Brings the experiments of tasks that were found to be over into this repository. One that is here already moves ahead
 * only; another of the same name stays as it is.
 *
 * @param refs - Refs of the queue that have changed.
 */
export async function landResults(
  { repo }: Pick<Project, "repo">,
  remote: string,
  refs: readonly GitRef[],
  access: RemoteAccess,
): Promise<void> {
  const done = refs.filter(({ name }) => parseTaskRef(name)?.place === "done");
  if (done.length === 0) return;
  const wanted = readTasks(repo, done).flatMap(({ spec, result }): readonly Result[] => {
    const { name, commit } = result ?? {};
    if (name === undefined || typeof commit !== "string" || !isObjectId(commit)) return [];
    if (!isValidExperimentName(name)) return [];
    const ref = formatExperimentRef(spec.baseline, name);
    const here = readRef(repo, ref);
    return here === commit ? [] : [{ ref, commit, here, base: spec.baseline }];
  });
  const results = await fetchResults(repo, remote, wanted, access);
  const known = results.filter(({ here }) => here !== undefined);
  const isAhead = await areAncestors(
    repo,
    known.map(({ here, commit, base }) => ({ ancestor: here ?? "", descendant: commit, base })),
  );
  const blocked = new Set(known.filter((_, at) => isAhead[at] === false));
  for (const result of results) {
    if (blocked.has(result)) continue;
    try {
      updateRefs(repo, [{ ref: result.ref, newId: result.commit, oldId: result.here ?? null }]);
    } catch (error) {
      if (!(error instanceof RefChangedError)) throw error;
    }
  }
}

/** @returns Those that are here now: somebody may have removed others at the remote, or never sent them there. */
async function fetchResults(
  repo: GitRepository,
  remote: string,
  results: readonly Result[],
  access: RemoteAccess,
): Promise<readonly Result[]> {
  const facts = await readObjectFacts(
    repo,
    results.map(({ commit }) => commit),
  );
  const missing = results.filter((_, at) => facts[at] === undefined);
  const fetch = async (some: readonly Result[]): Promise<void> =>
    fetchObjects(
      repo,
      remote,
      some.map(({ commit }) => commit),
      access,
    );
  try {
    await fetch(missing);
    return results;
  } catch (error) {
    if (!(error instanceof RemoteRefGoneError)) throw error;
  }
  const folders = new Set(missing.map(({ ref }) => ref.slice(0, ref.lastIndexOf("/"))));
  const refs = await listRemoteRefs(repo, remote, [...folders], access);
  const there = new Map(refs.map(({ name, id }) => [name, id]));
  const gone = new Set(missing.filter(({ ref, commit }) => there.get(ref) !== commit));
  await fetch(missing.filter((result) => !gone.has(result)));
  return results.filter((result) => !gone.has(result));
}
