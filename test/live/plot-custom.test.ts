import { describe, expect, it } from "vitest";
import { float, formatPythonJson, parsePythonJson } from "@waymark/core";
import { customPlot, type PlotData } from "../../packages/live/src/plot/custom.ts";
import { InvalidPlotDataError, InvalidPlotNameError } from "../../packages/live/src/errors.ts";
import { withoutNonFinite } from "../../packages/live/src/plot/logged-plot.ts";
import { plotFileName } from "../../packages/live/src/plot/plot-name.ts";

describe("customPlot", () => {
  const rows = [
    { x: 1, y: 0.5, z: "a" },
    { x: 2, y: 1, z: "b" },
  ];

  it("takes records, columns and typed arrays for the same rows", () => {
    const forms: PlotData[] = [
      rows,
      { x: [1, 2], y: [0.5, 1], z: ["a", "b"] },
      { x: new Int32Array([1, 2]), y: new Float64Array([0.5, 1]), z: ["a", "b"] },
    ];
    for (const data of forms) {
      const { content } = customPlot("p", data, { x: "x", y: "y" });
      expect(JSON.parse(formatPythonJson(content))).toEqual(rows);
    }
  });

  it("writes columns of a float array as floats", () => {
    const { content } = customPlot("p", { x: new Uint8Array([1]), y: new Float32Array([2]) }, { x: "x", y: "y" });
    expect(content).toEqual([{ x: 1, y: float(2) }]);
  });

  it("describes itself in the order of DVCLive, leaving out what is not set", () => {
    const { properties } = customPlot("p", rows, { x: "x", y: ["y", "z"], title: "T", xLabel: "X", yLabel: "Y" });
    expect(JSON.stringify(properties)).toBe(
      '{"template":"linear","x":"x","y":["y","z"],"title":"T","x_label":"X","y_label":"Y"}',
    );
    expect(customPlot("p", [], { x: "x", y: "y", template: "" }).properties).toEqual({ x: "x", y: "y" });
  });

  it("keeps a copy, so that the script may go on with its own rows", () => {
    const own = [{ x: 1, y: 2 }];
    const { content } = customPlot("p", own, { x: "x", y: "y" });
    own[0] = { x: 5, y: 5 };
    expect(content).toEqual([{ x: 1, y: 2 }]);
  });

  it("keeps columns named like prototypes", () => {
    const data = parsePythonJson('{"__proto__": [1], "y": [2]}') as PlotData;
    expect(formatPythonJson(customPlot("p", data, { x: "__proto__", y: "y" }).content)).toContain('"__proto__": 1');
  });

  it.each<[string, unknown, unknown, string]>([
    ["no x", rows, { y: "y" }, "it needs the field of its x axis"],
    ["no y", rows, { x: "x", y: [] }, "it needs the field of its y axis"],
    ["a field that is nowhere", rows, { x: "x", y: "w" }, "no row has the field 'w'"],
    ["a row that is none", [{ x: 1 }, 5], { x: "x", y: "x" }, "row 1 is not a record"],
    ["text", "abc", { x: "x", y: "y" }, "the data is no list of rows"],
    ["columns of two lengths", { x: [1], y: [1, 2] }, { x: "x", y: "y" }, "column 'y' does not have 1 values"],
    ["a column that is none", { x: 1 }, { x: "x", y: "x" }, "column 'x' is not a list"],
  ])("refuses %s", (_, data, options, message) => {
    const make = () => customPlot("p", data as PlotData, options as { x: string; y: string });
    expect(make).toThrow(InvalidPlotDataError);
    expect(make).toThrow(message);
  });
});

describe("plot data", () => {
  it("has text for numbers that JSON has no form for", () => {
    const value = [{ a: Number.NaN, b: float(-Infinity), c: [Infinity], d: 1, e: float(1), f: 10n }];
    const safe = withoutNonFinite(value);
    expect(safe).toEqual([{ a: "nan", b: "-inf", c: ["inf"], d: 1, e: float(1), f: 10n }]);
    expect(JSON.parse(formatPythonJson(safe))).toBeInstanceOf(Array);
    const nested = withoutNonFinite({ m: new Map([["a", Number.NaN]]), t: new Float64Array([Number.NaN, 1]) });
    expect(nested).toEqual({ m: new Map([["a", "nan"]]), t: ["nan", float(1)] });
    expect(() => formatPythonJson(withoutNonFinite([{ day: new Date(0) }]))).toThrow("$[0].day is a Date");
  });
});

describe("plotFileName", () => {
  it("drops the suffix wherever it stands, as DVCLive does", () => {
    expect(plotFileName("roc")).toBe("roc");
    expect(plotFileName("test/roc.json")).toBe("test/roc");
    expect(plotFileName("a.json.b")).toBe("a.b");
  });

  it.each(["", ".json", "/abs", "../x", "a/../../x", "a//b", "./a", "a\0b", "a\\b", "x".repeat(300)])(
    "refuses %j",
    (name) => {
      expect(() => plotFileName(name)).toThrow(InvalidPlotNameError);
    },
  );
});
