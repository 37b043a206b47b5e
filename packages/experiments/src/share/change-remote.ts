import { isValidExperimentName, TrackerError } from "@waymark/core";
import {
  fetchObjects,
  type GitRepository,
  type PushedRef,
  pushRefs,
  readHead,
  type RemoteAccess,
  type RemoteRefUpdate,
} from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "../baselines.ts";
import { ExperimentExistsError, InvalidExperimentNameError } from "../errors.ts";
import { type ExperimentRef, formatExperimentRef } from "../experiment-ref.ts";
import { requireExperiments } from "../find-experiment.ts";
import { labelRefs } from "../labels/label-refs.ts";
import { rememberLabels } from "./label-record.ts";
import { listRemoteExperiments, type RemoteExperiments } from "./list-remote.ts";

/** A Git remote did not take a change of a ref. */
export class RemoteRefusedError extends TrackerError {
  override readonly code = "REMOTE_REFUSED";

  constructor(remote: string, ref: string, result: Exclude<PushedRef, { kind: "done" }> | undefined) {
    const why = result?.kind === "refused" ? result.reason : "it was changed there meanwhile";
    super(`Git remote '${remote}' did not take '${ref}': ${why}`, { hint: "What was there is there as before." });
  }
}

/** Which experiments of a remote a removal is about. */
export interface RemoteRemoval {
  /** Names or full refs; they go before `baselines`. */
  readonly names?: readonly string[];
  /** Commits the experiments started from, resolved here. */
  readonly baselines?: BaselineSelection;
  /** Takes every experiment of the remote but the selected ones. Default false. */
  readonly keep?: boolean;
  /** Only says what would be removed. Default false. */
  readonly isDryRun?: boolean;
}

/** What became of experiments at a remote. */
export interface RemotelyRemoved {
  readonly removed: readonly ExperimentRef[];
  /** Those that are still there, with the reason. */
  readonly refused: readonly { readonly experiment: ExperimentRef; readonly reason: string }[];
}

/** What {@link renameRemoteExperiment} did. */
export interface RemotelyRenamed {
  /** As it was. */
  readonly experiment: ExperimentRef;
  /** Why the old name is still there besides the new one; `undefined` when it is gone, as it should be. */
  readonly leftBehind: string | undefined;
}

/**
 * Removes experiments from a Git remote, tags and notes included, with one push. Each goes only when it is what was seen
 * there; nothing here changes.
 *
 * @throws `ExperimentsNotFoundError` naming every one that the remote does not have; `GitRemoteError`.
 */
export async function removeRemoteExperiments(
  repo: GitRepository,
  remote: string,
  removal: RemoteRemoval,
  access: RemoteAccess = {},
): Promise<RemotelyRemoved> {
  const there = await listRemoteExperiments(repo, remote, access);
  const experiments = await selectRemote(repo, there, removal);
  if (experiments.length === 0 || removal.isDryRun === true) return { removed: experiments, refused: [] };
  const updates = experiments.flatMap(({ ref, tip }): RemoteRefUpdate[] => [
    { ref, newId: null, oldId: tip },
    ...labelsOf(there, ref).map(({ label, id }) => ({ ref: label, newId: null, oldId: id })),
  ]);
  const results = await pushRefs(repo, remote, updates, access);
  const removed = experiments.filter(({ ref }) => results.get(ref)?.kind === "done");
  const forgotten = removed.flatMap(({ ref }) => labelsOf(there, ref)).map(({ label }) => [label, undefined] as const);
  rememberLabels(repo, remote, new Map(forgotten));
  const refused = experiments.flatMap((experiment) => {
    const result = results.get(experiment.ref);
    if (result?.kind === "done") return [];
    const reason = result?.kind === "refused" ? result.reason : "it was changed there meanwhile";
    return [{ experiment, reason }];
  });
  return { removed, refused };
}

/**
 * Gives an experiment of a Git remote another name, with its tags and its note. The new name comes first and the old one
 * goes last, so that nothing is lost whatever interrupts it.
 *
 * @param name - Its name or full ref there.
 * @throws `ExperimentsNotFoundError`, `InvalidExperimentNameError`, `ExperimentExistsError` without `force`;
 *   `GitRemoteError`.
 */
export async function renameRemoteExperiment(
  repo: GitRepository,
  remote: string,
  { name, newName, force = false }: { readonly name: string; readonly newName: string; readonly force?: boolean },
  access: RemoteAccess = {},
): Promise<RemotelyRenamed> {
  if (!isValidExperimentName(newName)) throw new InvalidExperimentNameError(newName);
  const there = await listRemoteExperiments(repo, remote, access);
  const [experiment] = await selectRemote(repo, there, { names: [name] });
  if (experiment === undefined) throw new InvalidExperimentNameError(name);
  const { ref, baseline, tip } = experiment;
  const newRef = formatExperimentRef(baseline, newName);
  if (ref === newRef) return { experiment, leftBehind: undefined };
  const taken = there.experiments.find((other) => other.ref === newRef);
  if (taken !== undefined && !force) throw new ExperimentExistsError(newName, baseline);
  const labels = labelsOf(there, ref);
  // A push sends objects, which have to be here for that.
  await fetchObjects(repo, remote, [tip, ...labels.map(({ id }) => id)], access);
  await pushAll(repo, remote, access, [
    { ref: newRef, newId: tip, oldId: taken?.tip ?? null },
    ...labelRefs(newRef).flatMap((label, index): RemoteRefUpdate[] => {
      const oldId = there.labels.get(label) ?? null;
      const newId = there.labels.get(labelRefs(ref)[index] ?? "") ?? null;
      return oldId === newId ? [] : [{ ref: label, newId, oldId }];
    }),
  ]);
  const gone: RemoteRefUpdate[] = labels.map(({ label, id }) => ({ ref: label, newId: null, oldId: id }));
  const results = await pushRefs(repo, remote, [{ ref, newId: null, oldId: tip }, ...gone], access);
  const result = results.get(ref);
  if (result?.kind === "done") return { experiment, leftBehind: undefined };
  return { experiment, leftBehind: result?.kind === "refused" ? result.reason : "it was changed there meanwhile" };
}

async function selectRemote(
  repo: GitRepository,
  { experiments }: RemoteExperiments,
  { names = [], baselines = {}, keep = false }: RemoteRemoval,
): Promise<ExperimentRef[]> {
  const selected =
    names.length > 0
      ? requireExperiments(names, experiments, readHead(repo).commit)
      : await startedFrom(repo, experiments, baselines);
  if (!keep) return selected;
  const kept = new Set(selected.map(({ ref }) => ref));
  return experiments.filter(({ ref }) => !kept.has(ref));
}

async function startedFrom(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  baselines: BaselineSelection,
): Promise<ExperimentRef[]> {
  if (baselines.allCommits === true) return [...experiments];
  const commits = new Set(await resolveBaselines(repo, baselines));
  return experiments.filter(({ baseline }) => commits.has(baseline));
}

function labelsOf({ labels }: RemoteExperiments, ref: string): { readonly label: string; readonly id: string }[] {
  return labelRefs(ref).flatMap((label) => {
    const id = labels.get(label);
    return id === undefined ? [] : [{ label, id }];
  });
}

async function pushAll(
  repo: GitRepository,
  remote: string,
  access: RemoteAccess,
  updates: readonly RemoteRefUpdate[],
): Promise<void> {
  const results = await pushRefs(repo, remote, updates, access);
  for (const { ref } of updates) {
    const result = results.get(ref);
    if (result?.kind !== "done") throw new RemoteRefusedError(remote, ref, result);
  }
}
