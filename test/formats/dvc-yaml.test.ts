import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DvcYamlEntries, editDvcYaml, parseDvcYaml, parseYaml } from "@waymark/core";

const RUN: DvcYamlEntries = {
  dir: "live",
  params: ["live/params.yaml"],
  metrics: ["live/metrics.json"],
  plots: [{ "live/plots/metrics": { x: "step" } }, "live/plots/images"],
  artifacts: {},
};
const NOTHING: DvcYamlEntries = { dir: "live", params: [], metrics: [], plots: [], artifacts: {} };

describe("a new dvc.yaml", () => {
  it("has the sections, the order and the bytes that DVCLive writes", () => {
    const text = editDvcYaml(undefined, {
      dir: "dvclive",
      params: ["dvclive/params.yaml"],
      metrics: ["dvclive/metrics.json"],
      plots: [
        { "dvclive/plots/metrics": { x: "step" } },
        "dvclive/plots/images",
        { "dvclive/plots/custom/imp.json": { template: "bar_horizontal", x: "v", y: "name" } },
      ],
      artifacts: { mymodel: { path: "model.pt", type: "model", desc: "d", labels: ["x"], meta: { k: 1 } } },
    });
    expect(text).toBe(`params:
- dvclive/params.yaml
metrics:
- dvclive/metrics.json
plots:
- dvclive/plots/metrics:
    x: step
- dvclive/plots/images
- dvclive/plots/custom/imp.json:
    template: bar_horizontal
    x: v
    y: name
artifacts:
  mymodel:
    path: model.pt
    type: model
    desc: d
    labels:
    - x
    meta:
      k: 1
`);
  });

  it("is an empty mapping when nothing was logged", () => {
    expect(editDvcYaml(undefined, NOTHING)).toBe("{}\n");
    expect(editDvcYaml("{}\n", RUN)).toBe(editDvcYaml(undefined, RUN));
  });
});

describe("editing a dvc.yaml in place", () => {
  const PIPELINE = `# How we train.
stages:
  train:   # the long one
    cmd: >-
      python train.py
        --fast
    deps: [ "train.py" , data ]
    outs: &outs
      - 'model.pt'   # quoted on purpose

metrics:
  - eval/metrics.json   # from the other team
  # ours follow
`;

  it("keeps every byte of what is not ours", () => {
    const text = editDvcYaml(PIPELINE, RUN);
    expect(text).toBe(`# How we train.
stages:
  train:   # the long one
    cmd: >-
      python train.py
        --fast
    deps: [ "train.py" , data ]
    outs: &outs
      - 'model.pt'   # quoted on purpose

metrics:
  - eval/metrics.json   # from the other team
  - live/metrics.json
  # ours follow
params:
- live/params.yaml
plots:
- live/plots/metrics:
    x: step
- live/plots/images
`);
    expect(editDvcYaml(text, RUN)).toBe(text);
  });

  it("keeps the byte order mark that an editor put first", () => {
    expect(editDvcYaml(`\ufeff${PIPELINE}`, RUN)).toBe(`\ufeff${editDvcYaml(PIPELINE, RUN)}`);
  });

  it("gives the old text back when our entries go again", () => {
    expect(editDvcYaml(editDvcYaml(PIPELINE, RUN), NOTHING)).toBe(PIPELINE);
  });

  it("rewrites a changed entry where it stands and puts a new one behind the one before it", () => {
    const text = "plots:\n- live/plots/metrics:\n    x: epoch\n- mine.csv:\n    x: a # mine\n";
    expect(editDvcYaml(text, { ...RUN, params: [], metrics: [] })).toBe(
      "plots:\n- live/plots/metrics:\n    x: step\n- live/plots/images\n- mine.csv:\n    x: a # mine\n",
    );
  });

  it.each([
    ["an old copy", "metrics:\n- old/live/metrics.json\n"],
    ["a longer name", "metrics:\n- mylive/metrics.json\n"],
    ["a plot of one metric", "plots:\n- live/plots/metrics/loss.tsv:\n    x: step\n"],
    ["a plot over several files", "plots:\n- both:\n    y:\n      live/plots/metrics/loss.tsv: loss\n"],
    ["an entry of two keys", "plots:\n- live/plots/metrics:\n  other:\n    x: step\n"],
    ["a template", "metrics:\n- ${dir}/metrics.json\n"],
    ["an artifact elsewhere", "artifacts:\n  m:\n    path: model.pt\n"],
    ["an artifact without path", "artifacts:\n  m:\n    desc: none\n"],
  ])("leaves what only looks like ours: %s", (_, text) => {
    expect(editDvcYaml(text, NOTHING)).toBe(text);
  });

  it("knows its own entries by segments, however they are written", () => {
    expect(editDvcYaml("metrics:\n- ./live//metrics.json\n- a.json\n", NOTHING)).toBe("metrics:\n- a.json\n");
    const nested: DvcYamlEntries = { ...NOTHING, dir: "../live" };
    expect(editDvcYaml("metrics:\n- ../live/metrics.json\n- live/metrics.json\n", nested)).toBe(
      "metrics:\n- live/metrics.json\n",
    );
    const inside: DvcYamlEntries = { ...NOTHING, dir: "" };
    expect(editDvcYaml("metrics:\n- metrics.json\n- live/metrics.json\n", inside)).toBe(
      "metrics:\n- live/metrics.json\n",
    );
  });

  it("fills sections that are empty in any way", () => {
    for (const empty of ["plots:", "plots: ", "plots: []", "plots: null", "plots: ~"]) {
      const text = editDvcYaml(`${empty} # none yet\nstages: {}\n`, { ...NOTHING, plots: ["live/plots/images"] });
      expect(parseYaml(text)).toEqual({ plots: ["live/plots/images"], stages: {} });
      expect(text).toContain("# none yet\n- live/plots/images\nstages: {}\n");
    }
    expect(editDvcYaml("plots:\nstages: {}\n", NOTHING)).toBe("plots:\nstages: {}\n");
  });

  it("edits lists and mappings that are written on one line", () => {
    const text = "metrics: [a.json,  'b.json']  # two\nplots: {mine.csv: {x: a}}\n";
    expect(editDvcYaml(text, { ...RUN, params: [] })).toBe(
      "metrics: [a.json,  'b.json', live/metrics.json]  # two\n" +
        "plots: {mine.csv: {x: a}, live/plots/metrics: {x: step}, live/plots/images: null}\n",
    );
    expect(editDvcYaml(editDvcYaml(text, RUN), NOTHING)).toBe(text);
    expect(editDvcYaml("{stages: {a: {cmd: x}}}\n", { ...NOTHING, metrics: ["live/metrics.json"] })).toBe(
      "{stages: {a: {cmd: x}}, metrics: [live/metrics.json]}\n",
    );
  });

  it("keeps the settings of plots that are written as a mapping", () => {
    const text = "plots:\n  mine.csv:\n    title: Mine\n  live/plots/images:\n";
    expect(editDvcYaml(text, { ...RUN, params: [], metrics: [] })).toBe(
      "plots:\n  mine.csv:\n    title: Mine\n  live/plots/metrics:\n    x: step\n  live/plots/images:\n",
    );
  });

  it("takes artifacts over by id and leaves those of others", () => {
    const text = `artifacts:
  theirs:
    path: theirs.pt
  ours:  # first try
    path: old.pt
    type: model
  gone:
    path: live/artifacts/gone.pt
`;
    expect(editDvcYaml(text, { ...NOTHING, artifacts: { ours: { path: "new.pt" }, more: { path: "m.pt" } } }))
      .toBe(`artifacts:
  theirs:
    path: theirs.pt
  ours:
    path: new.pt
  more:
    path: m.pt
`);
  });

  it("keeps Windows line ends, an indented top level, a missing last line break and a document end mark", () => {
    const metrics = { ...NOTHING, metrics: ["live/metrics.json"] };
    expect(editDvcYaml("stages: {}\r\nmetrics:\r\n- a\r\n", metrics)).toBe(
      "stages: {}\r\nmetrics:\r\n- a\r\n- live/metrics.json\r\n",
    );
    expect(editDvcYaml("  stages: {}\n  metrics:\n  - a", metrics)).toBe(
      "  stages: {}\n  metrics:\n  - a\n  - live/metrics.json\n",
    );
    expect(editDvcYaml("---\nstages: {}\n...\n", metrics)).toBe(
      "---\nstages: {}\nmetrics:\n- live/metrics.json\n...\n",
    );
    expect(editDvcYaml("# only a note", metrics)).toBe("# only a note\nmetrics:\n- live/metrics.json\n");
  });
});

describe("a dvc.yaml that cannot be edited", () => {
  it.each([
    ["a section of the wrong form", "metrics: 5\n", /dvc\.yaml: 'metrics' is not a list/],
    ["a list at the top", "- a\n", /the top level is not a mapping/],
    ["broken YAML", "stages:\n  a: [1\n", /dvc\.yaml:\d+:\d+: /],
    ["a tab", "stages:\n\ta: 1\n", /dvc\.yaml:2:1: /],
    ["a list by alias", "x: &m [a]\nmetrics: *m\n", /cannot be edited in place/],
    ["an entry others refer to", "metrics:\n- &m live/metrics.json\nx: *m\n", /cannot be edited in place/],
  ])("is refused, untouched: %s", (_, text, message) => {
    const entries = { ...RUN, metrics: ["live/other/metrics.json"] };
    expect(() => editDvcYaml(text, entries, { path: "dvc.yaml" })).toThrow(message);
  });
});

describe("parseDvcYaml", () => {
  it("reads plots from a list and from a mapping, and takes empty sections as empty", () => {
    const list = parseDvcYaml("params:\nplots:\n- a.csv\n- b.csv:\n    x: step\n- c.csv:\n");
    expect(list.params).toEqual([]);
    expect(list.plots).toEqual([
      { id: "a.csv", properties: {} },
      { id: "b.csv", properties: { x: "step" } },
      { id: "c.csv", properties: {} },
    ]);
    expect(parseDvcYaml("plots: {b.csv: {x: step}, c.csv: }\n").plots).toEqual(list.plots.slice(1));
    expect(parseDvcYaml("").stages).toEqual({});
  });

  it("refuses sections of another form", () => {
    expect(() => parseDvcYaml("stages: [a]\n", { path: "sub/dvc.yaml" })).toThrow(/sub\/dvc\.yaml: 'stages'/);
  });
});

describe("any dvc.yaml", () => {
  const name = fc.stringMatching(/^[a-z]{1,4}(?:\/[a-z]{1,3})?\.(?:json|csv)$/);
  const comment = fc.constantFrom("", "", "  # note", " #");
  const foreign = fc.tuple(name, comment).map(([path, note]) => `- ${path}${note}\n`);
  const plot = fc.tuple(name, comment).map(([path, note]) => `- ${path}:${note}\n    x: step\n`);
  const own = fc.constantFrom(
    "- live/plots/images\n",
    "- live/plots/metrics:\n    x: step\n",
    "- live/plots/custom/a.json:\n    x: a\n    # old\n",
  );
  const gap = fc.constantFrom("", "", "\n", "# between\n", "  # deep\n");
  const items = fc
    .array(fc.tuple(gap, fc.oneof(foreign, plot, own)), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.flat().join(""));
  const section = fc.tuple(fc.constantFrom("plots:\n", "plots: # ours too\n"), items).map((parts) => parts.join(""));
  const rest = fc.constantFrom("", "# top\n", "stages:\n  a:\n    cmd: |\n      x\n\n", "vars:\n- a: 1\n");
  const file = fc.tuple(rest, section, rest, gap).map(([before, plots, after, end]) => {
    const text = before + plots + (after === before ? "" : after) + end;
    return text;
  });
  const wanted = fc.subarray(["live/plots/images", "live/plots/metrics", "live/plots/custom/a.json"]);

  it("keeps foreign lines, says what is wanted, and does not change twice", () => {
    fc.assert(
      fc.property(file, wanted, (text, ids) => {
        const entries = { ...NOTHING, plots: ids.map((id) => (id.endsWith("images") ? id : { [id]: { x: "step" } })) };
        const edited = editDvcYaml(text, entries);
        const isForeign = (id: string): boolean => !id.startsWith("live/plots/");
        const plotsOf = (content: string) => parseDvcYaml(content).plots.map(({ id }) => id);
        expect(plotsOf(edited).filter(isForeign)).toEqual(plotsOf(text).filter(isForeign));
        expect(
          plotsOf(edited)
            .filter((id) => !isForeign(id))
            .toSorted(),
        ).toEqual(ids.toSorted());
        expect(editDvcYaml(edited, entries)).toBe(edited);
        const foreignLines = text.split("\n").filter((line) => /\.csv|\.json|cmd|top|vars|between/.test(line));
        for (const line of foreignLines.filter((each) => !each.includes("live/"))) expect(edited).toContain(line);
      }),
      { numRuns: 300 },
    );
  });
});
