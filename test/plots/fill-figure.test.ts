import type { PlotProperties } from "@waymark/core/plot-data";
import {
  fillFigure,
  findTemplate,
  pageSpec,
  splitFigure,
  TEMPLATES,
  type ChartFigure,
  type PlotTemplate,
} from "@waymark/plots";
import { describe, expect, test } from "vitest";
import { drawSpec } from "./draw-spec.ts";
import { A, B, chart } from "./figure-data.ts";

const PLAIN: PlotTemplate = { name: "plain", content: { data: { values: "<DVC_METRIC_DATA>" } } };

function requireTemplate(name: string): PlotTemplate {
  const template = findTemplate(name);
  if (template === undefined) throw new Error(`No template ${name}`);
  return template;
}

/** There is no place to fill outside a browser either. */
async function draw(spec: Readonly<Record<string, unknown>>): ReturnType<typeof drawSpec> {
  const sized = spec["width"] === "container" ? { ...spec, width: 300 } : spec;
  return drawSpec(sized, /event source: window|container/u);
}

describe("fillFigure and splitFigure", () => {
  test("keep of file and field only what tells lines apart", () => {
    const values = (figure: ChartFigure) =>
      (splitFigure(figure, requireTemplate("simple")).anchors["<DVC_METRIC_DATA>"] as object[])[0];
    const sources = { "a.json": A, "b.json": A };
    expect(values(chart("p", { y: "loss" }, { p: A }))).toEqual({ step: 0, loss: 3, acc: 0.5, rev: "workspace" });
    expect(values(chart("p", { y: { "a.json": ["loss", "acc"] } }, sources))).toMatchObject({ field: "loss" });
    expect(values(chart("p", { y: { "a.json": "loss", "b.json": "loss" } }, sources))).toMatchObject({
      filename: "a.json",
    });
    expect(values(chart("p", { y: { "a.json": "loss", "b.json": "acc" } }, sources))).toMatchObject({
      "filename::field": "a.json::loss",
    });
  });

  test("leave the rows as they are for a template that asks for nothing else", () => {
    const figure = chart("p", { y: "loss" }, { p: B });
    expect(fillFigure(figure, PLAIN)).toEqual({
      data: { values: [{ step: 0, loss: 1, rev: "workspace", filename: "p", field: "loss" }] },
    });
  });

  test("leave open what a reader draws by itself, and fill in the rest", () => {
    const figure = chart("p.csv", { x: "a.b", y: "c[0]", title: "T" }, { "p.csv": [{ "a.b": 1, "c[0]": 2 }] });
    expect(splitFigure(figure, requireTemplate("scatter"))).toMatchInlineSnapshot(`
      {
        "anchors": {
          "<DVC_METRIC_COLOR>": {
            "field": "rev",
            "scale": {
              "domain": [
                "workspace",
              ],
              "range": [
                "#945dd6",
              ],
            },
          },
          "<DVC_METRIC_DATA>": [
            {
              "a.b": 1,
              "c[0]": 2,
              "rev": "workspace",
            },
          ],
          "<DVC_METRIC_PLOT_HEIGHT>": 300,
          "<DVC_METRIC_PLOT_WIDTH>": 300,
          "<DVC_METRIC_TITLE>": "T",
          "<DVC_METRIC_TOOLTIP>": [
            {
              "field": "rev",
            },
            {
              "field": "a.b",
            },
            {
              "field": "c[0]",
            },
          ],
          "<DVC_METRIC_X_LABEL>": "a.b",
          "<DVC_METRIC_Y_LABEL>": "c[0]",
          "<DVC_METRIC_ZOOM_AND_PAN>": {
            "bind": "scales",
            "name": "grid",
            "select": "interval",
          },
        },
        "content": {
          "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
          "data": {
            "values": "<DVC_METRIC_DATA>",
          },
          "encoding": {
            "color": "<DVC_METRIC_COLOR>",
            "shape": {},
            "tooltip": "<DVC_METRIC_TOOLTIP>",
            "x": {
              "field": "a\\.b",
              "title": "<DVC_METRIC_X_LABEL>",
              "type": "quantitative",
            },
            "y": {
              "field": "c\\[0\\]",
              "scale": {
                "zero": false,
              },
              "title": "<DVC_METRIC_Y_LABEL>",
              "type": "quantitative",
            },
          },
          "height": "<DVC_METRIC_PLOT_HEIGHT>",
          "mark": {
            "filled": true,
            "opacity": 0.75,
            "type": "point",
          },
          "params": [
            "<DVC_METRIC_ZOOM_AND_PAN>",
          ],
          "title": "<DVC_METRIC_TITLE>",
          "width": "<DVC_METRIC_PLOT_WIDTH>",
        },
      }
    `);
  });

  test("repeat colours and dashes after the last", () => {
    const revisions = Array.from({ length: 9 }, (_, i) => `r${i}`);
    const { anchors } = splitFigure(chart("p", { y: "loss" }, { p: B }, revisions), requireTemplate("linear"));
    const { scale } = anchors["<DVC_METRIC_COLOR>"] as { scale: { domain: string[]; range: string[] } };
    expect(scale.domain).toEqual(revisions);
    expect(scale.range[7]).toBe(scale.range[0]);
  });

  test("refuse a template without a place for the data", () => {
    const figure = chart("p", { y: "loss" }, { p: B });
    expect(() => fillFigure(figure, { name: "none", content: { mark: "line" } })).toThrow(
      expect.objectContaining({ code: "TEMPLATE_WITHOUT_DATA" }),
    );
  });

  test("an anchor that data holds is data", () => {
    const figure = chart("p", { y: "t", title: "<DVC_METRIC_X>" }, { p: [{ t: "<DVC_METRIC_Y>" }] });
    const text = JSON.stringify(fillFigure(figure, requireTemplate("simple")));
    expect(text).toContain('"title":"<DVC_METRIC_X>"');
    expect(text).toContain('"t":"<DVC_METRIC_Y>"');
  });
});

describe("pageSpec", () => {
  const rows = Array.from({ length: 8 }, (_, i) => ({
    "a.b[0]": String(i),
    "it's": String((i * 3) % 4),
    n: i === 2 ? "nan" : `${i / 2}`,
  }));

  test.each(TEMPLATES.map((template) => [template.name]))("draws %s with names of every kind", async (name) => {
    for (const properties of [
      { x: "a.b[0]", y: "it's" },
      { x: "a.b[0]", y: ["it's", "n"] },
      { x: { f: "a.b[0]" }, y: { f: "n", g: "it's" } },
    ]) {
      const figure = chart("f", properties, { f: rows, g: rows }, ["workspace", "HEAD~1"]);
      const { svg, warnings } = await draw(pageSpec(figure, requireTemplate(name)));
      expect(svg).toContain("mark-");
      expect(warnings).toEqual([]);
    }
  });

  test("makes numbers of text that is nothing else, and leaves names alone", () => {
    const values = [
      { x: "1", y: "007" },
      { x: "nan", y: "8" },
      { x: "2.5e1", y: "9" },
    ];
    const spec = pageSpec(chart("p", { x: "x", y: "y" }, { p: values }), requireTemplate("scatter"));
    const drawn = (spec["data"] as { values: { x: unknown; y: unknown }[] }).values;
    expect(drawn.map(({ x, y }) => [x, y])).toEqual([
      [1, "007"],
      [null, "8"],
      [25, "9"],
    ]);
  });

  test("holds nothing that reaches out of the page", () => {
    const template = {
      name: "evil",
      content: {
        data: { values: "<DVC_METRIC_DATA>" },
        usermeta: { embedOptions: { loader: "x" } },
        layer: [{ data: { url: "https://evil.test/" }, mark: { type: "image", url: "https://evil.test/i" } }],
        encoding: { href: { value: "javascript:alert(1)" } },
      },
    };
    const text = JSON.stringify(pageSpec(chart("p", { y: "loss" }, { p: B }), template));
    expect(text).not.toMatch(/evil|javascript|usermeta/u);
  });

  test("takes the width of its place where it is one panel", () => {
    const widthOf = (name: string, properties: PlotProperties): unknown =>
      pageSpec(chart("p", properties, { p: A, q: A }), requireTemplate(name))["width"];
    expect(widthOf("linear", { y: "loss" })).toBe("container");
    expect(widthOf("bar_horizontal", { x: "loss", y: "step" })).toBe("container");
    expect(widthOf("bar_horizontal", { y: { p: "step", q: "loss" } })).toBe(300);
    expect(widthOf("confusion", { x: "loss", y: "step" })).toBeUndefined();
  });
});
