import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPythonJson } from "@waymark/core";
import { calibrationCurve } from "../../packages/live/src/plot/calibration.ts";
import { type ClassificationKind, classificationPlot } from "../../packages/live/src/plot/classification.ts";
import { detCurve } from "../../packages/live/src/plot/det.ts";
import { InvalidPlotDataError, InvalidPlotTypeError } from "../../packages/live/src/errors.ts";
import { precisionRecallCurve } from "../../packages/live/src/plot/precision-recall.ts";
import { rocCurve } from "../../packages/live/src/plot/roc.ts";
import { readGolden } from "../support/golden.ts";

type Columns = readonly (readonly (number | string)[])[];

interface GoldenCurve {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly bins: number;
  readonly roc: Columns;
  readonly roc_every: Columns;
  readonly precision_recall: Columns;
  readonly det: Columns;
  readonly calibration: Columns;
  readonly calibration_quantile: Columns;
}

const CASES = readGolden("curves.json") as GoldenCurve[];

/** Rows as columns, infinite numbers as Python prints them. */
function columnsOf<T extends object>(rows: readonly T[], ...names: readonly (keyof T)[]): Columns {
  return names.map((name) => rows.map((row) => (row[name] === Infinity ? "inf" : (row[name] as number))));
}

describe("classification curves are those of scikit-learn, to the last bit", () => {
  it("ROC, with and without the points on straight lines", () => {
    for (const { labels, scores, roc, roc_every } of CASES) {
      expect(columnsOf(rocCurve("p", labels, scores), "fpr", "tpr", "threshold")).toEqual(roc);
      const every = rocCurve("p", labels, scores, { dropIntermediate: false });
      expect(columnsOf(every, "fpr", "tpr", "threshold")).toEqual(roc_every);
    }
  });

  it("precision and recall, without the closing point that has no threshold", () => {
    for (const { labels, scores, precision_recall } of CASES) {
      const curve = precisionRecallCurve("p", labels, scores);
      expect(columnsOf(curve, "precision", "recall", "threshold")).toEqual(precision_recall);
    }
  });

  it("detection error tradeoff", () => {
    for (const { labels, scores, det } of CASES) {
      expect(columnsOf(detCurve("p", labels, scores), "fpr", "fnr", "threshold")).toEqual(det);
    }
  });

  it("calibration, in bins of equal width and of equal counts", () => {
    for (const { labels, scores, bins, calibration, calibration_quantile } of CASES) {
      expect(columnsOf(calibrationCurve("p", labels, scores, { bins }), "prob_true", "prob_pred")).toEqual(calibration);
      const quantile = calibrationCurve("p", labels, scores, { bins, strategy: "quantile" });
      expect(columnsOf(quantile, "prob_true", "prob_pred")).toEqual(calibration_quantile);
    }
  });
});

describe("classification curves", () => {
  const samples = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 2 });

  it("do not depend on the order of the samples", () => {
    fc.assert(
      fc.property(samples, (rows) => {
        const other = rows.toReversed();
        const labels = (of: typeof rows) => of.map(([label]) => label);
        const scores = (of: typeof rows) => Float64Array.from(of, ([, score]) => score);
        expect(rocCurve("p", labels(other), scores(other))).toEqual(rocCurve("p", labels(rows), scores(rows)));
      }),
    );
  });

  it("rise from nothing to everything, and say so where a class is missing", () => {
    fc.assert(
      fc.property(samples, (rows) => {
        const curve = rocCurve(
          "p",
          rows.map(([label]) => label),
          rows.map(([, score]) => score),
        );
        const positive = rows.some(([label]) => label);
        expect(curve[0]?.threshold).toBe(Infinity);
        expect(curve.at(-1)?.tpr).toBe(positive ? 1 : Number.NaN);
        for (const [index, point] of curve.entries()) {
          if (index > 0 && positive) expect(point.tpr).toBeGreaterThanOrEqual(curve[index - 1]?.tpr ?? 0);
        }
      }),
    );
  });

  it("take booleans, -1 and 1, and any labels with the positive one named", () => {
    const scores = [0.1, 0.9, 0.4];
    const expected = rocCurve("p", [0, 1, 0], scores);
    expect(rocCurve("p", [false, true, false], scores)).toEqual(expected);
    expect(rocCurve("p", [-1, 1, -1], scores)).toEqual(expected);
    expect(rocCurve("p", ["cat", "dog", "cat"], scores, { positiveLabel: "dog" })).toEqual(expected);
    expect(rocCurve("p", new Uint8Array([0, 1, 0]), new Float32Array([0.125, 0.5, 0.25]))).toHaveLength(3);
  });

  it.each<[string, () => unknown, string]>([
    ["unclear labels", () => rocCurve("p", ["cat", "dog"], [0.1, 0.2]), "which of them is the positive class"],
    ["columns of two lengths", () => rocCurve("p", [0, 1], [0.1]), "there are 2 labels and 1 predictions"],
    ["no samples", () => precisionRecallCurve("p", [], []), "there are no samples"],
    ["a score that is no number", () => rocCurve("p", [0, 1], [0.1, Number.NaN]), "prediction 1 is NaN"],
    ["one class", () => detCurve("p", [1, 1], [0.1, 0.2]), "the labels hold one class only"],
    ["no probability", () => calibrationCurve("p", [0, 1], [0.1, 1.5]), "prediction 1 is 1.5"],
    ["no bins", () => calibrationCurve("p", [0, 1], [0.1, 0.5], { bins: 0 }), "bins"],
  ])("refuse %s", (_, compute, message) => {
    expect(compute).toThrow(InvalidPlotDataError);
    expect(compute).toThrow(message);
  });
});

describe("classificationPlot", () => {
  it("describes each kind as DVCLive does", () => {
    const propertiesOf = (kind: ClassificationKind) => classificationPlot(kind, [0, 1], [0.25, 0.75]).properties;
    expect(propertiesOf("roc")).toEqual({
      template: "simple",
      x: "fpr",
      y: "tpr",
      title: "Receiver operating characteristic (ROC)",
      x_label: "False Positive Rate",
      y_label: "True Positive Rate",
    });
    expect(propertiesOf("precision_recall")).toMatchObject({
      x: "recall",
      y: "precision",
      title: "Precision-Recall Curve",
    });
    expect(propertiesOf("det")).toMatchObject({ x: "fpr", y: "fnr", title: "Detection error tradeoff (DET)" });
    expect(propertiesOf("calibration")).toMatchObject({ x: "prob_pred", y: "prob_true", title: "Calibration Curve" });
    expect(propertiesOf("confusion_matrix")).toEqual({
      template: "confusion",
      x: "actual",
      y: "predicted",
      title: "Confusion Matrix",
      x_label: "True Label",
      y_label: "Predicted Label",
    });
  });

  it("writes the data DVCLive writes: floats as floats, one confusion row per sample", () => {
    const calibration = classificationPlot("calibration", [0, 1], [0.25, 0.75]);
    expect(formatPythonJson(calibration.content)).toBe(`{
    "calibration": [
        {
            "prob_true": 0.0,
            "prob_pred": 0.25
        },
        {
            "prob_true": 1.0,
            "prob_pred": 0.75
        }
    ]
}
`);
    const confusion = classificationPlot("confusion_matrix", ["cat", "dog"], ["dog", "dog"], { normalized: true });
    expect(confusion.content).toEqual([
      { actual: "cat", predicted: "dog" },
      { actual: "dog", predicted: "dog" },
    ]);
    expect(confusion.properties["template"]).toBe("confusion_normalized");
  });

  it("takes a name and labels of its own", () => {
    const plot = classificationPlot("roc", [0, 1], [0, 1], { name: "test/roc", title: "T", xLabel: "X", yLabel: "Y" });
    expect(plot).toMatchObject({ name: "test/roc", properties: { title: "T", x_label: "X", y_label: "Y" } });
  });

  it("refuses kinds that do not exist and settings that do not fit", () => {
    expect(() => classificationPlot("pie" as ClassificationKind, [0, 1], [0, 1])).toThrow(InvalidPlotTypeError);
    expect(() => classificationPlot("toString" as ClassificationKind, [0, 1], [0, 1])).toThrow(InvalidPlotTypeError);
    expect(() => classificationPlot("roc", [0, 1], [0, 1], { normalized: true })).toThrow(
      "only a confusion matrix can be normalized",
    );
  });
});
