import { InvalidPlotDataError } from "../errors.ts";
import { type Column, type Label, rank } from "./ranking.ts";

export interface DetPoint {
  readonly fpr: number;
  readonly fnr: number;
  readonly threshold: number;
}

/**
 * Computes the detection error tradeoff, as scikit-learn's `det_curve` does: from the last threshold with the fewest
 * false positives to the first that finds every positive, falling false positives first.
 *
 * @throws {@link InvalidPlotDataError} when the labels hold one class only.
 */
export function detCurve(
  plot: string,
  labels: Column<Label>,
  scores: Column<number>,
  options: { readonly positiveLabel?: Label } = {},
): DetPoint[] {
  const ranking = rank(plot, labels, scores, options.positiveLabel);
  // The infinite threshold, at which everything counts as negative.
  const truePositives = [0, ...ranking.truePositives];
  const falsePositives = [0, ...ranking.falsePositives];
  const thresholds = [Infinity, ...ranking.thresholds];
  const positiveCount = truePositives.at(-1) ?? 0;
  const negativeCount = falsePositives.at(-1) ?? 0;
  if (positiveCount === 0 || negativeCount === 0) {
    throw new InvalidPlotDataError(plot, "the labels hold one class only, so there is no tradeoff to show");
  }
  const first = falsePositives.lastIndexOf(0);
  const last = truePositives.indexOf(positiveCount);
  return thresholds
    .map((threshold, index) => ({
      fpr: (falsePositives[index] ?? 0) / negativeCount,
      fnr: (positiveCount - (truePositives[index] ?? 0)) / positiveCount,
      threshold,
    }))
    .slice(first, last + 1)
    .reverse();
}
