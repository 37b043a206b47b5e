import { type GitRepository, type PushedRef, pushRefs, type RemoteRefUpdate } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";
import { parseLabelRef } from "../labels/label-refs.ts";
import type { Project } from "../project.ts";
import { readLabelRecord, rememberLabels } from "./label-record.ts";
import { listRemoteExperiments } from "./list-remote.ts";
import { readLocalRefs } from "./local-refs.ts";
import { type LabelPlan, planLabels, planShare, type SharePlan } from "./plan-share.ts";
import { shareData } from "./share-data.ts";
import { gitAccess, type SharedData, type ShareOptions } from "./share-options.ts";

/** What {@link pushExperiments} did. */
export interface PushedExperiments {
  /** Experiments that are at the remote now as they are here, and were not before; with `isDry`, that would be. */
  readonly pushed: readonly ExperimentRef[];
  readonly upToDate: readonly ExperimentRef[];
  /** Experiments of which the remote has newer commits; left as they are there. */
  readonly behind: readonly ExperimentRef[];
  /** Experiments that the remote has with other commits; left as they are there. */
  readonly diverged: readonly ExperimentRef[];
  /** Experiments that the server did not take, with its reason. */
  readonly refused: readonly { readonly experiment: ExperimentRef; readonly reason: string }[];
  /** Experiments whose tags or note were changed on both sides; left as they are there. */
  readonly divergedLabels: readonly ExperimentRef[];
  /** How many refs of tags and notes were sent. */
  readonly labels: number;
  /** `undefined` when there was none, or it was left out. */
  readonly data: SharedData | undefined;
}

/** Others may push at the same time; what they changed is looked at again, so often. */
const ROUNDS = 4;

/**
 * Sends experiments to a Git remote and their data to a data remote.
 *
 * The order is: data first, then all refs in one `git push`, each only onto what the remote had. So an experiment
 * that others can see is one whose data they can have, and whatever interrupts it, the next push goes on from there.
 *
 * @param remote - Of Git: a configured name, a path or a URL.
 * @throws What makes either remote useless; nothing was changed at the Git remote then.
 */
export async function pushExperiments(
  project: Project,
  remote: string,
  experiments: readonly ExperimentRef[],
  options: ShareOptions = {},
): Promise<PushedExperiments> {
  const { repo } = project;
  repo.requireSha1();
  const tally = new PushTally();
  let planned = await planPush(repo, remote, experiments, options);
  const planning = planned.plan.updates.map(({ experiment }) => experiment);
  if (options.isDry === true) {
    tally.add(planned, new Map(planned.updates.map(({ ref }) => [ref, { kind: "done" }])));
    return tally.report(undefined);
  }
  const data =
    options.isWithoutData === true
      ? undefined
      : await shareData(project, "push", [...planning, ...planned.plan.upToDate], options);
  if (data !== undefined) options.onEvent?.({ kind: "data", transferred: data.transferred });
  planned = withoutExperiments(planned, new Set(data?.incomplete.map(({ ref }) => ref)));
  for (let round = 1; ; round += 1) {
    const results = await pushPlanned(repo, remote, planned, options);
    const { arrived, moved } = tally.add(planned, results, round === ROUNDS);
    if (arrived.length > 0) options.onEvent?.({ kind: "refs", experiments: arrived });
    if (moved.length === 0) return tally.report(data);
    planned = await planPush(repo, remote, moved, options);
  }
}

/** What is to be changed at the remote. */
interface Planned {
  readonly plan: SharePlan;
  readonly labels: LabelPlan;
  readonly updates: readonly RemoteRefUpdate[];
}

async function planPush(
  repo: GitRepository,
  remote: string,
  experiments: readonly ExperimentRef[],
  options: ShareOptions,
): Promise<Planned> {
  const { force = false } = options;
  const there = await listRemoteExperiments(repo, remote, gitAccess(options));
  const plan = await planShare(repo, experiments, new Map(there.experiments.map(({ ref, tip }) => [ref, tip])), force);
  const sharing = [...plan.updates.map(({ experiment }) => experiment), ...plan.upToDate];
  const here = (await readLocalRefs(repo)).labels;
  const base = here.size + there.labels.size === 0 ? new Map<string, string>() : readLabelRecord(repo, remote);
  const labels = planLabels(sharing, here, there.labels, base, force);
  const refs = plan.updates.map(({ experiment, oldTip, isForced }) => ({
    ...{ ref: experiment.ref, newId: experiment.tip, oldId: oldTip, isFastForward: !isForced },
  }));
  return { plan, labels, updates: [...refs, ...labels.updates] };
}

/** Takes experiments out of a plan, their labels too. */
function withoutExperiments(planned: Planned, refs: ReadonlySet<string>): Planned {
  if (refs.size === 0) return planned;
  const { plan, updates } = planned;
  return {
    ...planned,
    plan: { ...plan, updates: plan.updates.filter(({ experiment }) => !refs.has(experiment.ref)) },
    updates: updates.filter(({ ref }) => !refs.has(parseLabelRef(ref)?.experimentRef ?? ref)),
  };
}

async function pushPlanned(
  repo: GitRepository,
  remote: string,
  { updates, labels }: Planned,
  options: ShareOptions,
): Promise<ReadonlyMap<string, PushedRef>> {
  const results =
    updates.length === 0 ? new Map<string, PushedRef>() : await pushRefs(repo, remote, updates, gitAccess(options));
  const pending = new Set(labels.updates.map(({ ref }) => ref).filter((ref) => results.get(ref)?.kind !== "done"));
  rememberLabels(repo, remote, new Map([...labels.agreed].filter(([ref]) => !pending.has(ref))));
  return results;
}

/** Counts what became of experiments over several rounds. */
class PushTally {
  readonly #pushed: ExperimentRef[] = [];
  readonly #upToDate: ExperimentRef[] = [];
  readonly #behind: ExperimentRef[] = [];
  readonly #diverged: ExperimentRef[] = [];
  readonly #refused: { experiment: ExperimentRef; reason: string }[] = [];
  readonly #divergedLabels = new Set<ExperimentRef>();
  #labels = 0;

  /** @returns Those that arrived in this round, and those that somebody else changed meanwhile. */
  add(
    { plan, labels }: Pick<Planned, "plan" | "labels">,
    results: ReadonlyMap<string, PushedRef>,
    isLast = false,
  ): { arrived: readonly ExperimentRef[]; moved: readonly ExperimentRef[] } {
    const arrived: ExperimentRef[] = [];
    const moved: ExperimentRef[] = [];
    for (const { experiment } of plan.updates) {
      const result = results.get(experiment.ref);
      if (result?.kind === "done") arrived.push(experiment);
      else if (result?.kind === "refused") this.#refused.push({ experiment, reason: result.reason });
      else if (result?.kind === "moved" && !isLast) moved.push(experiment);
      else if (result?.kind === "moved") this.#refused.push({ experiment, reason: "others change it all the time" });
    }
    this.#pushed.push(...arrived);
    this.#upToDate.push(...plan.upToDate);
    this.#behind.push(...plan.behind);
    this.#diverged.push(...plan.diverged);
    for (const experiment of labels.diverged) this.#divergedLabels.add(experiment);
    for (const { ref } of labels.updates) {
      const result = results.get(ref);
      if (result?.kind === "done") this.#labels += 1;
    }
    return { arrived, moved };
  }

  report(data: SharedData | undefined): PushedExperiments {
    return {
      ...{ pushed: this.#pushed, upToDate: this.#upToDate, behind: this.#behind, diverged: this.#diverged },
      ...{ refused: this.#refused, divergedLabels: [...this.#divergedLabels], labels: this.#labels, data },
    };
  }
}
