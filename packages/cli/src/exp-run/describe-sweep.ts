import type { OverrideSet, RunRequest } from "@waymark/experiments";
import { toPrintable } from "../render/display-text.ts";

/** More runs than this are told of as a whole before anything is made. */
export const HANDFUL = 8;

/** Says how many runs there are, and of what: `12 runs of train: lr (3 values) × seed (4 values)`. */
export function describePlan(request: RunRequest, sets: readonly OverrideSet[]): string {
  const sweep = describeSweep(sets);
  const many = sets.length === 1 ? "1 run" : `${sets.length} runs`;
  return `${many} of ${describeWork(request)}${sweep === "" ? "" : `: ${sweep}`}`;
}

/** Says what sets one run apart: `lr=0.1, seed=2`; empty when nothing is set. */
export function describeParams(set: OverrideSet | undefined): string {
  const params = set?.params ?? [];
  return toPrintable(params.map(({ path, value }) => `${path}=${JSON.stringify(value) ?? "removed"}`).join(", "));
}

function describeWork({ work }: RunRequest): string {
  if (work.kind === "command") return toPrintable(work.command.join(" "));
  const targets = work.options.targets ?? [];
  return targets.length === 0 ? "dvc.yaml" : toPrintable(targets.join(", "));
}

function describeSweep(sets: readonly OverrideSet[]): string {
  const values = new Map<string, Set<string>>();
  for (const { params } of sets) {
    for (const { path, value } of params) {
      const known = values.get(path) ?? new Set();
      known.add(JSON.stringify(value) ?? "removed");
      values.set(path, known);
    }
  }
  return [...values]
    .map(([path, all]) => `${toPrintable(path)} (${all.size} ${all.size === 1 ? "value" : "values"})`)
    .join(" × ");
}
