import type { KeepPolicy } from "@waymark/core";

/** A checkpoint as far as a policy looks at it. */
export interface KeepCandidate {
  readonly step: number;
  /** Value of the policy's metric at that step; not a number when it was not logged. */
  readonly value: number | undefined;
}

/**
 * Chooses the checkpoints that stay, given all that a run made so far, oldest first. The newest always stays.
 *
 * With `best`, a value that is missing or not a number never wins; of equal values the older wins, so that a run on a
 * plateau does not rewrite its chain at every step.
 *
 * @returns The kept ones, in the same order.
 */
export function selectKept<T extends KeepCandidate>(candidates: readonly T[], policy: KeepPolicy): T[] {
  switch (policy.kind) {
    case "all":
      return [...candidates];
    case "last":
      return candidates.slice(-Math.max(1, Math.floor(policy.count)));
    case "best": {
      const newest = candidates.at(-1);
      const best = findBest(candidates, policy.goal);
      return candidates.filter((candidate) => candidate === newest || candidate === best);
    }
  }
}

/** Finds the candidate with the best value, the older of equals. */
export function findBest<T extends Pick<KeepCandidate, "value">>(
  candidates: readonly T[],
  goal: "min" | "max",
): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates) {
    const { value } = candidate;
    if (value === undefined || Number.isNaN(value)) continue;
    if (best?.value === undefined || (goal === "min" ? value < best.value : value > best.value)) best = candidate;
  }
  return best;
}

/**
 * Finds a metric in a summary as in metrics.json: `val/loss` is `{ val: { loss: … } }`.
 *
 * @returns `undefined` when it is not there or is no number.
 */
export function readSummaryNumber(summary: unknown, metric: string): number | undefined {
  let value: unknown = summary;
  for (const part of metric.split("/")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null) {
    // A number that was declared a float or an integer.
    const plain: unknown = value.valueOf();
    return typeof plain === "number" ? plain : undefined;
  }
  return typeof value === "number" ? value : undefined;
}
