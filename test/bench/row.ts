import { formatQuantity, formatRatio, type Spread } from "./measure.ts";

/** Whether a target was reached; `absent` could not be measured here, `note` has no target. */
export type Verdict = "met" | "missed" | "absent" | "note";

/** One figure of a row, with what it is held against. */
export interface Figure {
  /** What was measured: `against bare, 10 series`. */
  readonly what: string;
  /** As docs show it: `≤ 1.5 ×`. Empty for a note. */
  readonly target: string;
  readonly value: string;
  readonly verdict: Verdict;
}

/** One row of the targets, measured. */
export interface Row {
  readonly id: string;
  /** What was done. */
  readonly work: string;
  readonly figures: readonly Figure[];
}

/** A ratio that must not exceed a limit. */
export function ratioAtMost(what: string, limit: number, ratio: Spread, remark = ""): Figure {
  return {
    ...{ what, target: `≤ ${limit} ×`, value: withRemark(formatRatio(ratio), remark) },
    verdict: ratio.median <= limit ? "met" : "missed",
  };
}

/** A ratio that must reach a limit: how many times slower a peer is. */
export function ratioAtLeast(what: string, limit: number, ratio: Spread, remark = ""): Figure {
  return {
    ...{ what, target: `≥ ${limit} ×`, value: withRemark(formatRatio(ratio), remark) },
    verdict: ratio.median >= limit ? "met" : "missed",
  };
}

/** A quantity that must not exceed a limit in its own unit. */
export function quantityAtMost(what: string, limit: number, unit: string, quantity: Spread): Figure {
  return {
    ...{ what, target: `≤ ${limit} ${unit}`, value: formatQuantity(quantity, unit) },
    verdict: quantity.median <= limit ? "met" : "missed",
  };
}

/** Something that could not be measured on this machine, and why. */
export function absent(what: string, target: string, reason: string): Figure {
  return { what, target, value: `absent: ${reason}`, verdict: "absent" };
}

/** Something worth knowing that no target is set for. */
export function note(what: string, value: string): Figure {
  return { what, target: "", value, verdict: "note" };
}

function withRemark(value: string, remark: string): string {
  return remark === "" ? value : `${value}; ${remark}`;
}
