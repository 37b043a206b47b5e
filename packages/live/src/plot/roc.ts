import { type Column, type Label, pick, rank } from "./ranking.ts";

export interface RocPoint {
  readonly fpr: number;
  readonly tpr: number;
  readonly threshold: number;
}

/**
 * Computes the receiver operating characteristic, as scikit-learn's `roc_curve` does: from (0, 0) with an infinite
 * threshold, points between two collinear ones left out unless `dropIntermediate` is false.
 *
 * @returns Rates in 0..1; `NaN` where the labels have no sample of the class in the denominator.
 */
export function rocCurve(
  plot: string,
  labels: Column<Label>,
  scores: Column<number>,
  options: { readonly positiveLabel?: Label; readonly dropIntermediate?: boolean } = {},
): RocPoint[] {
  let { truePositives, falsePositives, thresholds } = rank(plot, labels, scores, options.positiveLabel);
  if (options.dropIntermediate !== false && thresholds.length > 2) {
    const bends = (counts: readonly number[], index: number): boolean =>
      (counts[index + 1] ?? 0) - 2 * (counts[index] ?? 0) + (counts[index - 1] ?? 0) !== 0;
    const isCorner = thresholds.map(
      (_, index) =>
        index === 0 || index === thresholds.length - 1 || bends(falsePositives, index) || bends(truePositives, index),
    );
    truePositives = pick(truePositives, isCorner);
    falsePositives = pick(falsePositives, isCorner);
    thresholds = pick(thresholds, isCorner);
  }
  const positiveCount = truePositives.at(-1) ?? 0;
  const negativeCount = falsePositives.at(-1) ?? 0;
  const pointAt = (threshold: number, found: number, mistaken: number): RocPoint => ({
    fpr: negativeCount > 0 ? mistaken / negativeCount : Number.NaN,
    tpr: positiveCount > 0 ? found / positiveCount : Number.NaN,
    threshold,
  });
  const points = thresholds.map((threshold, index) =>
    pointAt(threshold, truePositives[index] ?? 0, falsePositives[index] ?? 0),
  );
  return [pointAt(Infinity, 0, 0), ...points];
}
