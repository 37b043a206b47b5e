import type { OverrideSet } from "@waymark/experiments";
import { toPrintable } from "../render/display-text.ts";
import type { Ui } from "../ui.ts";

/** More runs than one takes in at a glance are announced. */
const HANDFUL = 5;
const SHOWN = 5;

/** What is about to be queued. */
export interface RunPlan {
  readonly sets: readonly OverrideSet[];
  /** Where they will run, as part of a sentence. */
  readonly where: string;
}

/** Says how many runs there will be, which, and where: before a sweep of more than a handful, or when asked to. */
export function showRunPlan(ui: Ui, { sets, where }: RunPlan, isAsked: boolean): void {
  if (!isAsked && sets.length <= HANDFUL) return;
  ui.note(`${sets.length} ${sets.length === 1 ? "run" : "runs"} ${where}${isAsked ? "" : ":"}`);
  for (const set of sets.slice(0, SHOWN)) ui.note(`  ${describeSet(set)}`);
  if (sets.length > SHOWN) ui.note(`  and ${sets.length - SHOWN} more, the last of them ${describeSet(sets.at(-1))}`);
}

/** Formats what a run of a sweep sets, as it is typed. */
export function describeSet(set: OverrideSet | undefined): string {
  const texts = [...(set?.overrides ?? [])].flatMap(([file, overrides]) =>
    overrides.map((override) => (file === "params.yaml" ? override : `${file}:${override}`)),
  );
  return texts.length === 0 ? "with params as they are" : toPrintable(texts.join(" "));
}
