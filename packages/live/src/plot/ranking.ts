import { InvalidPlotDataError } from "../errors.ts";

/** A column of labels or scores. */
export type Column<T> = ArrayLike<T>;

/** Samples that scored at least each threshold, counted by their true class; thresholds fall. */
export interface Ranking {
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
  readonly thresholds: readonly number[];
}

/** What is taken for the positive class. */
export type Label = number | string | boolean | bigint;

/**
 * Finds which samples are positive.
 *
 * @param positiveLabel - Needed unless the labels are 0 and 1, -1 and 1, or booleans.
 * @throws {@link InvalidPlotDataError} when the positive class cannot be told.
 */
export function positives(plot: string, labels: Column<Label>, positiveLabel: Label | undefined): boolean[] {
  if (positiveLabel === undefined) {
    const classes = new Set(Array.from(labels, (label) => (typeof label === "boolean" ? Number(label) : label)));
    const isBinary = [...classes].every((label) => label === 0 || label === 1) || isSubset(classes, -1, 1);
    if (!isBinary) {
      const shown = [...classes].slice(0, 5).join(", ");
      throw new InvalidPlotDataError(
        plot,
        `the labels are ${shown}; which of them is the positive class is not clear`,
        "Pass `positiveLabel`, or use the labels 0 and 1.",
      );
    }
  }
  const wanted = positiveLabel ?? 1;
  return Array.from(labels, (label) => label === wanted || (typeof label === "boolean" && Number(label) === wanted));
}

function isSubset(classes: ReadonlySet<Label>, ...allowed: readonly Label[]): boolean {
  return [...classes].every((label) => allowed.includes(label));
}

/**
 * Ranks samples by score.
 *
 * Equal scores share one threshold; the order of samples does not matter.
 *
 * @throws {@link InvalidPlotDataError} for columns of different lengths, without samples, or with scores that are not
 *   finite numbers.
 */
export function rank(
  plot: string,
  labels: Column<Label>,
  scores: Column<number>,
  positiveLabel: Label | undefined,
): Ranking {
  checkColumns(plot, labels, scores);
  const isPositive = positives(plot, labels, positiveLabel);
  const order = Array.from(scores, (_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  const thresholds: number[] = [];
  let hits = 0;
  order.forEach((sample, position) => {
    if (isPositive[sample] === true) hits += 1;
    const score = scores[sample] ?? 0;
    const next = order[position + 1];
    if (next !== undefined && scores[next] === score) return;
    truePositives.push(hits);
    falsePositives.push(position + 1 - hits);
    thresholds.push(score);
  });
  return { truePositives, falsePositives, thresholds };
}

/** @throws {@link InvalidPlotDataError} when the columns do not belong together. */
export function checkColumns(plot: string, labels: Column<unknown>, scores: Column<number>): void {
  for (const column of [labels, scores]) {
    const length: unknown = typeof column === "object" && column !== null ? column.length : undefined;
    if (typeof length !== "number") {
      throw new InvalidPlotDataError(plot, "labels and predictions have to be lists", "Pass arrays or typed arrays.");
    }
  }
  if (labels.length !== scores.length) {
    throw new InvalidPlotDataError(plot, `there are ${labels.length} labels and ${scores.length} predictions`);
  }
  if (labels.length === 0) throw new InvalidPlotDataError(plot, "there are no samples");
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index];
    if (typeof score !== "number" || !Number.isFinite(score)) {
      throw new InvalidPlotDataError(plot, `prediction ${index} is ${String(score)}, not a finite number`);
    }
  }
}

/** Keeps the entries at the marked places. */
export function pick(values: readonly number[], isKept: readonly boolean[]): number[] {
  return values.filter((_, index) => isKept[index] === true);
}
