import {
  fetchObjects,
  type GitRepository,
  readHead,
  readObjectFacts,
  RefChangedError,
  RemoteRefGoneError,
  type RefUpdate,
  updateRefs,
  withoutPasswords,
} from "@waymark/git";
import { resolveBaselines } from "../baselines.ts";
import type { ExperimentRef } from "../experiment-ref.ts";
import { requireExperiments } from "../find-experiment.ts";
import { labelRefs } from "../labels/label-refs.ts";
import { recordedUpdate } from "../operations/recorded-update.ts";
import type { Project } from "../project.ts";
import { isSelective, parseSelection } from "../query/select-rows.ts";
import { readRefTable } from "../ref-table.ts";
import { narrowExperiments } from "../select-experiments.ts";
import { readLabelRecord, rememberLabels } from "./label-record.ts";
import { listRemoteExperiments, type RemoteExperiments } from "./list-remote.ts";
import { type LocalRefs, readLocalRefs } from "./local-refs.ts";
import { type LabelPlan, planLabels, type PlannedExperiment, planShare, type SharePlan } from "./plan-share.ts";
import { shareData } from "./share-data.ts";
import { gitAccess, type RemoteSelection, type SharedData, type ShareOptions } from "./share-options.ts";

/** What {@link pullExperiments} did. */
export interface PulledExperiments {
  /** Experiments that are here now as they are at the remote, and were not before; with `isDry`, that would be. */
  readonly pulled: readonly ExperimentRef[];
  readonly upToDate: readonly ExperimentRef[];
  /** Experiments that have newer commits here; left as they are. */
  readonly behind: readonly ExperimentRef[];
  /** Experiments that are here with other commits; left as they are. */
  readonly diverged: readonly ExperimentRef[];
  /** Experiments whose ref at the remote names no commit. */
  readonly broken: readonly ExperimentRef[];
  /** Experiments whose tags or note were changed on both sides; left as they are here. */
  readonly divergedLabels: readonly ExperimentRef[];
  /** How many refs of tags and notes came. */
  readonly labels: number;
  /** `undefined` when there was none, or it was left out. */
  readonly data: SharedData | undefined;
}

/** Others may push at the same time, or change refs here; what they changed is looked at again, so often. */
const ROUNDS = 4;
/** Longer notes are none; a hostile remote may offer anything. */
const LABEL_BYTES = 1 << 20;

/**
 * Brings experiments from a Git remote, and their data from a data remote.
 *
 * The order is: commits, then data, then all refs in one transaction. So an experiment that is listed here is one whose
 * data came, and whatever interrupts it, the next pull goes on from there.
 *
 * @param remote - Of Git: a configured name, a path or a URL.
 * @throws `ExperimentsNotFoundError` naming every name the remote does not have; what makes either remote useless. No
 *   ref was changed then.
 */
export async function pullExperiments(
  project: Project,
  remote: string,
  selection: RemoteSelection,
  options: ShareOptions = {},
): Promise<PulledExperiments> {
  const { repo } = project;
  repo.requireSha1();
  parseSelection(selection);
  const incoming = await bring(project, remote, selection, options);
  options.onEvent?.({ kind: "objects", experiments: incoming.experiments.length });
  // What changed here meanwhile is noticed when refs are set.
  let planned = await planPull(repo, remote, incoming, incoming.here, options);
  const planning = planned.plan.updates.map(({ experiment }) => experiment);
  if (options.isDry === true) return describe(incoming, planned, planning, undefined);
  const data =
    options.isWithoutData === true
      ? undefined
      : await shareData(project, "pull", [...planning, ...planned.plan.upToDate], options);
  if (data !== undefined) options.onEvent?.({ kind: "data", transferred: data.transferred });
  const withheld = new Set(data?.incomplete.map(({ ref }) => ref));
  for (let round = 1; ; round += 1) {
    planned = withoutExperiments(planned, withheld);
    const wanted = planned.plan.updates;
    try {
      await setRefs(repo, remote, wanted, refUpdates(planned));
    } catch (error) {
      if (!(error instanceof RefChangedError) || round === ROUNDS) throw error;
      planned = await planPull(repo, remote, incoming, await readLocalRefs(repo), options);
      continue;
    }
    rememberLabels(repo, remote, planned.labels.agreed);
    const pulled = wanted.map(({ experiment }) => experiment);
    if (pulled.length > 0) options.onEvent?.({ kind: "refs", experiments: pulled });
    return describe(incoming, planned, pulled, data);
  }
}

/** What came from the remote and may be set here. */
interface Incoming {
  /** What refs here named when it was looked for. */
  readonly here: LocalRefs;
  readonly experiments: readonly ExperimentRef[];
  readonly labels: ReadonlyMap<string, string>;
  readonly broken: readonly ExperimentRef[];
}

/** Lists, selects, and fetches what is not here; once more where the remote changed in between. */
async function bring(
  project: Project,
  remote: string,
  selection: RemoteSelection,
  options: ShareOptions,
): Promise<Incoming> {
  for (let round = 1; ; round += 1) {
    const there = await listRemoteExperiments(project.repo, remote, gitAccess(options));
    const selected = await selectRemote(project.repo, there, selection);
    try {
      // A query looks at what came; otherwise a dry run needs no more than what differs from what is here.
      const isLean = options.isDry === true && !isSelective(selection);
      const incoming = await fetchSelected(project.repo, remote, { selected, there, isLean }, options);
      if (incoming !== undefined) return await narrow(project, incoming, selection);
    } catch (error) {
      if (!(error instanceof RemoteRefGoneError) || round === ROUNDS) throw error;
    }
  }
}

async function selectRemote(
  repo: GitRepository,
  { experiments }: RemoteExperiments,
  { names = [], baselines = {} }: RemoteSelection,
): Promise<readonly ExperimentRef[]> {
  const head = readHead(repo).commit;
  if (baselines.allCommits === true) return experiments;
  if (names.length > 0) return requireExperiments(names, experiments, head);
  if (head === undefined && baselines.revisions === undefined) return [];
  const wanted = new Set(await resolveBaselines(repo, baselines));
  return experiments.filter(({ baseline }) => wanted.has(baseline));
}

/** Takes those that a query asks for: what experiments hold can be told only now that they came. */
async function narrow(project: Project, incoming: Incoming, selection: RemoteSelection): Promise<Incoming> {
  if (!isSelective(selection)) return incoming;
  const labels = [...incoming.labels].map(([name, id]) => ({ name, id }));
  const table = { ...(await readRefTable(project.repo)), experiments: incoming.experiments, labels };
  return { ...incoming, experiments: await narrowExperiments(project, table, incoming.experiments, selection) };
}

/** What a remote has, and what of it is wanted. */
interface Selected {
  readonly selected: readonly ExperimentRef[];
  readonly there: RemoteExperiments;
  /** Leaves there what is not here at all: nobody can tell what it is then, and it counts as what it should be. */
  readonly isLean: boolean;
}

/** @returns `undefined` when what was listed is not what came. */
async function fetchSelected(
  repo: GitRepository,
  remote: string,
  { selected, there, isLean }: Selected,
  options: ShareOptions,
): Promise<Incoming | undefined> {
  const labels = new Map(
    selected.flatMap(({ ref }) =>
      labelRefs(ref).flatMap((label) => {
        const id = there.labels.get(label);
        return id === undefined ? [] : [[label, id] as const];
      }),
    ),
  );
  const wanted = new Map([...selected.map(({ ref, tip }) => [ref, tip] as const), ...labels]);
  const here = await readLocalRefs(repo);
  // What no ref names may be here by halves: Git itself finds out what is missing of it.
  const differing = [...wanted].filter(([ref, id]) => (here.tips.get(ref) ?? here.labels.get(ref)) !== id);
  const lacking = isLean ? differing.filter(([ref]) => here.tips.has(ref)) : differing;
  await fetchObjects(
    repo,
    remote,
    lacking.map(([, id]) => id),
    gitAccess(options),
  );
  const facts = await readFacts(repo, [...wanted.values()]);
  const asked = new Set(lacking.map(([ref]) => ref));
  const left = new Set(differing.flatMap(([ref, id]) => (asked.has(ref) || facts.has(id) ? [] : [id])));
  if ([...wanted.values()].some((id) => !facts.has(id) && !left.has(id))) return undefined;
  const isCommit = ({ tip }: ExperimentRef): boolean => left.has(tip) || facts.get(tip)?.type === "commit";
  const isLabel = (id: string): boolean => {
    const fact = facts.get(id);
    return left.has(id) || (fact?.type === "blob" && fact.sizeBytes <= LABEL_BYTES);
  };
  return {
    here,
    experiments: selected.filter(isCommit),
    broken: selected.filter((experiment) => !isCommit(experiment)),
    labels: new Map([...labels].filter(([, id]) => isLabel(id))),
  };
}

type Facts = ReadonlyMap<string, { readonly type: string; readonly sizeBytes: number }>;

async function readFacts(repo: GitRepository, ids: readonly string[]): Promise<Facts> {
  const facts = await readObjectFacts(repo, ids);
  return new Map(facts.flatMap((fact) => (fact === undefined ? [] : [[fact.id, fact] as const])));
}

interface Planned {
  readonly plan: SharePlan;
  readonly labels: LabelPlan;
}

async function planPull(
  repo: GitRepository,
  remote: string,
  incoming: Incoming,
  here: LocalRefs,
  { force = false }: ShareOptions,
): Promise<Planned> {
  const plan = await planShare(repo, incoming.experiments, here.tips, force);
  const sharing = [...plan.updates.map(({ experiment }) => experiment), ...plan.upToDate];
  const hasLabels = here.labels.size + incoming.labels.size > 0;
  const base = hasLabels ? readLabelRecord(repo, remote) : new Map<string, string>();
  return { plan, labels: planLabels(sharing, incoming.labels, here.labels, base, force) };
}

/** Sets all refs in one transaction. What is given up by force is recorded, so that `exp undo` brings it back. */
async function setRefs(
  repo: GitRepository,
  remote: string,
  experiments: readonly PlannedExperiment[],
  updates: readonly RefUpdate[],
): Promise<void> {
  const forced = experiments.filter(({ isForced }) => isForced).map(({ experiment }) => `'${experiment.name}'`);
  // After a power loss they can be pulled again.
  if (forced.length === 0) return updateRefs(repo, updates, { durable: false });
  const names = forced.length > 5 ? `${forced.length} experiments` : forced.join(", ");
  await recordedUpdate(repo, "pull", `pull ${names} from '${withoutPasswords(remote)}' by force`, updates);
}

/** Takes experiments out of a plan, their labels too: nothing was agreed on what did not come. */
function withoutExperiments({ plan, labels }: Planned, refs: ReadonlySet<string>): Planned {
  const left = new Set([...refs].flatMap(labelRefs));
  return {
    plan: { ...plan, updates: plan.updates.filter(({ experiment }) => !refs.has(experiment.ref)) },
    labels: {
      ...labels,
      updates: labels.updates.filter(({ ref }) => !left.has(ref)),
      agreed: new Map([...labels.agreed].filter(([ref]) => !left.has(ref))),
    },
  };
}

function refUpdates({ plan, labels }: Planned): readonly RefUpdate[] {
  return [
    ...plan.updates.map(({ experiment, oldTip }) => ({ ref: experiment.ref, newId: experiment.tip, oldId: oldTip })),
    ...labels.updates,
  ];
}

function describe(
  { broken }: Incoming,
  { plan, labels }: Planned,
  pulled: readonly ExperimentRef[],
  data: SharedData | undefined,
): PulledExperiments {
  const { upToDate, behind, diverged } = plan;
  return {
    ...{ pulled, upToDate, behind, diverged, broken },
    ...{ divergedLabels: labels.diverged, labels: labels.updates.length, data },
  };
}
