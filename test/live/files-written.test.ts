import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Live, float } from "@waymark/live";
import { RecordingProvider, workspace } from "./support.ts";

const PIXEL = { width: 1, height: 1, data: [255, 0, 0] };

describe("params", () => {
  test("params are in their file when the call returns, in the order they came", () => {
    const space = workspace();
    const live = space.live();
    live.logParams({ lr: 1e-5, layers: [64, 10], opt: { name: "adam" } });
    expect(space.read("live/params.yaml")).toBe("lr: 1e-05\nlayers:\n- 64\n- 10\nopt:\n  name: adam\n");
    live.logParam("lr", float(1));
    live.nextStep();
    expect(space.read("live/params.yaml")).toBe("lr: 1.0\nlayers:\n- 64\n- 10\nopt:\n  name: adam\n");
  });

  test("a value that cannot be a param throws, keeps the file and does not haunt later calls", () => {
    const space = workspace();
    const live = space.live();
    live.logParam("a", 1);
    const bad = { b: 2, c: () => 1 };
    expect(() => live.logParams(bad)).toThrow(expect.objectContaining({ code: "INVALID_PARAM" }));
    live.logParam("d", 3);
    live.end();
    expect(space.read("live/params.yaml")).toBe("a: 1\nd: 3\n");
  });

  test("an object changed after it was logged is recorded as it was", () => {
    const space = workspace();
    const live = space.live();
    const config = { depth: 3 };
    live.logParam("config", config);
    config.depth = 4;
    live.logParam("other", 1);
    live.end();
    expect(space.read("live/params.yaml")).toBe("config:\n  depth: 3\nother: 1\n");
  });
});

describe("dvc.yaml", () => {
  test("lists what was logged, in the order DVCLive has", () => {
    const space = workspace();
    const live = space.live();
    live.logParam("lr", 0.1);
    live.logMetric("loss", 1);
    live.logImage("a.png", PIXEL);
    live.logPlot("imp", [{ v: 1, name: "a" }], { x: "v", y: "name", template: "bar_horizontal" });
    live.logClassification("roc", [0, 1], [0.2, 0.8]);
    live.nextStep();
    expect(space.read("dvc.yaml")).toBe(`params:
- live/params.yaml
metrics:
- live/metrics.json
plots:
- live/plots/metrics:
    x: step
- live/plots/images
- live/plots/custom/imp.json:
    template: bar_horizontal
    x: v
    y: name
- live/plots/sklearn/roc.json:
    template: simple
    x: fpr
    y: tpr
    title: Receiver operating characteristic (ROC)
    x_label: False Positive Rate
    y_label: True Positive Rate
`);
  });

  test("nothing logged is an empty mapping", () => {
    const space = workspace();
    space.live().end();
    expect(space.read("dvc.yaml")).toBe("{}\n");
  });

  test("only our entries of a file are edited", () => {
    const space = workspace();
    const before = `# the pipeline\nstages:\n  train:\n    cmd:   node train.js  # ours\nplots:\n  - mylive/plots/metrics\n  - live/plots/custom/old.json\n`;
    writeFileSync(space.path("dvc.yaml"), before);
    const live = space.live();
    live.logMetric("loss", 1);
    live.end();
    const after = space.read("dvc.yaml");
    expect(after).toContain("# the pipeline\nstages:\n  train:\n    cmd:   node train.js  # ours\n");
    expect(after).toContain("- mylive/plots/metrics\n");
    expect(after).not.toContain("old.json");
    expect(after).toContain("live/metrics.json");
  });

  test("a file that cannot be understood is left alone, with one warning", () => {
    const space = workspace();
    writeFileSync(space.path("dvc.yaml"), "stages: [\n");
    const live = space.live();
    for (let step = 0; step < 3; step += 1) {
      live.logMetric("loss", 1);
      live.nextStep();
    }
    live.end();
    expect(space.read("dvc.yaml")).toBe("stages: [\n");
    expect(space.warnings).toHaveLength(1);
  });

  test("false keeps it from being written, makeDvcyaml writes it all the same", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    live.logMetric("loss", 1);
    live.nextStep();
    expect(space.exists("dvc.yaml")).toBe(false);
    expect(live.dvcFile).toBe("dvc.yaml");
    live.makeDvcyaml();
    expect(space.exists("dvc.yaml")).toBe(true);
  });

  test("a path in another folder makes its entries relative to it", () => {
    const space = workspace();
    mkdirSync(space.path("sub"));
    const live = space.live({ dir: "runs/a", dvcyaml: "sub/dvc.yaml" });
    live.logMetric("loss", 1);
    live.end();
    expect(space.read("sub/dvc.yaml")).toBe(
      "metrics:\n- ../runs/a/metrics.json\nplots:\n- ../runs/a/plots/metrics:\n    x: step\n",
    );
  });

  test("one inside an output of a stage is warned of by the stage's name, by whole parts of the path", () => {
    const space = workspace();
    mkdirSync(space.path(".dvc/tmp"), { recursive: true });
    writeFileSync(
      space.path("dvc.yaml"),
      "stages:\n  train:\n    cmd: x\n    outs:\n    - live:\n        cache: false\n",
    );
    space.live({ dir: "live-2", dvcyaml: "live-2/dvc.yaml" }).end();
    expect(space.warnings).toEqual([]);
    space.live({ dvcyaml: "live/dvc.yaml" }).end();
    expect(space.warnings).toEqual([expect.stringContaining("'live/dvc.yaml' lies in an output of stage 'train'")]);
  });

  test("plots of a resumed run stay listed", () => {
    const space = workspace();
    const first = space.live();
    first.logMetric("loss", 1);
    first.logImage("a.png", PIXEL);
    first.logPlot("imp", [{ v: 1, name: "a" }], { x: "v", y: "name", title: "Importance" });
    first.logClassification("roc", [0, 1], [0.2, 0.8]);
    first.logParam("lr", 1);
    first.nextStep();
    first.end();
    const before = space.read("dvc.yaml");
    const second = space.live({ resume: true });
    second.nextStep();
    second.end();
    expect(space.read("dvc.yaml")).toBe(before);
  });
});

describe("images and plots", () => {
  test("an image file is taken as it is", () => {
    const space = workspace();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
    writeFileSync(space.path("in.svg"), svg);
    space.live().logImage("samples/0", "in.svg");
    expect(space.read("live/plots/images/samples/0.svg")).toBe(svg);
  });

  test.for(["../x.png", "/x.png", ""])("a name that leaves the folder throws: %j", (name) => {
    const live = workspace().live();
    expect(() => live.logImage(name, PIXEL)).toThrow(expect.objectContaining({ code: "INVALID_IMAGE_NAME" }));
  });

  test("a plot that cannot be made is neither written nor listed", () => {
    const space = workspace();
    const live = space.live();
    expect(() => live.logPlot("p", [1] as never, { x: "a", y: "b" })).toThrow(
      expect.objectContaining({ code: "INVALID_PLOT_DATA" }),
    );
    expect(() => live.logClassification("nope" as never, [], [])).toThrow(
      expect.objectContaining({ code: "INVALID_PLOT_TYPE" }),
    );
    live.end();
    expect(space.files("live")).toEqual(["metrics.json"]);
    expect(space.read("dvc.yaml")).toBe("{}\n");
  });

  test("logging a plot again replaces data and description", () => {
    const space = workspace();
    const live = space.live();
    live.logPlot("p", [{ a: 1, b: 2 }], { x: "a", y: "b" });
    live.logPlot("p", [{ a: Number.NaN, c: 2 }], { x: "a", y: "c", title: "T" });
    live.end();
    expect(space.json("live/plots/custom/p.json")).toEqual([{ a: "nan", c: 2 }]);
    expect(space.read("dvc.yaml")).toContain("    y: c\n    title: T\n");
  });

  test("cached images go to the content cache when the run ends", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const live = space.live({ tracker: provider, cacheImages: true });
    live.logImage("a.png", PIXEL);
    live.end();
    expect(provider.ends[0]?.paths).toEqual([space.path("live/plots/images")]);
  });
});

describe("signal files", () => {
  test("a run in a DVC repository says that it goes on, and each step", () => {
    const space = workspace();
    mkdirSync(space.path(".dvc/tmp"), { recursive: true });
    const live = space.live({ tracker: new RecordingProvider(), compat: "dvclive", dir: "live" });
    expect(space.read(".dvc/tmp/exps/run/DVCLIVE_ONLY")).toBe(`{"exp_name": "brave-bat", "pid": ${process.pid}}`);
    for (let step = 0; step < 12; step += 1) live.nextStep();
    expect(space.read(".dvc/tmp/exps/run/DVCLIVE_STEP_COMPLETED")).toBe(`{"pid": ${process.pid}, "step": 11}`);
    live.end();
    expect(space.files(".dvc/tmp")).toEqual([]);
  });

  test("without a tracker only steps are said; outside a repository nothing", () => {
    const space = workspace();
    mkdirSync(space.path(".dvc/tmp"), { recursive: true });
    const live = space.live();
    live.nextStep();
    expect(space.files(".dvc/tmp/exps/run")).toEqual(["DVCLIVE_STEP_COMPLETED"]);
    live.end();
    const bare = workspace();
    bare.live().nextStep();
    expect(bare.exists(".dvc")).toBe(false);
  });
});

describe("where things are", () => {
  test("paths are as given, below the folder", () => {
    const space = workspace();
    const live = space.live({ dir: "out" });
    expect([live.dir, live.paramsFile, live.metricsFile, live.plotsDir, live.artifactsDir, live.reportFile]).toEqual([
      ...["out", "out/params.yaml", "out/metrics.json", "out/plots", "out/artifacts", undefined],
    ]);
  });

  test("the folder comes from the argument, the option, the environment, or is `live`", () => {
    const space = workspace();
    const cases = [
      [new Live("a", { cwd: space.root, env: { WAYMARK_DIR: "env" } }), "a"],
      [space.live({ dir: "b", env: { WAYMARK_DIR: "env" } }), "b"],
      [space.live({ env: { WAYMARK_DIR: "env" } }), "env"],
      [space.live({ compat: "dvclive" }), "dvclive"],
      [space.live(), "live"],
    ] as const;
    for (const [live, dir] of cases) {
      expect(live.dir).toBe(dir);
      expect(space.exists(dir)).toBe(true);
      live.end();
    }
  });

  test("readLatest and readStep read what is on disk", () => {
    const space = workspace();
    const live = space.live();
    expect([live.readLatest(), live.readStep()]).toEqual([{}, 0]);
    live.logMetric("a/b", 1);
    live.nextStep();
    live.nextStep();
    live.makeSummary();
    expect(live.readLatest()).toEqual({ a: { b: 1 }, step: 2 });
    expect(live.readStep()).toBe(2);
  });

  test("the test switch writes to a folder of its own and saves nothing", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    space.live({ env: { DVCLIVE_TEST: "true" }, tracker: provider }).end();
    expect(space.exists("live")).toBe(false);
    expect(space.exists("dvc.yaml")).toBe(false);
    expect(provider.starts).toEqual([]);
    expect(space.warnings.join()).toContain("DVCLIVE_TEST");
  });
});

describe("options", () => {
  test.for([
    [{ report: "pdf" }, "INVALID_REPORT_MODE"],
    [{ dvcyaml: "pipeline.yaml" }, "INVALID_DVCYAML"],
    [{ dvcyaml: 1 }, "INVALID_DVCYAML"],
    [{ dir: "" }, "INVALID_OPTION"],
    [{ resume: 1 }, "INVALID_OPTION"],
    [{ every: 0 }, "INVALID_OPTION"],
    [{ keep: -1 }, "INVALID_OPTION"],
    [{ keep: { kind: "best", metric: "x", goal: "most" } }, "INVALID_OPTION"],
    [{ ranks: "some" }, "INVALID_OPTION"],
    [{ onSecondWriter: "fight" }, "INVALID_OPTION"],
    [{ saveExp: "yes" }, "INVALID_OPTION"],
  ] as const)("a value that cannot be throws before anything is written: %j", ([options, code]) => {
    const space = workspace();
    expect(() => space.live(options as never)).toThrow(expect.objectContaining({ code }));
    expect(space.exists("live")).toBe(false);
  });

  test("track completes a step after each item and goes on behind those that are done", async () => {
    const space = workspace();
    const first = space.live();
    for (const item of first.track(["a", "b", "c"])) {
      first.logMetric("n", item.charCodeAt(0));
      if (item === "b") break;
    }
    expect(first.step).toBe(1);
    first.abort("stop");
    const second = space.live({ resume: true });
    const seen: string[] = [];
    async function* items(): AsyncGenerator<string> {
      yield* await Promise.resolve(["a", "b", "c"]);
    }
    for await (const item of second.track(items())) {
      seen.push(item);
      second.logMetric("n", item.charCodeAt(0));
    }
    second.end();
    expect(seen).toEqual(["b", "c"]);
    expect(space.history("n")).toBe("step\tn\n0\t97\n1\t98\n2\t99\n");
  });
});
