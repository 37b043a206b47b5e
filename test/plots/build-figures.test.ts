import { buildFigures } from "@waymark/plots";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { A, B, chart, plots } from "./figure-data.ts";

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
