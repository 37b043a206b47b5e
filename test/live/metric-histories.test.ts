import { describe, expect, test } from "vitest";
import { float, int } from "@waymark/live";
import { workspace } from "./support.ts";

describe("histories", () => {
  test("a step appends one row per metric, under a header with the last part of the name", () => {
    const space = workspace();
    const live = space.live();
    for (let epoch = 0; epoch < 3; epoch += 1) {
      live.logMetric("train/loss", 1 / (epoch + 1.5));
      live.logMetric("epoch", epoch);
      live.nextStep();
    }
    expect(space.history("train/loss")).toBe("step\tloss\n0\t0.6666666666666666\n1\t0.4\n2\t0.2857142857142857\n");
    expect(space.history("epoch")).toBe("step\tepoch\n0\t0\n1\t1\n2\t2\n");
  });

  test("a row is on disk when nextStep returns, and not before", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("loss", 0.5);
    expect(space.exists("live/plots/metrics/loss.tsv")).toBe(false);
    live.nextStep();
    expect(space.history("loss")).toBe("step\tloss\n0\t0.5\n");
  });

  test("a metric seen once with a fraction is written as a float from then on", () => {
    const space = workspace();
    const live = space.live();
    for (const value of [1, 0.5, 2, -0, 1e15, 1e16, 1e22, 1e-5, 123456789012345680]) {
      live.logMetric("x", value);
      live.nextStep();
    }
    live.end();
    expect(
      space
        .history("x")
        .split("\n")
        .map((row) => row.split("\t")[1]),
    ).toEqual([
      ...["x", "1", "0.5", "2.0", "-0.0", "1000000000000000.0", "1e+16", "1e+22", "1e-05"],
      ...["1.2345678901234568e+17", undefined],
    ]);
    expect(space.read("live/metrics.json")).toBe('{\n    "x": 1.2345678901234568e+17,\n    "step": 8\n}\n');
  });

  test("float and int say which kind of number is meant", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("f", float(2));
    live.logMetric("i", int(3));
    live.logMetric("big", 10n ** 20n);
    live.logMetric("large", 1e21);
    live.nextStep();
    live.end();
    expect(space.history("f")).toBe("step\tf\n0\t2.0\n");
    expect(space.history("big")).toBe("step\tbig\n0\t100000000000000000000\n");
    expect(space.history("large")).toBe("step\tlarge\n0\t1000000000000000000000\n");
    expect(space.read("live/metrics.json")).toBe(
      '{\n    "f": 2.0,\n    "i": 3,\n    "big": 100000000000000000000,\n    "large": 1000000000000000000000,\n    "step": 0\n}\n',
    );
  });

  test("non-finite numbers, text and booleans are written the way DVC reads them", () => {
    const space = workspace();
    const live = space.live();
    for (const [name, value] of Object.entries({
      nan: Number.NaN,
      inf: Infinity,
      minus: -Infinity,
      word: "a\tb",
      yes: true,
    })) {
      live.logMetric(name, value);
    }
    live.nextStep();
    live.end();
    expect(["nan", "inf", "minus", "word", "yes"].map((name) => space.history(name).split("\n")[1])).toEqual([
      ...["0\tnan", "0\tinf", "0\t-inf", '0\t"a\tb"', "0\tTrue"],
    ]);
    expect(space.json("live/metrics.json")).toEqual({
      nan: "nan",
      inf: "inf",
      minus: "-inf",
      word: "a\tb",
      yes: true,
      step: 0,
    });
  });

  test("a timestamp becomes the first column, for every row of that metric", () => {
    const space = workspace();
    const live = space.live({ effects: { nowMs: () => 1_795_374_227_498.7 } });
    live.logMetric("acc", 0.5, { timestamp: true });
    live.nextStep();
    live.logMetric("acc", 0.75);
    live.logMetric("late", 1, { timestamp: 12 });
    live.nextStep();
    expect(space.history("acc")).toBe("timestamp\tstep\tacc\n1795374227498\t0\t0.5\n1795374227498\t1\t0.75\n");
    expect(space.history("late")).toBe("timestamp\tstep\tlate\n12\t1\t1\n");
  });

  test("plot: false keeps a metric in the summary alone", () => {
    const space = workspace();
    const live = space.live({ dvcyaml: false });
    live.logMetric("final", 0.5, { plot: false });
    live.end();
    expect(space.files("live")).toEqual(["metrics.json"]);
    expect(space.read("live/metrics.json")).toBe('{\n    "final": 0.5\n}\n');
  });

  test("a row may have a step of its own, and steps may go back", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("batch", 1, { step: 100 });
    live.step = 7;
    live.logMetric("a", 1);
    live.nextStep();
    live.step = 2;
    live.logMetric("a", 2);
    live.nextStep();
    expect(live.step).toBe(3);
    expect(space.history("batch")).toBe("step\tbatch\n100\t1\n");
    expect(space.history("a")).toBe("step\ta\n7\t1\n2\t2\n");
  });

  test("two values of one step are two rows", () => {
    const space = workspace();
    const live = space.live();
    live.logMetric("a", 1);
    live.logMetric("a", 2);
    live.nextStep();
    expect(space.history("a")).toBe("step\ta\n0\t1\n0\t2\n");
  });

  test("more series than files may be open are all complete at each step or in the journal", () => {
    const space = workspace();
    const live = space.live();
    for (let step = 0; step < 5; step += 1) {
      for (let series = 0; series < 120; series += 1) live.logMetric(`s/${series}`, step * series);
      live.nextStep();
    }
    live.end();
    for (const series of [0, 35, 36, 119]) {
      const rows = [0, 1, 2, 3, 4].map((step) => `${step}\t${step * series}\n`);
      expect(space.history(`s/${series}`)).toBe(`step\t${series}\n${rows.join("")}`);
    }
  });

  test("far more rows than are buffered are all written, in order", () => {
    const space = workspace();
    const live = space.live();
    for (let row = 0; row < 20_000; row += 1) live.logMetric("x", row);
    live.nextStep();
    expect(
      space
        .history("x")
        .split("\n")
        .slice(1, -1)
        .map((row) => Number(row.split("\t")[1])),
    ).toEqual(Array.from({ length: 20_000 }, (_, row) => row));
  });
});

describe("figures of a metric", () => {
  test("last, min, max, mean and best come with the step they were reached at", () => {
    const live = workspace().live();
    live.defineMetric("loss", { goal: "min" });
    for (const value of [3, 1, 1, 2, Number.NaN]) {
      live.logMetric("loss", value);
      live.logMetric("acc", value, { goal: "max" });
      live.nextStep();
    }
    expect(live.summaryOf("loss")).toEqual({
      ...{ count: 5, last: "nan", lastStep: 4, min: 1, minStep: 1, max: 3, maxStep: 0, mean: 1.75 },
      ...{ best: 1, bestStep: 1 },
    });
    expect(live.summaryOf("acc")).toMatchObject({ best: 3, bestStep: 0 });
    expect(live.summaryOf("other")).toBeUndefined();
  });

  test("a resumed run knows the figures of the rows before it", () => {
    const space = workspace();
    const first = space.live();
    for (const value of [3, 1, 2]) {
      first.logMetric("loss", value, { goal: "min" });
      first.nextStep();
    }
    first.end();
    const second = space.live({ resume: true });
    expect(second.summaryOf("loss")).toMatchObject({ count: 3, last: 2, lastStep: 2, best: 1 });
    expect(second.summaryOf("other")).toBeUndefined();
    second.logMetric("loss", 5);
    expect(second.summaryOf("loss")).toMatchObject({
      count: 4,
      min: 1,
      minStep: 1,
      max: 5,
      maxStep: 3,
      best: 1,
      mean: 2.75,
    });
  });

  test("goals are in the run file, for whoever shows the run", () => {
    const space = workspace();
    space.live().defineMetric("val/acc", { goal: "max" });
    expect(space.run().goals).toEqual({ "val/acc": "max" });
  });
});
