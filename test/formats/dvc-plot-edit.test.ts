import { setPlotText } from "@waymark/core/formats/dvc-plot-edit";
import { parseYaml } from "@waymark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const TEXT = `# the pipeline
stages:
  train:
    cmd: echo hi   # says hi
    outs:
    - model.bin
    - curve.csv:   # drawn below
        cache: false
    metrics:
    - m.json:
        cache: false
    plots:
    # all of them
    - p.csv   # points
    - q.csv:
        cache: false
        x: a # the first
        y: "b"
# the end
`;

describe("setPlotText", () => {
  test("gives a plot without properties some, and leaves everything else as it is", () => {
    const edited = setPlotText(TEXT, "train", "p.csv", { x: "step", header: false });
    expect(edited).toBe(
      TEXT.replace("    - p.csv   # points\n", "    - p.csv:\n        x: step\n        header: false\n"),
    );
  });

  test("changes, adds and takes away single properties where they stand", () => {
    const edited = setPlotText(TEXT, "train", "q.csv", { y: undefined, title: "Q" });
    expect(edited).toBe(TEXT.replace('        y: "b"\n', "        title: Q\n"));
    expect(setPlotText(TEXT, "train", "q.csv", { y: "c" })).toBe(TEXT.replace('y: "b"', "y: c"));
  });

  test("makes an output a plot, with its flags", () => {
    const edited = setPlotText(TEXT, "train", "curve.csv", { template: "simple" });
    expect(edited).toBe(
      TEXT.replace("    - curve.csv:   # drawn below\n        cache: false\n", "").replace(
        '        y: "b"\n',
        '        y: "b"\n    - curve.csv:\n        cache: false\n        template: simple\n',
      ),
    );
  });

  test("takes a section away with its last output", () => {
    const edited = setPlotText(TEXT, "train", "m.json", { y: "acc" });
    expect(edited).toBe(
      TEXT.replace("    metrics:\n    - m.json:\n        cache: false\n", "").replace(
        '        y: "b"\n',
        '        y: "b"\n    - m.json:\n        cache: false\n        y: acc\n',
      ),
    );
  });

  test("adds the section of plots where there is none", () => {
    const text = "stages:\n  a:\n    cmd: x\n    outs: [o.csv, other]\n";
    expect(parseYaml(setPlotText(text, "a", "o.csv", { x: "s" }) ?? "")).toEqual({
      stages: { a: { cmd: "x", outs: ["other"], plots: [{ "o.csv": { x: "s" } }] } },
    });
  });

  test("becomes a plain path again when the last property goes", () => {
    const text = "stages:\n  a:\n    cmd: x\n    plots:\n    - o.csv:\n        x: s\n";
    expect(setPlotText(text, "a", "o.csv", { x: undefined })).toBe(
      "stages:\n  a:\n    cmd: x\n    plots:\n    - o.csv\n",
    );
  });

  test("knows neither other stages nor other outputs", () => {
    expect(setPlotText(TEXT, "test", "p.csv", { x: "a" })).toBeUndefined();
    expect(setPlotText(TEXT, "train", "other.csv", { x: "a" })).toBeUndefined();
  });

  test("a property that was set is read back, and setting it again changes nothing", () => {
    const key = fc.constantFrom("x", "y", "title", "x_label", "template");
    const value = fc.oneof(fc.string(), fc.constantFrom("1_000", "'", "a: b", "# no", "${x}"));
    fc.assert(
      fc.property(fc.dictionary(key, value, { minKeys: 1 }), fc.constantFrom("p.csv", "q.csv"), (set, path) => {
        const edited = setPlotText(TEXT, "train", path, set) ?? "";
        const { stages } = parseYaml(edited) as { stages: { train: { plots: (string | Record<string, object>)[] } } };
        const entry = stages.train.plots.find((item) => typeof item === "object" && path in item);
        expect(entry).toMatchObject({ [path]: { ...set } });
        expect(setPlotText(edited, "train", path, set)).toBe(edited);
      }),
    );
  });
});
