import { type Column, type Label, rank } from "./ranking.ts";

export interface PrecisionRecallPoint {
  readonly precision: number;
  readonly recall: number;
  readonly threshold: number;
}

/**
 * Computes precision against recall for every threshold, rising thresholds first, as scikit-learn's
 * `precision_recall_curve` does. Its closing point (recall 0) has no threshold and is left out, as in DVCLive.
 *
 * @returns Without positive samples, recall is 1 everywhere.
 */
export function precisionRecallCurve(
  plot: string,
  labels: Column<Label>,
  scores: Column<number>,
  options: { readonly positiveLabel?: Label } = {},
): PrecisionRecallPoint[] {
  const { truePositives, falsePositives, thresholds } = rank(plot, labels, scores, options.positiveLabel);
  const positiveCount = truePositives.at(-1) ?? 0;
  return thresholds
    .map((threshold, index) => {
      const hits = truePositives[index] ?? 0;
      return {
        precision: hits / (hits + (falsePositives[index] ?? 0)),
        recall: positiveCount === 0 ? 1 : hits / positiveCount,
        threshold,
      };
    })
    .reverse();
}
