import { InvalidCheckpointPolicyError } from "./chain-errors.ts";

/** Which checkpoints of an experiment stay. The newest always does. */
export type ThinPolicy =
  /** Those whose step is a multiple. */
  | { readonly kind: "every"; readonly count: number }
  | { readonly kind: "last"; readonly count: number }
  /** The one with the best value of a metric. */
  | { readonly kind: "best"; readonly metric: string; readonly goal: "min" | "max" };

/** A checkpoint as far as a policy looks at it. */
export interface ThinCandidate {
  readonly step: number;
  /** Values of the metrics that policies name; what was not logged is not there. */
  readonly values: ReadonlyMap<string, number>;
}

/**
 * Parses policies: `keep-every=10`, `keep-last=3`, `keep-best=val/loss` or `keep-best=acc:max`, several of them with
 * commas between. What any of them keeps, stays.
 *
 * @throws {@link InvalidCheckpointPolicyError}
 */
export function parseThinPolicies(text: string): ThinPolicy[] {
  return text.split(",").map((part) => parsePolicy(part.trim()));
}

/** Chooses the checkpoints that stay, of all of an experiment's own, oldest first. */
export function selectThinned<T extends ThinCandidate>(
  candidates: readonly T[],
  policies: readonly ThinPolicy[],
): ReadonlySet<T> {
  const kept = new Set(candidates.slice(-1));
  for (const policy of policies) for (const candidate of keptBy(candidates, policy)) kept.add(candidate);
  return kept;
}

function keptBy<T extends ThinCandidate>(candidates: readonly T[], policy: ThinPolicy): readonly T[] {
  switch (policy.kind) {
    case "every":
      return candidates.filter(({ step }) => step % policy.count === 0);
    case "last":
      return candidates.slice(-policy.count);
    case "best":
      return findBest(candidates, policy);
  }
}

/** Of equal values the older one wins, as when a run keeps its best itself. */
function findBest<T extends ThinCandidate>(
  candidates: readonly T[],
  { metric, goal }: Extract<ThinPolicy, { kind: "best" }>,
): readonly T[] {
  let best: { readonly candidate: T; readonly value: number } | undefined;
  for (const candidate of candidates) {
    const value = candidate.values.get(metric);
    if (value === undefined || Number.isNaN(value)) continue;
    const isBetter = best === undefined || (goal === "min" ? value < best.value : value > best.value);
    if (isBetter) best = { candidate, value };
  }
  return best === undefined ? [] : [best.candidate];
}

function parsePolicy(text: string): ThinPolicy {
  const match = /^keep-(every|last|best)=(.+)$/u.exec(text);
  const [, kind, value = ""] = match ?? [];
  if (kind === "best") {
    const [, metric = value, goal = "min"] = /^(.+):(min|max)$/u.exec(value) ?? [];
    return { kind, metric, goal: goal === "max" ? "max" : "min" };
  }
  const count = /^[1-9]\d{0,8}$/u.test(value) ? Number(value) : undefined;
  if ((kind !== "every" && kind !== "last") || count === undefined) throw new InvalidCheckpointPolicyError(text);
  return { kind, count };
}
