import { buildPlotSpec, fillTemplate, parsePlotRows, sanitizeSpec, TEMPLATES, type PlotOptions } from "@waymark/plots";
import { describe, expect, it } from "vitest";
import { drawSpec } from "./draw-spec.ts";

function options(template: string, over: Partial<PlotOptions> = {}): PlotOptions {
  const rows = Array.from({ length: 12 }, (_, i) => ({ "a.b[0]": i, hits: (i * 7) % 5, misses: i % 3 }));
  return {
    name: "plots/custom/points",
    properties: { template, x: "a.b[0]", y: "hits", title: "Points" },
    revisions: [
      { name: "brave-bat", color: "#058dfa", rows },
      { name: "calm-cod", color: "#b78a16", rows },
    ],
    ...over,
  };
}

async function drawn(plot: PlotOptions): Promise<{ readonly svg: string; readonly warnings: string[] }> {
  return drawSpec(sanitizeSpec(buildPlotSpec(plot).spec));
}

describe("buildPlotSpec", () => {
  it.each(TEMPLATES.map((template) => template.name))(
    "fills the %s template into a chart that draws",
    async (template) => {
      const { svg, warnings } = await drawn(options(template));
      expect(svg).toContain("Points");
      expect(warnings).toEqual([]);
    },
  );

  it("draws several y columns as sources of one chart", async () => {
    const plot = options("linear");
    const { svg, warnings } = await drawn({ ...plot, properties: { ...plot.properties, y: ["hits", "misses"] } });
    expect(svg).toContain("misses");
    expect(warnings).toEqual([]);
  });

  it("counts every sample of a confusion matrix once, and cells without samples as 0", async () => {
    const rows = [
      { actual: "cat", predicted: "cat" },
      { actual: "cat", predicted: "dog" },
      { actual: "dog", predicted: "dog" },
      { actual: "dog", predicted: "dog" },
    ];
    const { svg } = await drawn({
      name: "confusion",
      properties: { template: "confusion", x: "actual", y: "predicted" },
      revisions: [{ name: "r", color: "#000000", rows }],
    });
    const texts = [...svg.matchAll(/<text[^>]*font-size="10.5px"[^>]*>(\d+)<\/text>/gu)].map((match) => match[1]);
    expect(texts.toSorted((a, b) => Number(a) - Number(b))).toEqual(["0", "1", "1", "2"]);
  });

  it.each(["__proto__", "constructor", "toString", "a.b", "it's", "datum['x']"])(
    "draws a column called %s",
    async (field) => {
      const rows = [1, 2, 3].map((value) =>
        Object.fromEntries([
          [field, value],
          ["y", value * value],
        ]),
      );
      for (const template of ["simple", "linear", "scatter", "confusion"]) {
        const { svg, warnings } = await drawn({
          name: "p",
          properties: { template, x: field, y: "y" },
          revisions: [{ name: "r", color: "#000000", rows }],
        });
        expect(svg).toContain("mark-");
        expect(warnings).toEqual([]);
      }
    },
  );

  it("draws an unknown template as the default one, and says so", () => {
    const { notes } = buildPlotSpec(options("sparkle"));
    expect(notes).toEqual(["No template named 'sparkle'; drawn as linear."]);
  });

  it("takes the last column for y and the row number for x when none is named", () => {
    const { spec } = buildPlotSpec({
      name: "p",
      properties: {},
      revisions: [{ name: "r", color: "#000000", rows: [{ a: 1, b: 2 }] }],
    });
    expect(JSON.stringify(spec)).toContain('"values":[{"a":1,"b":2,"rev":"r","step":0}]');
    expect(JSON.stringify(spec)).toContain('"field":"b"');
  });

  it("passes over properties that are not text, so that no title is a program", () => {
    const plot = options("simple");
    const { spec } = buildPlotSpec({ ...plot, properties: { ...plot.properties, title: { signal: "window" } } });
    expect(spec["title"]).toBe("plots/custom/points");
  });
});

describe("sanitizeSpec", () => {
  it("takes out everything that loads, links or configures, and leaves rows alone", () => {
    const spec = {
      data: { url: "https://evil.test/x.json", values: [{ url: "kept", href: "kept" }] },
      mark: { type: "point", href: "javascript:alert(1)" },
      encoding: { href: { field: "link" }, url: { field: "image" } },
      usermeta: { embedOptions: { loader: {} } },
    };
    expect(sanitizeSpec(spec)).toEqual({
      data: { values: [{ url: "kept", href: "kept" }] },
      mark: { type: "point" },
      encoding: {},
    });
  });
});

describe("fillTemplate", () => {
  it("puts values for whole anchors, text inside longer strings, and nothing for anchors without a value", () => {
    const content = { a: "<DVC_METRIC_DATA>", b: "x: <DVC_METRIC_X>!", c: "<DVC_METRIC_COLOR>", d: ["<DVC_METRIC_Y>"] };
    expect(fillTemplate(content, { DATA: [1], X: "step", Y: "loss" })).toEqual({
      a: [1],
      b: "x: step!",
      c: {},
      d: ["loss"],
    });
  });
});

describe("parsePlotRows", () => {
  it("finds rows at any depth of JSON, non-finite numbers included", () => {
    const rows = parsePlotRows(
      '{"roc": [{"fpr": 0, "threshold": Infinity}, {"fpr": 1, "threshold": 0.5}]}',
      "roc.json",
    );
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { fpr: 0, threshold: Infinity },
      { fpr: 1, threshold: 0.5 },
    ]);
  });

  it("merges several lists row by row", () => {
    expect(
      parsePlotRows('{"a": [{"x": 1}, {"x": 2}], "b": {"c": [{"y": 3}, {"y": 4}]}}', "p.json").map((row) => ({
        ...row,
      })),
    ).toEqual([
      { x: 1, y: 3 },
      { x: 2, y: 4 },
    ]);
  });

  it("reads CSV and TSV with quotes, and keeps a key called __proto__ a key", () => {
    expect(parsePlotRows('x,"a ""b"""\r\n1,"two, three"\n', "p.csv").map((row) => ({ ...row }))).toEqual([
      { x: 1, 'a "b"': "two, three" },
    ]);
    const [row] = parsePlotRows("__proto__\ty\nevil\t2\n", "p.tsv");
    expect(Object.keys(row ?? {})).toEqual(["__proto__", "y"]);
    expect(Object.getPrototypeOf(row)).toBeNull();
  });
});
