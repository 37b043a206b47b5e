import type { PlotProperties, PlotSource, RevisionPlots } from "@waymark/core/plot-data";
import {
  buildFigures,
  fillFigure,
  findTemplate,
  pageSpec,
  splitFigure,
  TEMPLATES,
  type ChartFigure,
  type PlotTemplate,
} from "@waymark/plots";
import fc from "fast-check";
import { expressionInterpreter } from "vega-interpreter";
import { parse, View, type LoggerInterface } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, test } from "vitest";

type Sources = Readonly<Record<string, unknown>>;

function plots(
  revision: string,
  definitions: Readonly<Record<string, Readonly<Record<string, PlotProperties>>>>,
  sources: Sources,
): RevisionPlots {
  return {
    revision,
    definitions: new Map(Object.entries(definitions).map(([file, ids]) => [file, new Map(Object.entries(ids))])),
    sources: new Map(Object.entries(sources).map(([path, values]) => [path, sourceOf(values)])),
    problem: undefined,
  };
}

function sourceOf(values: unknown): PlotSource {
  if (values instanceof Uint8Array) return { kind: "image", bytes: values };
  if (values instanceof Error) return { kind: "problem", problem: { type: "FileNotFoundError", msg: values.message } };
  return { kind: "values", values };
}

function chart(id: string, properties: PlotProperties, sources: Sources, revisions = ["workspace"]): ChartFigure {
  const [figure] = buildFigures(revisions.map((revision) => plots(revision, { "": { [id]: properties } }, sources)));
  if (figure?.kind !== "chart") throw new Error("No chart");
  return figure;
}

const A = [
  { step: 0, loss: 3, acc: 0.5 },
  { step: 1, loss: 2, acc: 0.75 },
];
const B = [{ step: 0, loss: 1 }];
const PLAIN: PlotTemplate = { name: "plain", content: { data: { values: "<DVC_METRIC_DATA>" } } };

describe("buildFigures", () => {
  test("draws the last column over the number of the row when nothing is named", () => {
    const figure = chart("a.json", {}, { "a.json": [{ x: 1, y: 2 }] });
    expect(figure).toMatchObject({ x: "step", y: "y", xLabel: "step", yLabel: "y", revisions: ["workspace"] });
    expect(figure.rows.map((row) => ({ ...row }))).toEqual([
      { x: 1, y: 2, step: 0, rev: "workspace", filename: "a.json", field: "y" },
    ]);
  });

  test("finds lists of rows wherever they are, and joins them row by row", () => {
    const values = { a: { rows: [{ x: 1 }, { x: 2 }] }, text: "no", more: [{ y: 3 }], odd: [{ z: 1 }, { w: 2 }] };
    const figure = chart("a.json", { x: "x", y: "y" }, { "a.json": values });
    expect(figure.rows.map(({ x, y }) => [x, y])).toEqual([
      [1, 3],
      [2, undefined],
    ]);
  });

  test("folds columns of several names into one, and shortens the names of files", () => {
    const figure = chart(
      "both",
      { x: "step", y: { "runs/a.json": ["loss", "acc"], "runs/b.json": "loss" } },
      { "runs/a.json": A, "runs/b.json": B },
    );
    expect(figure).toMatchObject({
      y: "dvc_inferred_y_value",
      yLabel: "y",
      sources: [
        { filename: "a.json", field: "loss" },
        { filename: "a.json", field: "acc" },
        { filename: "b.json", field: "loss" },
      ],
    });
    expect(figure.rows.map((row) => [row["step"], row["dvc_inferred_y_value"]])).toEqual([
      [0, 3],
      [1, 2],
      [0, 0.5],
      [1, 0.75],
      [0, 1],
    ]);
  });

  test("takes one x for all, or one for each", () => {
    const shared = chart(
      "s",
      { x: { "a.json": "step" }, y: { "c.json": "v" } },
      { "a.json": A, "c.json": [{ v: 1 }, { v: 2 }] },
    );
    expect(shared.rows.map(({ step, v }) => [step, v])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const several = chart(
      "s",
      { x: { "a.json": "step", "b.json": "loss" }, y: { "a.json": "loss", "b.json": "step" } },
      { "a.json": A, "b.json": B },
    );
    expect(several).toMatchObject({ x: "dvc_inferred_x_value", xLabel: "x" });
    expect(several.problems).toEqual([]);
  });

  test.each([
    [
      { y: { "a.json": "nothing" } },
      "FieldNotFoundError",
      "There is no field 'nothing' in 'a.json': it has 'step', 'loss', 'acc'",
    ],
    [{ x: { "b.json": "step" }, y: { "a.json": "loss" } }, "DvcException", /cannot be joined/],
    [
      { x: { "a.json": "step", "b.json": "step" }, y: { "a.json": "loss" } },
      "DvcException",
      /2 columns for x and 1 for y/,
    ],
  ])("says per revision why %j cannot be drawn", (properties, type, msg) => {
    const figure = chart("p", properties, { "a.json": A, "b.json": B }, ["workspace", "HEAD"]);
    expect(figure.rows).toEqual([]);
    expect(figure.problems).toEqual(
      ["workspace", "HEAD"].map((revision) => ({
        ...{ revision, source: undefined, type },
        msg: typeof msg === "string" ? msg : expect.stringMatching(msg),
      })),
    );
  });

  test("a file that cannot be read is named, and the others are drawn", () => {
    const figure = chart(
      "p",
      { y: { "a.json": "loss", "gone.json": "loss" } },
      { "a.json": A, "gone.json": new Error("gone") },
    );
    expect(figure.rows).toHaveLength(2);
    expect(figure.problems).toEqual([
      { revision: "workspace", source: "gone.json", type: "FileNotFoundError", msg: "gone" },
    ]);
  });

  test("an id that two files define is drawn twice, one that only a path has keeps its name", () => {
    const definitions = { "dvc.yaml": { "a.json": {}, own: { y: { "a.json": "loss" } } }, "": { "a.json": {} } };
    const figures = buildFigures([plots("workspace", definitions, { "a.json": A })]);
    expect(figures.map(({ id }) => id)).toEqual(["dvc.yaml::a.json", "a.json", "own"]);
  });

  test("the first revision says how a plot is drawn, and the others fill what it leaves open", () => {
    const [figure] = buildFigures([
      plots("workspace", { "": { "a.json": { y: "loss" } } }, { "a.json": A }),
      plots("HEAD", { "": { "a.json": { y: "acc", title: "Old" } } }, { "a.json": A }),
    ]);
    expect(figure).toMatchObject({ revisions: ["workspace", "HEAD"], y: "loss", properties: { title: "Old" } });
  });

  test("images have one file per revision", () => {
    const bytes = new Uint8Array([1]);
    const [figure] = buildFigures([
      plots("workspace", { "": { "a.png": {} } }, { "a.png": bytes }),
      plots("HEAD", { "": { "a.png": {} } }, { "a.png": new Error("gone") }),
    ]);
    expect(figure).toMatchObject({
      kind: "image",
      images: [{ revision: "workspace", path: "a.png", bytes }],
      problems: [{ revision: "HEAD", source: "a.png" }],
    });
  });

  test("every row of every file is drawn once for each of its columns", () => {
    const rows = fc.array(fc.record({ u: fc.integer(), v: fc.integer() }), { minLength: 1, maxLength: 5 });
    const sources = fc.dictionary(fc.stringMatching(/^[a-c]\/[a-z]{1,3}\.json$/), rows, { minKeys: 1, maxKeys: 3 });
    fc.assert(
      fc.property(sources, fc.subarray(["u", "v"], { minLength: 1 }), (files, fields) => {
        const y = Object.fromEntries(Object.keys(files).map((file) => [file, fields]));
        const figure = chart("p", { y }, files);
        const total = Object.values(files).reduce((sum, list) => sum + list.length, 0);
        expect(figure.rows).toHaveLength(total * fields.length);
        const values = figure.rows.map((row) => row[figure.y ?? ""]);
        expect(values).toEqual(
          Object.values(files).flatMap((list) => fields.flatMap((f) => list.map((row) => row[f as "u"]))),
        );
      }),
    );
  });
});

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

function requireTemplate(name: string): PlotTemplate {
  const template = findTemplate(name);
  if (template === undefined) throw new Error(`No template ${name}`);
  return template;
}

async function draw(
  spec: Readonly<Record<string, unknown>>,
): Promise<{ readonly svg: string; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const logger: LoggerInterface = {
    level: (level?: number): never => (level === undefined ? 0 : logger) as never,
    error: (...parts) => logger.warn(...parts),
    warn: (...parts) => {
      // There is neither a window to listen to nor a place to fill outside a browser.
      if (!/event source: window|container/u.test(parts.join(" "))) warnings.push(parts.join(" "));
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  const sized = spec["width"] === "container" ? { ...spec, width: 300 } : spec;
  const compiled = compile(sized as unknown as TopLevelSpec, { logger }).spec;
  const view = new View(parse(compiled, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
    logger,
  });
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return { svg, warnings };
}
