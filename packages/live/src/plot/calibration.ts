import { InvalidPlotDataError } from "../errors.ts";
import { type Column, type Label, checkColumns, positives } from "./ranking.ts";

export interface CalibrationPoint {
  readonly prob_true: number;
  readonly prob_pred: number;
}

/** More bins than anybody draws; each costs time and memory. */
const MAX_BINS = 10_000;

/**
 * Computes how often the positive class comes true against how probable it was said to be, as scikit-learn's
 * `calibration_curve` does: bins over 0..1, empty ones left out.
 *
 * @throws {@link InvalidPlotDataError} for probabilities outside 0..1.
 */
export function calibrationCurve(
  plot: string,
  labels: Column<Label>,
  probabilities: Column<number>,
  options: {
    readonly positiveLabel?: Label;
    /** Default 5. */
    readonly bins?: number;
    /** `uniform` (default): bins of equal width; `quantile`: of equal counts. */
    readonly strategy?: "uniform" | "quantile";
  } = {},
): CalibrationPoint[] {
  checkColumns(plot, labels, probabilities);
  const values = Array.from(probabilities);
  const outside = values.findIndex((value) => value < 0 || value > 1);
  if (outside >= 0) {
    throw new InvalidPlotDataError(
      plot,
      `prediction ${outside} is ${values[outside]}, a probability is between 0 and 1`,
    );
  }
  const count = options.bins ?? 5;
  if (!Number.isInteger(count) || count < 1 || count > MAX_BINS) {
    const hint = `Use a whole number, 1 to ${MAX_BINS}.`;
    throw new InvalidPlotDataError(plot, `${count} is no number of bins`, hint);
  }
  const { strategy = "uniform" } = options;
  if (strategy !== "uniform" && strategy !== "quantile") {
    throw new InvalidPlotDataError(plot, `'${String(strategy)}' is no strategy`, "Use 'uniform' or 'quantile'.");
  }
  const edges =
    strategy === "quantile"
      ? innerQuantiles(values, count)
      : Array.from({ length: count - 1 }, (_, index) => (index + 1) * (1 / count));
  const isPositive = positives(plot, labels, options.positiveLabel);
  const bins = Array.from({ length: count }, () => ({ total: 0, hits: 0, sum: 0 }));
  values.forEach((value, index) => {
    const above = edges.findIndex((edge) => edge >= value);
    const bin = bins[above < 0 ? edges.length : above];
    if (bin === undefined) return;
    bin.total += 1;
    bin.sum += value;
    if (isPositive[index] === true) bin.hits += 1;
  });
  return bins
    .filter(({ total }) => total > 0)
    .map(({ total, hits, sum }) => ({ prob_true: hits / total, prob_pred: sum / total }));
}

function innerQuantiles(values: readonly number[], count: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return Array.from({ length: count - 1 }, (_, index) => {
    const position = ((index + 1) / count) * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below] ?? 0;
    const high = sorted[below + 1] ?? low;
    return low + (high - low) * (position - below);
  });
}
