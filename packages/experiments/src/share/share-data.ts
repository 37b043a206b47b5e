import { ObjectReader, readCommitChains, readFirstParents } from "@waymark/git";
import {
  collectUsedObjects,
  type DvcProject,
  fetchData,
  NotADvcProjectError,
  objectNames,
  openDvcProject,
  pushData,
  selectForRemotes,
} from "@waymark/pipeline";
import type { ExperimentRef } from "../experiment-ref.ts";
import type { Project } from "../project.ts";
import { chooseDataCommits } from "./data-commits.ts";
import type { SharedData, ShareOptions } from "./share-options.ts";

/**
 * Sends or fetches the data of experiments: that of every commit of their chains, each object once.
 *
 * @returns `undefined` where there is no DVC project, and so no data.
 * @throws As `pushData` and `fetchData`.
 */
export async function shareData(
  project: Project,
  direction: "push" | "pull",
  experiments: readonly ExperimentRef[],
  options: ShareOptions,
): Promise<SharedData | undefined> {
  const { remote, jobs, signal, runCache = false, askSecret } = options;
  const dvc = experiments.length === 0 ? undefined : openData(project);
  if (dvc === undefined) return undefined;
  const chains = await readChains(project, experiments);
  const commits = await chooseDataCommits(project.repo, experiments, chains);
  const work = {
    scope: { commits, isWithoutWorkspace: true },
    ...{ remote, jobs, signal, runCache, askSecret, onProgress: options.onDataProgress },
  };
  const { transferred, failed, missing, skipped } =
    direction === "push" ? await push(dvc, work) : await fetch(dvc, work);
  const names = new Set(failed.map(({ name }) => name));
  const incomplete = names.size === 0 ? [] : await findUsers(dvc, experiments, chains, names);
  return { transferred, failed, missing, skipped, incomplete };
}

type Work = NonNullable<Parameters<typeof pushData>[1]>;
type Moved = Omit<SharedData, "incomplete">;

async function push(dvc: DvcProject, work: Work): Promise<Moved> {
  const { pushed, ...report } = await pushData(dvc, work);
  return { transferred: pushed, ...report };
}

async function fetch(dvc: DvcProject, work: Work): Promise<Moved> {
  const { fetched, failed, missing, skipped, hasNoRemote } = await fetchData(dvc, work);
  if (!hasNoRemote) return { transferred: fetched, failed, missing, skipped };
  return { transferred: fetched, failed, missing: await listLacking(dvc, work), skipped };
}

/** Without any remote nobody was asked: what is not here is nowhere that we know of. */
async function listLacking(dvc: DvcProject, work: Work): Promise<SharedData["missing"]> {
  const { selections } = await selectForRemotes(dvc, work);
  return collectUsedObjects(dvc.cache, selections)
    .groups.flatMap(({ contents }) => contents)
    .filter(({ md5 }) => !dvc.cache.has(md5))
    .map(({ md5, path }) => ({ name: md5, path }));
}

/** Opens the data of a project; `undefined` where there is no DVC project. */
export function openData(project: Project): DvcProject | undefined {
  try {
    return openDvcProject(project.dvcRoot, project.repo.env, { repo: project.repo });
  } catch (error) {
    if (error instanceof NotADvcProjectError) return undefined;
    throw error;
  }
}

/** Lists the commits of each experiment, newest first, without the commit it started from. */
export async function readChains(
  { repo }: Project,
  experiments: readonly ExperimentRef[],
): Promise<readonly (readonly string[])[]> {
  const parents = await readFirstParents(
    repo,
    experiments.map(({ tip }) => tip),
    experiments.map(({ baseline }) => baseline),
  );
  const walked = experiments.map(({ tip, baseline }) => walkChain(parents, tip, baseline));
  // What leads past the baselines of others, or to the beginning of history, is read commit by commit.
  const rest = experiments.filter((_, at) => walked[at] === undefined);
  if (rest.length === 0) return walked.map((chain) => chain ?? []);
  await using reader = new ObjectReader(repo);
  const requests = rest.map(({ tip, baseline }) => ({ tip, stop: baseline }));
  const read = await readCommitChains(reader, requests);
  const byExperiment = new Map(rest.map((experiment, at) => [experiment, read[at]?.commits.map(({ id }) => id)]));
  return experiments.map((experiment, at) => walked[at] ?? byExperiment.get(experiment) ?? []);
}

function walkChain(
  parents: ReadonlyMap<string, string | undefined>,
  tip: string,
  baseline: string,
): readonly string[] | undefined {
  const chain: string[] = [];
  for (let commit: string | undefined = tip; commit !== baseline; commit = parents.get(commit)) {
    if (commit === undefined || !parents.has(commit)) return undefined;
    chain.push(commit);
  }
  return chain;
}

/** Finds the experiments that need one of some objects. */
async function findUsers(
  dvc: DvcProject,
  experiments: readonly ExperimentRef[],
  chains: readonly (readonly string[])[],
  names: ReadonlySet<string>,
): Promise<readonly ExperimentRef[]> {
  const users: ExperimentRef[] = [];
  for (const [at, experiment] of experiments.entries()) {
    const scope = { commits: chains[at] ?? [], isWithoutWorkspace: true };
    const { selections } = await selectForRemotes(dvc, { scope });
    const { groups } = collectUsedObjects(dvc.cache, selections);
    const used = groups.flatMap(({ contents }) => contents.flatMap(objectNames));
    if (used.some((name) => names.has(name))) users.push(experiment);
  }
  return users;
}
