import { describe, expect, test } from "vitest";
import { float } from "@waymark/live";
import { workspace } from "./support.ts";

describe("the summary", () => {
  test("step stands where it came first: behind the metrics of the first step", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("train/loss", 0.5);
    live.nextStep();
    live.logMetric("train/loss", 0.2);
    live.logMetric("late", 1);
    live.nextStep();
    live.logMetric("final", float(1), { plot: false });
    live.end();
    expect(space.read("live/metrics.json")).toBe(`{
    "train": {
        "loss": 0.2
    },
    "step": 1,
    "late": 1,
    "final": 1.0
}
`);
  });

  test("values a script puts there are written as well", () => {
    const space = workspace();
    const live = space.live();
    live.summary["note"] = "hand-made";
    live.makeSummary();
    expect(space.read("live/metrics.json")).toBe('{\n    "note": "hand-made"\n}\n');
  });

  test("a value that cannot be written warns once and leaves the file whole", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("a", 1);
    live.makeSummary();
    live.summary["bad"] = Symbol("x");
    live.makeSummary();
    live.makeSummary();
    expect(space.read("live/metrics.json")).toBe('{\n    "a": 1\n}\n');
    expect(space.warnings).toHaveLength(1);
  });

  test("setting a step alone gives a summary of the step and no plots", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    live.step = 2;
    live.end();
    expect(space.files("live")).toEqual(["metrics.json"]);
    expect(space.read("live/metrics.json")).toBe('{\n    "step": 2\n}\n');
  });

  test("end tells the last complete step, not the one that was only begun", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("x", 1);
    live.nextStep();
    live.end();
    expect(space.json("live/metrics.json")).toEqual({ x: 1, step: 0 });
    expect(live.step).toBe(0);
  });
});
