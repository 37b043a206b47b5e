import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { float } from "@waymark/live";
import { RecordingProvider, type Workspace, startScript, workspace } from "./support.ts";

function train(space: Workspace, steps: number, options: Parameters<Workspace["live"]>[0] = {}): void {
  const live = space.live(options);
  for (; live.step < steps; live.nextStep()) live.logMetric("loss", 1 / (live.step + 1.5));
  live.end();
}

/** Makes a finished run look like one whose process was killed. */
function pretendKilled(space: Workspace): void {
  writeFileSync(space.path("live/.waymark/run.json"), JSON.stringify({ ...space.run(), status: "running" }));
}

describe("what a resumed run starts from", () => {
  test("a run goes on after its last completed step", () => {
    const space = workspace();
    train(space, 2);
    train(space, 4, { resume: true });
    const once = workspace();
    train(once, 4);
    expect(space.history("loss")).toBe(once.history("loss"));
    expect(space.read("live/metrics.json")).toBe(once.read("live/metrics.json"));
    expect(space.messages.join()).toContain("the next would be 2");
  });

  test("there is nothing to resume the first time", () => {
    const space = workspace();
    const live = space.live({ resume: true });
    expect([live.step, live.isResumed]).toEqual([0, false]);
    expect(space.messages).toEqual([]);
  });

  test("a run whose only completed step is 0 goes on with step 1", () => {
    const space = workspace();
    train(space, 1);
    pretendKilled(space);
    expect(space.live({ resume: true }).step).toBe(1);
  });

  test("params and values that are no metrics are kept, with their kinds of number", () => {
    const space = workspace();
    const first = space.live();
    first.logParams({ lr: float(1), layers: [64, 10], nested: { a: null } });
    first.summary["note"] = "kept";
    first.logMetric("once", float(3), { plot: false });
    first.nextStep();
    first.end();
    const before = [space.read("live/params.yaml"), space.read("live/metrics.json")];
    const second = space.live({ resume: true });
    second.logParam("more", true);
    second.end();
    expect(space.read("live/params.yaml")).toBe(`${before[0]}more: true\n`);
    expect(space.read("live/metrics.json")).toBe(before[1]);
  });

  test("the environment can ask for it, and only yes means yes", () => {
    const space = workspace();
    train(space, 2);
    for (const [name, value, step] of [
      ["DVCLIVE_RESUME", "true", 2],
      ["WAYMARK_RESUME", "yes", 2],
      ["DVCLIVE_RESUME", "disabled", 0],
    ] as const) {
      const live = space.live({ env: { [name]: value }, dvcyaml: false });
      expect([name, live.step]).toEqual([name, step]);
      live.end();
    }
    expect(space.warnings).toEqual(["DVCLIVE_RESUME is 'disabled', which is neither yes nor no: taken as no."]);
  });

  test("a run id stays with a resumed run and changes with a new one", () => {
    const space = workspace();
    train(space, 1);
    const { runId } = space.run();
    train(space, 2, { resume: true });
    expect(space.run().runId).toBe(runId);
    train(space, 1);
    expect(space.run().runId).not.toBe(runId);
  });
});

describe("rows that were never completed", () => {
  test("rows of the step that was going on are removed", () => {
    const space = workspace();
    train(space, 3);
    pretendKilled(space);
    appendFileSync(space.path("live/plots/metrics/loss.tsv"), "3\t0.1\n3\t0.2\n");
    const live = space.live({ resume: true });
    expect(live.step).toBe(3);
    expect(space.history("loss").trimEnd().split("\n")).toHaveLength(4);
  });

  test("a torn last line is removed", () => {
    const space = workspace();
    train(space, 3);
    pretendKilled(space);
    appendFileSync(space.path("live/plots/metrics/loss.tsv"), "3\t0.");
    space.live({ resume: true });
    expect(space.history("loss").endsWith("\n2\t0.2857142857142857\n")).toBe(true);
  });

  test("a history that was made for a step never completed starts over", () => {
    const space = workspace();
    train(space, 2);
    pretendKilled(space);
    writeFileSync(space.path("live/plots/metrics/late.tsv"), "st");
    writeFileSync(space.path("live/plots/metrics/empty.tsv"), "");
    writeFileSync(space.path("live/plots/metrics/begun.tsv"), "step\tbegun\n2\t5\n");
    const live = space.live({ resume: true });
    for (const name of ["late", "empty", "begun"]) live.logMetric(name, 1);
    live.nextStep();
    for (const name of ["late", "empty", "begun"]) expect(space.history(name)).toBe(`step\t${name}\n2\t1\n`);
  });

  test("the summary tells the last completed value, also when it was published before the kill", () => {
    const space = workspace();
    train(space, 2);
    pretendKilled(space);
    const summary = { loss: 9, unfinished: 4, step: 1 };
    writeFileSync(space.path("live/metrics.json"), JSON.stringify(summary));
    writeFileSync(space.path("live/plots/metrics/unfinished.tsv"), "step\tunfinished\n2\t4\n");
    const live = space.live({ resume: true });
    live.makeSummary();
    expect(space.json("live/metrics.json")).toEqual({ loss: 0.4, step: 2 });
  });

  test("step numbers that go back, or are the script's own, survive", () => {
    const space = workspace();
    const first = space.live();
    for (let step = 0; step < 6; step += 1) {
      first.logMetric("a", step);
      first.nextStep();
    }
    first.step = 0;
    for (let step = 0; step < 3; step += 1) {
      first.logMetric("b", step);
      first.logMetric("batch", step, { step: step * 100 });
      first.nextStep();
    }
    first.end();
    pretendKilled(space);
    const before = ["a", "b", "batch"].map((name) => space.history(name));
    for (const name of ["b", "batch"]) appendFileSync(space.path(`live/plots/metrics/${name}.tsv`), "300\t7\n");
    const second = space.live({ resume: true });
    expect(second.step).toBe(3);
    expect(["a", "b", "batch"].map((name) => space.history(name))).toEqual(before);
  });

  test("a folder of another writer is cut by its step numbers", () => {
    const space = workspace();
    mkdirSync(space.path("live/plots/metrics"), { recursive: true });
    writeFileSync(space.path("live/metrics.json"), '{\n    "loss": 3.0,\n    "step": 1\n}\n');
    writeFileSync(
      space.path("live/plots/metrics/loss.tsv"),
      "timestamp\tstep\tloss\n1\t0\t1.0\n2\t1\t2.0\n3\t2\t3.0\n",
    );
    writeFileSync(space.path("live/plots/metrics/batch.tsv"), "step\tbatch\n0\t1\n500\t2\n");
    const live = space.live({ resume: true, dvcyaml: false, effects: { nowMs: () => 4 } });
    expect(live.step).toBe(2);
    live.logMetric("loss", 5);
    live.nextStep();
    live.end();
    expect(space.history("loss")).toBe("timestamp\tstep\tloss\n1\t0\t1.0\n2\t1\t2.0\n4\t2\t5.0\n");
    expect(space.history("batch")).toBe("step\tbatch\n0\t1\n500\t2\n");
  });

  test("a finished run keeps what was logged behind its last step, until the loop repeats it", () => {
    const space = workspace();
    train(space, 2);
    const first = space.live({ resume: true });
    first.logMetric("test/acc", 0.5);
    first.end();
    const second = space.live({ resume: true });
    expect(space.history("test/acc")).toBe("step\tacc\n2\t0.5\n");
    second.logMetric("test/acc", 0.75);
    second.nextStep();
    second.end();
    expect(space.history("test/acc")).toBe("step\tacc\n2\t0.75\n");
  });

  test("append mode keeps every row, as DVCLive does", () => {
    const space = workspace();
    train(space, 1);
    appendFileSync(space.path("live/plots/metrics/loss.tsv"), "1\t9.0\n");
    train(space, 2, { resume: true, resumeMode: "append" });
    expect(
      space
        .history("loss")
        .split("\n")
        .map((row) => row.split("\t")[0]),
    ).toEqual(["step", "0", "1", "0", "1", ""]);
  });

  test("a summary that cannot be read warns and the histories still tell", () => {
    const space = workspace();
    train(space, 3);
    pretendKilled(space);
    truncateSync(space.path("live/metrics.json"), 5);
    const live = space.live({ resume: true });
    expect(live.step).toBe(3);
    expect(space.warnings).toHaveLength(1);
    live.end();
    expect(space.json("live/metrics.json")).toEqual({ loss: 1 / 3.5, step: 2 });
  });
});

describe("a new run in a used folder", () => {
  test("removes what the earlier run wrote and nothing else", () => {
    const space = workspace();
    mkdirSync(space.path("live/plots/images"), { recursive: true });
    mkdirSync(space.path("live/artifacts"));
    mkdirSync(space.path("live/sub"));
    const kept = ["live/notes.txt", "live/artifacts/m.bin", "live/sub/dvc.yaml", "live/xdvc.yaml", "dvc.yaml"];
    const gone = ["live/metrics.json", "live/params.yaml", "live/report.html", "live/report.md", "live/dvc.yaml"];
    const images = ["live/plots/images/0.png", "live/plots/images.dvc"];
    for (const path of [...kept, ...gone, ...images]) writeFileSync(space.path(path), "");
    writeFileSync(space.path("live/plots/.gitignore"), "/images\n");
    space.live({ dvcyaml: false });
    expect(kept.filter((path) => !space.exists(path))).toEqual([]);
    expect([...gone, ...images, "live/plots/.gitignore"].filter((path) => space.exists(path))).toEqual([]);
  });

  test("what a user added to the dvc.yaml inside of the folder stays", () => {
    const space = workspace();
    const first = space.live({ dvcyaml: "live/dvc.yaml" });
    first.logMetric("loss", 1);
    first.end();
    expect(space.read("live/dvc.yaml")).toContain("metrics.json");
    appendFileSync(space.path("live/dvc.yaml"), "# mine\nstages:\n  train:\n    cmd: node train.js\n");
    space.live({ dvcyaml: false });
    expect(space.read("live/dvc.yaml").trim()).toBe("# mine\nstages:\n  train:\n    cmd: node train.js");
  });

  test("the folder of another logger is known by its metrics", () => {
    const space = workspace();
    mkdirSync(space.path("live"));
    for (const name of ["params.yaml", "metrics.json"]) writeFileSync(space.path("live", name), "{}\n");
    space.live();
    expect(space.exists("live/params.yaml")).toBe(false);
  });

  test.each([
    ["the project itself", ".", ["params.yaml", "metrics.json"]],
    ["a folder with params of the user", "config", ["config/params.yaml"]],
    ["a folder with plots of the user", "paper", ["paper/plots/figure.svg"]],
  ])("%s is refused, with nothing removed from it", (_, dir, files) => {
    const space = workspace();
    for (const file of files) {
      mkdirSync(dirname(space.path(file)), { recursive: true });
      writeFileSync(space.path(file), "lr: 1\n");
    }
    expect(() => space.live({ dir })).toThrow(/would replace (?:params\.yaml|plots)/);
    expect(files.map((file) => space.read(file))).toEqual(files.map(() => "lr: 1\n"));
    expect(space.exists(dir, ".waymark")).toBe(false);
    // To go on in it is said on purpose, and removes nothing.
    space.live({ dir, resume: true }).end();
    expect(files.every((file) => space.exists(file))).toBe(true);
  });

  test("a project without such files can be the folder of its run, again and again", () => {
    const space = workspace();
    for (const value of [1, 2]) {
      const live = space.live({ dir: "." });
      live.logMetric("loss", value);
      live.end();
    }
    expect(space.json("metrics.json")).toEqual({ loss: 2 });
  });

  test.each([[".git"], [".dvc/live"]])("%s is no folder for a run", (dir) => {
    expect(() => workspace().live({ dir })).toThrow("is a folder of the repository");
  });
});

describe("a process that is killed", () => {
  const SCRIPT = `
    import { writeSync } from "node:fs";
    const live = new Live({ resume: true, dvcyaml: false, effects: { warn() {}, inform() {} } });
    const first = live.step;
    const series = Number(process.env.SERIES);
    for (; live.step < 2000; live.nextStep()) {
      for (let one = 0; one < series; one += 1) live.logMetric("s/" + one, Math.sin(live.step * series + one));
      if (live.step % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (live.step === first + 1) writeSync(1, "begun\\n");
      writeSync(2, live.step - 1 + "\\n");
    }
    live.end();
  `;

  test.for([3, 60])("loses no completed step and repeats none, with %i series", async (series) => {
    const env = { SERIES: String(series) };
    const whole = workspace();
    await startScript(whole.root, SCRIPT, env).result;
    const space = workspace();
    for (const delayMs of [3, 9, 21]) {
      const script = startScript(space.root, SCRIPT, env);
      await script.line("begun");
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      script.child.kill("SIGKILL");
      const { stderr, signal } = await script.result;
      expect(signal).toBe("SIGKILL");
      const acknowledged = Number(stderr.trimEnd().split("\n").at(-1));
      const completed = Number(readFileSync(space.path("live/.waymark/step"), "latin1").split(" ")[0]);
      expect(completed).toBeGreaterThanOrEqual(acknowledged);
    }
    const { code } = await startScript(space.root, SCRIPT, env).result;
    expect(code).toBe(0);
    for (let one = 0; one < series; one += 1) expect(space.history(`s/${one}`)).toBe(whole.history(`s/${one}`));
    expect(space.read("live/metrics.json")).toBe(whole.read("live/metrics.json"));
  });
});

describe("with a tracker", () => {
  test("the files it restored are the truth, and the loop goes on after its step", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    train(space, 5, { tracker: provider });
    provider.opening = () => {
      // What a checkpoint of step 2 holds.
      writeFileSync(space.path("live/plots/metrics/loss.tsv"), "step\tloss\n0\t0.5\n1\t0.25\n2\t0.125\n");
      writeFileSync(space.path("live/metrics.json"), '{\n    "loss": 0.125,\n    "step": 2\n}\n');
      return { resumed: { step: 2, commit: "c".repeat(40), status: "running", restored: ["model.bin"] } };
    };
    const live = space.live({ tracker: provider, resume: true });
    expect(live.step).toBe(3);
    expect(provider.starts.map(({ resume }) => resume)).toEqual([false, true]);
    expect(provider.starts[1]?.previous).toEqual({ experimentName: "brave-bat", baseline: "b".repeat(40) });
    live.logMetric("loss", 2);
    live.nextStep();
    live.end();
    expect(space.history("loss")).toBe("step\tloss\n0\t0.5\n1\t0.25\n2\t0.125\n3\t2.0\n");
  });

  test("rows behind the checkpoint it restored are removed", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    train(space, 5, { tracker: provider });
    // The end of an interrupted run: its histories go further than its checkpoint.
    provider.opening = () => ({ resumed: { step: 2, commit: "c".repeat(40), status: "interrupted", restored: [] } });
    expect(space.live({ tracker: provider, resume: true }).step).toBe(3);
    expect(space.history("loss").trimEnd().split("\n")).toHaveLength(4);
  });

  test("a name asks for a certain checkpoint", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    space.live({ tracker: provider, resume: "brave-bat@4" }).end();
    space.live({ tracker: provider, env: { WAYMARK_RESUME: "calm-cod" } }).end();
    expect(provider.starts.map(({ resume, resumeFrom }) => [resume, resumeFrom])).toEqual([
      [true, "brave-bat@4"],
      [true, "calm-cod"],
    ]);
  });

  test("without a checkpoint the run goes on after its last completed step", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    train(space, 2, { tracker: provider });
    pretendKilled(space);
    rmSync(space.path("dvc.yaml"));
    expect(space.live({ tracker: provider, resume: true }).step).toBe(2);
  });
});
