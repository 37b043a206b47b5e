import { appendFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { processIdentity } from "@waymark/files";
import { groupImages } from "../../viewer/src/server/live-folder/images.ts";
import { parseKeptCheckpoints } from "../../viewer/src/server/live-folder/kept-checkpoints.ts";
import { metricNameOf } from "../../viewer/src/server/live-folder/metric-name.ts";
import { flattenParamValues } from "../../viewer/src/server/live-folder/params.ts";
import { parseRunFile } from "../../viewer/src/server/live-folder/parse-run-file.ts";
import { parsePlotSettings } from "../../viewer/src/server/live-folder/plot-settings.ts";
import { RunClock } from "../../viewer/src/server/live-folder/run-clock.ts";
import { RunPace } from "../../viewer/src/server/live-folder/run-pace.ts";
import { judgeRun } from "../../viewer/src/server/live-folder/run-state.ts";
import { SmallFile } from "../../viewer/src/server/live-folder/small-file.ts";
import { readStepFile } from "../../viewer/src/server/live-folder/step-file.ts";
import { flattenSummaryValues } from "../../viewer/src/server/live-folder/summary.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";

describe("groupImages", () => {
  const files = (...paths: string[]) => paths.map((path) => ({ path, version: "v" }));

  it("makes one image of the steps in a folder, in step order, and leaves single images alone", () => {
    const images = groupImages(
      files("a/10.png", "a/9.jpg", "a/b/007.gif", "cm.PNG", "x.txt", "1.svg"),
      "plots/images",
      false,
    );
    expect(images.map(({ name, frames }) => [name, frames.map(({ step }) => step)])).toEqual([
      ["1.svg", [null]],
      ["a", [9, 10]],
      ["a/b", [7]],
      ["cm.PNG", [null]],
    ]);
  });

  it("reads the older layout, with a folder per step", () => {
    expect(groupImages(files("3/a.png", "12/a.png", "b.png"), "images", true)).toMatchObject([
      { name: "a.png", frames: [{ step: 3, path: "images/3/a.png" }, { step: 12 }] },
      { name: "b.png", frames: [{ step: null }] },
    ]);
  });

  it("thins a very long list evenly and keeps its ends", () => {
    const [image] = groupImages(files(...Array.from({ length: 5000 }, (_, i) => `a/${i}.png`)), "i", false);
    expect(image?.frames).toHaveLength(1000);
    expect([image?.frames[0]?.step, image?.frames.at(-1)?.step]).toEqual([0, 4999]);
  });
});

describe("RunClock", () => {
  it("gives back the times it was told, and never runs backwards between them", () => {
    const anchors = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 5000 })), {
      minLength: 2,
      maxLength: 50,
    });
    fc.assert(
      fc.property(anchors, (gaps) => {
        const clock = new RunClock();
        let step = 0;
        let timeMs = 1e12;
        const told = gaps.map(([stepGap, timeGap]) => [(step += stepGap), (timeMs += timeGap)] as const);
        for (const [at, ms] of told) clock.note(at, ms);
        for (const [at, ms] of told) expect(clock.timeAt(at)).toBeCloseTo(ms, 3);
        const times = Array.from({ length: step + 20 }, (_, at) => clock.timeAt(at));
        expect(times.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0))).toBe(true);
      }),
    );
  });

  it("forgets what lies after a step that comes again", () => {
    const clock = new RunClock();
    clock.note(0, 1000);
    clock.note(10, 2000);
    const { generation } = clock;
    clock.note(5, 5000);
    expect(clock.lastStep).toBe(5);
    expect(clock.generation).toBeGreaterThan(generation);
    expect(clock.timeAt(5)).toBe(5000);
  });

  it("stays small however long a run is", () => {
    const clock = new RunClock();
    for (let step = 0; step < 50_000; step++) clock.note(step, step * 10);
    expect(clock.timeAt(49_999)).toBe(499_990);
    expect(clock.timeAt(12_345)).toBeCloseTo(123_450);
  });
});

describe("judgeRun", () => {
  const file = parseRunFile(JSON.stringify({ ...processIdentity(), status: "running" }));
  const unknown = { foreignPid: undefined, overMs: undefined };
  const pulse = { nowMs: 1_000_000, lastDataMs: 1_000_000, announcedMs: 0, intervalMs: 1000, ...unknown };

  it("believes an ended run, and a running one only while its process is there", () => {
    expect(judgeRun(file, pulse)).toEqual({ state: "running", reason: null });
    expect(judgeRun({ ...file, status: "failed", reason: "why" }, pulse)).toEqual({ state: "failed", reason: "why" });
    expect(judgeRun({ ...file, processStart: "1" }, pulse)).toEqual({
      state: "interrupted",
      reason: "process ended without finishing",
    });
    expect(judgeRun({ ...file, host: "elsewhere", pid: 1 }, pulse).state).toBe("running");
  });

  it("calls it stalled after five usual intervals, but gives it ten seconds at least", () => {
    expect(judgeRun(file, { ...pulse, lastDataMs: pulse.nowMs - 9000 }).state).toBe("running");
    expect(judgeRun(file, { ...pulse, lastDataMs: pulse.nowMs - 11_000 }).state).toBe("stalled");
    expect(judgeRun(file, { ...pulse, lastDataMs: pulse.nowMs - 11_000, intervalMs: 3000 }).state).toBe("running");
  });

  it("judges folders of other loggers by the process they name, or by how fresh they are", () => {
    expect(judgeRun(undefined, pulse).state).toBe("running");
    expect(judgeRun(undefined, { ...pulse, lastDataMs: 0 }).state).toBe("unknown");
    expect(judgeRun(undefined, { ...pulse, lastDataMs: 0, foreignPid: process.pid }).state).toBe("stalled");
    expect(judgeRun(undefined, { ...pulse, foreignPid: process.pid }).state).toBe("running");
  });

  it("takes nothing for a sign of life that a run wrote which is over", () => {
    const late = { ...pulse, nowMs: pulse.nowMs + 100 };
    expect(judgeRun(undefined, { ...late, overMs: pulse.lastDataMs + 50 }).state).toBe("unknown");
    expect(judgeRun(undefined, { ...late, overMs: pulse.lastDataMs - 50 }).state).toBe("running");
    expect(judgeRun(undefined, { ...late, overMs: pulse.lastDataMs + 50, foreignPid: process.pid }).state).toBe(
      "running",
    );
    // The clock was an hour ahead when that run ended.
    expect(judgeRun(undefined, { ...late, overMs: pulse.lastDataMs + 3_600_000 }).state).toBe("running");
  });
});

describe("RunPace", () => {
  it("learns the usual interval per step, and is not confused by a resume", () => {
    const pace = new RunPace();
    expect(pace.intervalMs).toBeUndefined();
    pace.note(0, 1000);
    pace.note(10, 2000);
    expect(pace.intervalMs).toBe(100);
    pace.note(5, 900_000);
    expect(pace.intervalMs).toBe(100);
    pace.note(6, 900_200);
    expect(pace.intervalMs).toBeCloseTo(120);
  });
});

describe("small readers", () => {
  it("read a run file with missing and odd fields, and refuse what is none", () => {
    expect(parseRunFile('{"status": "running", "pid": "x", "goals": {"__proto__": "min", "a": 3}}')).toMatchObject({
      pid: 0,
      experimentName: null,
      command: [],
    });
    for (const text of ["", "[]", "{}", '{"status": "done"}']) expect(() => parseRunFile(text)).toThrow(SyntaxError);
  });

  it("read the step file, and not one that is half written", () => {
    const run = new FakeRun(projectFolder());
    run.step(12, 34_567);
    const path = `${run.path}/.waymark/step`;
    expect(readStepFile(path)).toEqual({ step: 12, timeMs: 34_567 });
    for (const text of ["", "12", "12 345", "x y\n"]) {
      run.write(".waymark/step", text);
      expect(readStepFile(path)).toBeUndefined();
    }
    expect(readStepFile(`${path}-not-there`)).toBeUndefined();
  });

  it("read a file again only when it changed, and keep the last good content of a broken one", () => {
    const run = new FakeRun(projectFolder());
    const file = new SmallFile<unknown>(`${run.path}/x.json`, JSON.parse);
    expect([file.refresh(), file.value]).toEqual([false, undefined]);
    run.write("x.json", "[1]");
    expect([file.refresh(), file.refresh(), file.value]).toEqual([true, false, [1]]);
    appendFileSync(file.path, "[");
    expect([file.refresh(), file.value]).toEqual([true, [1]]);
    expect(file.problem).toMatch(/JSON/);
    run.write("x.json", "x".repeat(11 * 1024 * 1024));
    expect([file.refresh(), file.problem]).toEqual([true, "too large (11534336 bytes, at most 10485760)"]);
  });

  it("flatten params with dots and summaries with slashes, whatever the keys are called", () => {
    expect({ ...flattenParamValues({ a: { b: [1, { c: 2 }], d: null }, e: Infinity, f: true }) }).toEqual({
      "a.b": '[1,{"c":2}]',
      "a.d": null,
      e: "Infinity",
      f: true,
    });
    const { step, values } = flattenSummaryValues({ train: { loss: 0.5 }, note: "x", step: 3, list: [1] });
    expect([step, [...values]]).toEqual([
      3,
      [
        ["train/loss", 0.5],
        ["note", "x"],
      ],
    ]);
  });

  it("name metrics by their path, with escapes undone", () => {
    expect(metricNameOf("train/loss.tsv")).toBe("train/loss");
    expect(metricNameOf("a%3Ab.csv")).toBe("a:b");
    expect(metricNameOf("notes.txt")).toBeUndefined();
  });

  it("read plot settings as a list and as a mapping", () => {
    const list = "plots:\n- live/a.json:\n    x: v\n- live/plots/images\n";
    expect([...parsePlotSettings(list, "/p/dvc.yaml").keys()]).toContain("/p/live/a.json");
    expect(parsePlotSettings("plots:\n  ../b.json:\n    x: v\n", "/p/q/dvc.yaml").get("/p/b.json")).toEqual({ x: "v" });
  });

  it("list checkpoints that were kept outside Git, without those that make no sense", () => {
    const text =
      '{"checkpoints": [{"step": 3, "time": "2026-01-02T00:00:00Z", "status": "finished"}, {"step": "x"}, 7]}';
    expect(parseKeptCheckpoints(text)).toEqual([
      { step: 3, commit: null, selector: null, isoTime: "2026-01-02T00:00:00Z", status: "finished" },
    ]);
  });
});
