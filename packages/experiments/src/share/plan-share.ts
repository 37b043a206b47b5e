import { areAncestors, type GitRepository } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";
import { labelRefs } from "../labels/label-refs.ts";

/** How experiments of the giving side compare with the taking side. */
export interface SharePlan {
  /** Not there yet, or there with an older commit of the same chain, or to be replaced by force. */
  readonly updates: readonly PlannedExperiment[];
  readonly upToDate: readonly ExperimentRef[];
  /** The taking side has all of it, and newer commits: nothing to do. */
  readonly behind: readonly ExperimentRef[];
  /** Both sides have commits that the other lacks; left as they are. */
  readonly diverged: readonly ExperimentRef[];
}

/** An experiment to be set at the taking side. */
export interface PlannedExperiment {
  readonly experiment: ExperimentRef;
  /** What the taking side has now. */
  readonly oldTip: string | null;
  /** Commits of the taking side are given up for it. */
  readonly isForced: boolean;
}

/**
 * Compares experiments of one side with those of the other.
 *
 * @param given - Experiments of the giving side.
 * @param taken - Tips at the taking side, by ref.
 */
export async function planShare(
  repo: GitRepository,
  given: readonly ExperimentRef[],
  taken: ReadonlyMap<string, string>,
  force: boolean,
): Promise<SharePlan> {
  const differing = given.flatMap((experiment) => {
    const oldTip = taken.get(experiment.ref);
    return oldTip === undefined || oldTip === experiment.tip ? [] : [{ experiment, oldTip }];
  });
  const leads = async (from: "oldTip" | "newTip"): Promise<ReadonlySet<ExperimentRef>> => {
    const answers = await areAncestors(
      repo,
      differing.map(({ experiment: { tip, baseline }, oldTip }) =>
        from === "oldTip"
          ? { ancestor: oldTip, descendant: tip, base: baseline }
          : { ancestor: tip, descendant: oldTip, base: baseline },
      ),
    );
    return new Set(differing.flatMap(({ experiment }, at) => (answers[at] === true ? [experiment] : [])));
  };
  const [ahead, behind] = [await leads("oldTip"), force ? new Set() : await leads("newTip")];
  const plan = { updates: [] as PlannedExperiment[], upToDate: [] as ExperimentRef[] };
  const stays = { behind: [] as ExperimentRef[], diverged: [] as ExperimentRef[] };
  for (const experiment of given) {
    const oldTip = taken.get(experiment.ref) ?? null;
    if (oldTip === experiment.tip) plan.upToDate.push(experiment);
    else if (oldTip === null || ahead.has(experiment)) plan.updates.push({ experiment, oldTip, isForced: false });
    else if (force) plan.updates.push({ experiment, oldTip, isForced: true });
    else if (behind.has(experiment)) stays.behind.push(experiment);
    else stays.diverged.push(experiment);
  }
  return { ...plan, ...stays };
}

/** What to do with labels. */
export interface LabelPlan {
  /** `newId` is `null` where the giving side took the label away. */
  readonly updates: readonly { readonly ref: string; readonly newId: string | null; readonly oldId: string | null }[];
  /** Experiments whose labels were changed on both sides, differently. */
  readonly diverged: readonly ExperimentRef[];
  /** What both sides have once the updates are made; see `rememberLabels`. */
  readonly agreed: ReadonlyMap<string, string | undefined>;
}

/**
 * Compares the labels on experiments: what only the giving side changed since both last agreed is taken over, what only
 * the taking side changed stays.
 */
export function planLabels(
  experiments: readonly ExperimentRef[],
  given: ReadonlyMap<string, string>,
  taken: ReadonlyMap<string, string>,
  base: ReadonlyMap<string, string>,
  force: boolean,
): LabelPlan {
  const updates: LabelPlan["updates"][number][] = [];
  const diverged = new Set<ExperimentRef>();
  const agreed = new Map<string, string | undefined>();
  for (const experiment of experiments) {
    for (const ref of labelRefs(experiment.ref)) {
      const [theirs, ours, before] = [given.get(ref), taken.get(ref), base.get(ref)];
      if (theirs === ours) {
        if (theirs !== before) agreed.set(ref, theirs);
      } else if (ours === before || (force && theirs !== before)) {
        updates.push({ ref, newId: theirs ?? null, oldId: ours ?? null });
        agreed.set(ref, theirs);
      } else if (theirs !== before) diverged.add(experiment);
    }
  }
  return { updates, diverged: [...diverged], agreed };
}
