import { describe, expect, it } from "vitest";
import { float, flattenSummary, formatPythonJson, parseSummary, setSummaryValue } from "@waymark/core";

describe("a summary", () => {
  it("is read back with the kind of its numbers, in its order, as it was written", () => {
    const text = `{
    "train": {
        "loss": 0.2
    },
    "acc": 2.0,
    "int": 2,
    "big": 100000000000000000000,
    "nan": "nan",
    "step": 2,
    "final": 1.0
}
`;
    const summary = parseSummary(text);
    expect(summary["acc"]).toEqual(float(2));
    expect(summary["big"]).toBe(10n ** 20n);
    expect(formatPythonJson(summary)).toBe(text);
  });

  it("nests values by the parts of their names", () => {
    const summary = parseSummary("{}");
    setSummaryValue(summary, ["train", "loss"], 0.5);
    setSummaryValue(summary, ["train", "acc"], 1);
    setSummaryValue(summary, ["lr"], 0.1);
    expect(summary).toEqual({ train: { loss: 0.5, acc: 1 }, lr: 0.1 });
    expect(flattenSummary(summary)).toEqual({ "train.loss": 0.5, "train.acc": 1, lr: 0.1 });
  });

  it("gives way to the newer value where names conflict", () => {
    const summary = parseSummary('{"a": 1}');
    setSummaryValue(summary, ["a", "b"], 2);
    expect(summary).toEqual({ a: { b: 2 } });
    setSummaryValue(summary, ["a"], 3);
    expect(summary).toEqual({ a: 3 });
  });

  it("takes names of prototypes for names", () => {
    const summary: Record<string, unknown> = {};
    setSummaryValue(summary, ["__proto__", "polluted"], 1);
    setSummaryValue(summary, ["constructor", "prototype", "polluted"], 1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(flattenSummary(summary)).toEqual({ "__proto__.polluted": 1, "constructor.prototype.polluted": 1 });
  });

  it("is empty in an empty file and refused as anything but an object", () => {
    expect(parseSummary(" \n")).toEqual({});
    expect(() => parseSummary("[1]", { path: "live/metrics.json" })).toThrow(
      "live/metrics.json:1:1: expected an object with the last value of every metric",
    );
  });
});
