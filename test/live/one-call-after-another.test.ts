import { statSync, writeFileSync } from "node:fs";
import { Live } from "@waymark/live";
import { describe, expect, test } from "vitest";
import { workspace } from "./support.ts";

const pixel = (value: number) => ({ width: 1, height: 1, data: new Uint8Array([value]) });

describe("the same name again", () => {
  test("an image, a plot and a curve are those of the last call", () => {
    const space = workspace();
    const live = space.live();
    const seen: string[][] = [];
    for (const step of [0, 1]) {
      live.logImage("a/b.png", pixel(step));
      live.logPlot("c/d.json", [{ x: step, y: 1 }], { x: "x", y: "y" });
      live.logClassification("confusion_matrix", [0, 1], [step, 1], { name: "e/f.json" });
      live.nextStep();
      seen.push(
        ["images/a/b.png", "custom/c/d.json", "sklearn/e/f.json"].map((path) => space.read("live/plots", path)),
      );
    }
    expect(seen[0]?.filter((text, index) => text === seen[1]?.[index])).toEqual([]);
    expect(space.files("live/plots")).toEqual(["custom/c/d.json", "images/a/b.png", "sklearn/e/f.json"]);
  });

  test("an artifact is described by the last call, whatever the file became meanwhile", () => {
    const space = workspace();
    const live = space.live();
    for (const step of [0, 1, 2]) {
      writeFileSync(space.path("model.bin"), `weights ${step}`);
      live.logArtifact("model.bin", { type: "model", copy: true, labels: [`step-${step}`] });
      live.nextStep();
    }
    live.end();
    expect(space.read("live/artifacts/model.bin")).toBe("weights 2");
    expect(space.read("dvc.yaml")).toContain("    labels:\n    - step-2\n");
    expect(space.read("dvc.yaml")).not.toContain("step-1");
  });

  test("a param takes the place of the one before, with all that was in it", () => {
    const space = workspace();
    const live = space.live();
    live.logParams({ model: { layers: [64, 10], dropout: 0.1 }, lr: 0.1 });
    live.logParam("model", { layers: [] });
    live.end();
    expect(space.read("live/params.yaml")).toBe("model:\n  layers: []\nlr: 0.1\n");
  });

  test("a monitor that is started again takes the place of the one before", async () => {
    const space = workspace();
    const live = space.live();
    live.monitorSystem({ interval: 0.005, samples: 1, directories: { first: "/" } });
    live.monitorSystem({ interval: 0.005, samples: 1, directories: { second: "/" } });
    while (live.summaryOf("system/disk/usage (%)/second") === undefined) await new Promise(setImmediate);
    live.end();
    expect(live.summaryOf("system/disk/usage (%)/first")).toBeUndefined();
  });
});

describe("a folder again", () => {
  test("a new run has nothing of the one before", () => {
    const space = workspace();
    const first = space.live({ report: "html" });
    first.logMetrics({ loss: 1, "train/acc": 0.5 });
    first.logParam("lr", 1);
    first.logImage("a", pixel(0));
    first.logPlot("p", [{ x: 1, y: 1 }], { x: "x", y: "y" });
    first.logClassification("roc", [0, 1], [0, 1]);
    first.nextStep();
    first.end();
    writeFileSync(space.path("live/mine.txt"), "");
    const second = space.live();
    expect(space.files("live")).toEqual(["mine.txt"]);
    second.end();
    expect(space.files("live")).toEqual(["metrics.json", "mine.txt"]);
    expect(space.read("live/metrics.json")).toBe("{}\n");
  });
});

describe("dvc.yaml", () => {
  test("is written with the first step, and not touched while it says the same", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("loss", 1);
    expect(space.exists("dvc.yaml")).toBe(false);
    live.nextStep();
    const { ino, mtimeMs } = statSync(space.path("dvc.yaml"));
    live.logMetric("loss", 2);
    live.nextStep();
    live.makeDvcyaml();
    live.end();
    expect(statSync(space.path("dvc.yaml"))).toMatchObject({ ino, mtimeMs });
  });

  test("lists the runs of two folders, each by its own entries", () => {
    const space = workspace();
    for (const dir of ["one", "one-more"]) {
      const live = space.live({ dir });
      live.logMetric("loss", 1);
      live.logParam("lr", 1);
      live.end();
    }
    const again = space.live({ dir: "one" });
    again.logMetric("loss", 1);
    again.end();
    expect(space.read("dvc.yaml")).toBe(
      "params:\n- one-more/params.yaml\nmetrics:\n- one/metrics.json\n- one-more/metrics.json\n" +
        "plots:\n- one/plots/metrics:\n    x: step\n- one-more/plots/metrics:\n    x: step\n",
    );
  });
});

describe("steps", () => {
  test("a loop may count in steps of its own", () => {
    const space = workspace();
    const live = space.live();
    for (const step of [0, 62, 1000]) {
      live.step = step;
      expect(live.step).toBe(step);
      live.logMetric("loss", step);
      live.makeSummary();
      expect(space.json("live/metrics.json")).toEqual({ loss: step, step });
    }
    live.end();
    expect(space.history("loss")).toBe("step\tloss\n0\t0\n62\t62\n1000\t1000\n");
  });

  test("a block without steps writes values and report, and no step; ending it inside does nothing", async () => {
    const space = workspace();
    const options = { cwd: space.root, env: {}, report: "html" } as const;
    await Live.run(options, (live) => {
      live.summary["score"] = 1;
      live.end();
      expect(space.files("live")).toEqual([]);
      expect(live.status).toBe("running");
    });
    expect(space.files("live")).toEqual(["metrics.json", "report.html"]);
    expect(space.json("live/metrics.json")).toEqual({ score: 1 });
  });
});

test.each<[value: unknown, yaml: string]>([
  ["text", "p: text\n"],
  [1, "p: 1\n"],
  [0.5, "p: 0.5\n"],
  [true, "p: true\n"],
  [null, "p:\n"],
  [[1, "a", [true]], "p:\n- 1\n- a\n- - true\n"],
  [{ a: { b: 1 } }, "p:\n  a:\n    b: 1\n"],
  [new Map([["a", [{ b: 1 }]]]), "p:\n  a:\n  - b: 1\n"],
  [10n ** 20n, "p: 100000000000000000000\n"],
  [new Date(0), "p: 1970-01-01\n"],
])("a param that is %o", (value, yaml) => {
  const space = workspace();
  const live = space.live();
  live.logParam("p", value);
  expect(space.read("live/params.yaml")).toBe(yaml);
  live.end();
});
