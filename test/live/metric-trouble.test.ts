import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InvalidDataTypeError, MetricConflictError } from "@waymark/live";
import { workspace } from "./support.ts";

describe("what cannot be logged", () => {
  test.for([null, undefined, {}, [1], new Date(0), Symbol("x")])(
    "a value of another kind throws and writes nothing: %s",
    (value) => {
      const space = workspace();
      const live = space.live({ dvcyaml: false });
      expect(() => live.logMetric("x", value as never)).toThrow(InvalidDataTypeError);
      live.end();
      expect(space.read("live/metrics.json")).toBe("{}\n");
      expect(space.files("live")).toEqual(["metrics.json"]);
    },
  );

  test("the error names the data and its type", () => {
    const live = workspace().live();
    expect(() => live.logMetric("weights", [1] as never)).toThrow("Data 'weights' has not supported type Array");
  });

  test.for(["", "/abs", "../x", "a/../x", "a//b", "./b", "tr/", "step", "x/step", "x/timestamp", "nul\0"])(
    "a name that would leave its folder or break its history throws: %j",
    (name) => {
      const space = workspace();
      const live = space.live({ dvcyaml: false });
      expect(() => live.logMetric(name, 1)).toThrow(expect.objectContaining({ code: "INVALID_METRIC_NAME" }));
      live.nextStep();
      live.end();
      expect(space.files("live")).toEqual(["metrics.json"]);
    },
  );

  test("a name is either a metric or a group of metrics", () => {
    const live = workspace().live();
    live.logMetric("p", 1);
    expect(() => live.logMetric("p/q", 1)).toThrow(MetricConflictError);
    live.logMetric("r/s", 1);
    expect(() => live.logMetric("r", 1)).toThrow(MetricConflictError);
  });

  test("logMetrics logs all of them or none", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    expect(() => live.logMetrics({ good: 1, bad: null as never })).toThrow(InvalidDataTypeError);
    live.nextStep();
    expect(space.read("live/metrics.json")).toBe('{\n    "step": 0\n}\n');
    live.logMetrics({ a: 1, b: 2 }, { step: 9 });
    live.nextStep();
    expect(space.history("b")).toBe("step\tb\n9\t2\n");
  });

  test("names made of what other systems forbid are escaped in the file and kept in the header", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("gpu: usage (%)", 1);
    live.logMetric("__proto__", 3);
    live.nextStep();
    live.end();
    expect(space.read("live/plots/metrics/gpu%3A usage (%).tsv")).toBe("step\tgpu: usage (%)\n0\t1\n");
    expect(space.read("live/metrics.json")).toContain('"__proto__": 3');
  });

  test.for([Number.NaN, Infinity, "3", null])("a step that cannot be written throws: %s", (step) => {
    const live = workspace().live();
    expect(() => {
      live.step = step as number;
    }).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(() => live.logMetric("x", 1, { step: step as number })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});

describe("trouble on disk", () => {
  test("a folder removed under the run is made anew, with one warning", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    live.logMetric("x", 1);
    live.nextStep();
    rmSync(space.path("live"), { recursive: true });
    live.makeSummary();
    for (let step = 0; step < 3; step += 1) {
      live.logMetric("x", 2);
      live.nextStep();
    }
    live.end();
    expect(space.history("x")).toBe("step\tx\n1\t2\n2\t2\n3\t2\n");
    expect(space.warnings).toHaveLength(1);
  });

  test("a history that cannot be written keeps its rows until it can, and says so once", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    writeFileSync(space.path("live/plots"), "in the way", { flag: "wx" });
    for (let step = 0; step < 3; step += 1) {
      live.logMetric("x", step);
      live.nextStep();
    }
    expect(space.warnings).toHaveLength(1);
    rmSync(space.path("live/plots"));
    live.logMetric("x", 3);
    live.nextStep();
    expect(space.history("x")).toBe("step\tx\n0\t0\n1\t1\n2\t2\n3\t3\n");
    expect(space.messages.at(-1)).toContain("no point is missing");
  });

  test("rows that never reached the disk are counted when the run ends", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    writeFileSync(space.path("live/plots"), "in the way");
    for (let step = 0; step < 3; step += 1) {
      live.logMetric("x", step);
      live.nextStep();
    }
    live.end();
    expect(space.warnings.at(-1)).toBe("3 points could not be written and are missing.");
  });

  test("a folder that is a file is a clear error", () => {
    const space = workspace();
    writeFileSync(space.path("live"), "");
    expect(() => space.live()).toThrow(expect.objectContaining({ code: "UNUSABLE_FOLDER" }));
  });
});
