import { InvalidPlotDataError, InvalidPlotTypeError } from "../errors.ts";
import { calibrationCurve } from "./calibration.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { detCurve } from "./det.ts";
import { type LoggedPlot, withNumberKinds } from "./logged-plot.ts";
import { checkPlotOptions } from "./plot-options.ts";
import { precisionRecallCurve } from "./precision-recall.ts";
import type { Column, Label } from "./ranking.ts";
import { rocCurve } from "./roc.ts";

/** The classification plots that are computed from labels and predictions. */
export type ClassificationKind = "roc" | "precision_recall" | "det" | "calibration" | "confusion_matrix";

/** How a classification plot is computed and shown. */
export interface ClassificationOptions {
  /** Name of the plot. Default: its kind. */
  readonly name?: string;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Confusion matrix only: shares instead of counts. Default false. */
  readonly normalized?: boolean;
  /** Which label is the positive class. Default 1, for labels 0/1, -1/1 and booleans. */
  readonly positiveLabel?: Label;
  /** ROC only: leave out points on a straight line between others. Default true. */
  readonly dropIntermediate?: boolean;
  /** Calibration only. Default 5. */
  readonly bins?: number;
  /** Calibration only. Default `uniform`. */
  readonly strategy?: "uniform" | "quantile";
}

const DEFAULTS: Readonly<
  Record<ClassificationKind, { x: string; y: string; title: string; xLabel: string; yLabel: string }>
> = {
  roc: {
    x: "fpr",
    y: "tpr",
    title: "Receiver operating characteristic (ROC)",
    xLabel: "False Positive Rate",
    yLabel: "True Positive Rate",
  },
  precision_recall: {
    x: "recall",
    y: "precision",
    title: "Precision-Recall Curve",
    xLabel: "Recall",
    yLabel: "Precision",
  },
  det: {
    x: "fpr",
    y: "fnr",
    title: "Detection error tradeoff (DET)",
    xLabel: "False Positive Rate",
    yLabel: "False Negative Rate",
  },
  calibration: {
    x: "prob_pred",
    y: "prob_true",
    title: "Calibration Curve",
    xLabel: "Mean Predicted Probability",
    yLabel: "Fraction of Positives",
  },
  confusion_matrix: {
    x: "actual",
    y: "predicted",
    title: "Confusion Matrix",
    xLabel: "True Label",
    yLabel: "Predicted Label",
  },
};

/** Names of all kinds. */
export const CLASSIFICATION_KINDS = Object.keys(DEFAULTS) as readonly ClassificationKind[];

/**
 * Computes a classification plot.
 *
 * @param labels - True class of each sample.
 * @param predictions - Score (or probability, for calibration) of the positive class, or the predicted class for a
 *   confusion matrix.
 * @throws {@link InvalidPlotTypeError} or {@link InvalidPlotDataError}, before anything is written.
 */
export function classificationPlot(
  kind: ClassificationKind,
  labels: Column<Label>,
  predictions: Column<Label>,
  options: ClassificationOptions = {},
): LoggedPlot {
  if (!Object.hasOwn(DEFAULTS, kind)) throw new InvalidPlotTypeError(kind, CLASSIFICATION_KINDS);
  checkPlotOptions(options, "an object, such as { normalized: true }");
  const name = options.name ?? kind;
  if (options.normalized === true && kind !== "confusion_matrix") {
    throw new InvalidPlotDataError(name, "only a confusion matrix can be normalized");
  }
  const defaults = DEFAULTS[kind];
  const template =
    kind === "confusion_matrix" ? (options.normalized === true ? "confusion_normalized" : "confusion") : "simple";
  return {
    name,
    content: withNumberKinds(compute(kind, name, labels, predictions, options)),
    properties: {
      template,
      x: defaults.x,
      y: defaults.y,
      title: options.title ?? defaults.title,
      x_label: options.xLabel ?? defaults.xLabel,
      y_label: options.yLabel ?? defaults.yLabel,
    },
  };
}

function compute(
  kind: ClassificationKind,
  name: string,
  labels: Column<Label>,
  predictions: Column<Label>,
  options: ClassificationOptions,
): unknown {
  if (kind === "confusion_matrix") return confusionMatrix(name, labels, predictions);
  const scores = predictions as Column<number>;
  switch (kind) {
    case "roc":
      return { roc: rocCurve(name, labels, scores, options) };
    case "precision_recall":
      return { precision_recall: precisionRecallCurve(name, labels, scores, options) };
    case "det":
      return { det: detCurve(name, labels, scores, options) };
    case "calibration":
      return { calibration: calibrationCurve(name, labels, scores, options) };
  }
}
