import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { RecordingProvider, type Workspace, temporaryFolder, workspace } from "./support.ts";

async function trainTo(space: Workspace, steps: number, options: Parameters<Workspace["live"]>[0] = {}): Promise<void> {
  const live = space.live(options);
  for (; live.step < steps; live.nextStep()) {
    live.logMetric("loss", 1 / (live.step + 1.5));
    writeFileSync(space.path("model.bin"), `weights after ${live.step}`);
    await live.checkpoint("model.bin");
  }
  live.end();
}

describe("with a tracker", () => {
  test("a checkpoint is asked for when its step is complete on disk", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const seen: string[] = [];
    provider.outcome = ({ step }) => {
      seen.push(space.history("loss"), space.read("live/metrics.json"), space.read("live/params.yaml"));
      return {
        kind: "committed",
        commit: "1".repeat(40),
        experimentName: "brave-bat",
        ref: "r",
        step,
        forkedFrom: undefined,
      };
    };
    const live = space.live({ tracker: provider });
    live.logParam("lr", 0.1);
    live.logMetric("loss", 0.5);
    writeFileSync(space.path("model.bin"), "weights");
    expect(await live.checkpoint("model.bin")).toMatchObject({ kind: "committed", step: 0 });
    expect(seen).toEqual(["step\tloss\n0\t0.5\n", '{\n    "loss": 0.5,\n    "step": 0\n}\n', "lr: 0.1\n"]);
    expect(provider.checkpoints).toEqual([
      {
        step: 0,
        paths: [space.path("model.bin")],
        include: [space.path("live"), space.path("dvc.yaml")],
        summary: { loss: 0.5, step: 0 },
      },
    ]);
    live.nextStep();
    expect(live.step).toBe(1);
    expect(space.history("loss")).toBe("step\tloss\n0\t0.5\n");
  });

  test("the tracker is told what the run is and how to start it again", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    space.live({ tracker: provider, expName: "brave-bat", expMessage: "wider", keep: { kind: "last", count: 2 } });
    expect(provider.starts).toMatchObject([
      {
        cwd: space.root,
        dir: space.path("live"),
        experimentName: "brave-bat",
        message: "wider",
        resume: false,
        resumeFrom: undefined,
        previous: undefined,
        keep: { kind: "last", count: 2 },
      },
    ]);
    expect(provider.starts[0]?.command[0]).toBe("node");
    expect(space.run()).toMatchObject({ experimentName: "brave-bat", baseline: "b".repeat(40) });
  });

  test("every: 3 commits each third step; force commits any", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    await trainTo(space, 7, { tracker: provider, every: 3 });
    expect(provider.checkpoints.map(({ step }) => step)).toEqual([2, 5]);
    expect(provider.ends).toMatchObject([{ step: 6, status: "finished", paths: [space.path("model.bin")] }]);
    const live = space.live({ tracker: provider, every: 3 });
    expect(await live.checkpoint("model.bin")).toEqual({ kind: "skipped", step: 0 });
    expect(await live.checkpoint("model.bin", { force: true })).toMatchObject({ kind: "committed", step: 0 });
  });

  test("a run that did not finish ends with the step of its last checkpoint, and its files as they were then", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const live = space.live({ tracker: provider });
    writeFileSync(space.path("model.bin"), "weights");
    await live.checkpoint("model.bin");
    live.nextStep();
    live.nextStep();
    live.abort("enough");
    expect(provider.ends).toMatchObject([{ step: 0, status: "interrupted", reason: "enough", paths: [] }]);
  });

  test("a checkpoint that cannot be made warns once and training goes on", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    provider.outcome = () => ({ kind: "failed", reason: "the disk is full", hint: "Free some space." });
    const live = space.live({ tracker: provider });
    writeFileSync(space.path("model.bin"), "weights");
    expect(await live.checkpoint("model.bin")).toMatchObject({ kind: "failed" });
    live.nextStep();
    await live.checkpoint("model.bin");
    expect(space.warnings).toEqual([
      "The checkpoint of step 0 was not made: the disk is full. Free some space. Training goes on.",
    ]);
    live.end();
  });

  test("a tracker that throws is a failed checkpoint as well", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    provider.outcome = () => {
      throw new Error("broken");
    };
    const live = space.live({ tracker: provider });
    expect(await live.checkpoint()).toMatchObject({ kind: "failed" });
    live.end();
    expect(space.run().status).toBe("finished");
  });

  test("a file that is not there is named", async () => {
    const space = workspace();
    const live = space.live({ tracker: new RecordingProvider() });
    expect(await live.checkpoint(["model.bin"])).toEqual({
      kind: "failed",
      reason: "'model.bin' does not exist",
      hint: undefined,
    });
  });

  test.for([7, null, [""], [3], ".", "live"])("paths that are none throw: %j", async (paths) => {
    await expect(
      workspace()
        .live()
        .checkpoint(paths as never),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^INVALID_(?:DATA_TYPE|OPTION)$/) });
  });

  test("a second path beside the first throws, instead of being left out", async () => {
    const live = workspace().live();
    const inPlainJavaScript: (...paths: string[]) => Promise<unknown> = live.checkpoint.bind(live) as never;
    await expect(inPlainJavaScript("a.bin", "b.bin")).rejects.toThrow("Option 'options' cannot be");
    live.end();
  });

  test("a run that went on under a new name is known by it, and that is said", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    provider.outcome = ({ step }) => ({
      ...{ kind: "committed", commit: "1".repeat(40), experimentName: "calm-cod", ref: "r", step },
      forkedFrom: "brave-bat@3",
    });
    const live = space.live({ tracker: provider });
    await live.checkpoint();
    expect(live.experimentName).toBe("calm-cod");
    expect(space.run().experimentName).toBe("calm-cod");
    expect(space.messages.join()).toContain("goes on as calm-cod; brave-bat@3 stays");
  });

  test("nothing is asked of it with saveExp: false, under a runner, or when a pipeline is reproduced", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    space.live({ tracker: provider, saveExp: false }).end();
    space.live({ tracker: provider, env: { DVC_ROOT: space.root, DVC_EXP_BASELINE_REV: "b".repeat(40) } }).end();
    expect(space.warnings).toEqual([]);
    space.live({ tracker: provider, env: { DVC_ROOT: space.root } }).end();
    expect(provider.starts).toEqual([]);
    expect(space.warnings.join()).toContain("Use `exp run`");
  });

  test("what it has to say when it cannot track is said once", () => {
    const space = workspace();
    const live = space.live({
      tracker: { open: () => ({ kind: "untracked", reason: "no-git", message: "No Git repository here." }) },
    });
    live.nextStep();
    expect(space.warnings).toEqual(["No Git repository here."]);
  });
});

describe("outside Git", () => {
  test("the files are kept, listed, and said to be once", async () => {
    const space = workspace();
    await trainTo(space, 2);
    expect(space.json("live/checkpoints.json")).toMatchObject({
      schema: 1,
      checkpoints: [
        { step: 0, paths: ["../model.bin"] },
        { step: 1, paths: ["../model.bin"], status: "finished" },
      ],
    });
    expect(space.read("live/.waymark/checkpoints/0/0-model.bin")).toBe("weights after 0");
    expect(space.warnings).toEqual([
      "Checkpoints are not committed, because no Git repository can hold them: copies are kept in 'live/.waymark/checkpoints'.",
    ]);
  });

  test("resuming puts the files of the last checkpoint back and goes on behind it", async () => {
    const space = workspace();
    const once = workspace();
    await trainTo(once, 6);
    await trainTo(space, 3);
    const live = space.live({ resume: true });
    live.logMetric("loss", 99);
    live.nextStep();
    live.logMetric("late", 1);
    writeFileSync(space.path("model.bin"), "half-wri");
    live.abort("killed");
    await trainTo(space, 6, { resume: true });
    expect(space.read("live/.waymark/checkpoints/3/0-model.bin")).toBe("weights after 3");
    expect(space.history("loss")).toBe(once.history("loss"));
    expect(space.read("live/metrics.json")).toBe(once.read("live/metrics.json"));
    expect(space.read("model.bin")).toBe("weights after 5");
  });

  test("a certain checkpoint can be chosen; those after it are gone", async () => {
    const space = workspace();
    mkdirSync(space.path("model"));
    const first = space.live();
    for (; first.step < 4; first.nextStep()) {
      first.logMetric("x", first.step, { step: first.step * 10 });
      writeFileSync(space.path("model/weights"), String(first.step));
      await first.checkpoint(["model"]);
    }
    first.end();
    const second = space.live({ resume: "@1" });
    expect(second.step).toBe(2);
    expect(space.read("model/weights")).toBe("1");
    expect(space.history("x")).toBe("step\tx\n0\t0\n10\t1\n");
    expect(readdirSync(space.path("live/.waymark/checkpoints"))).toEqual(["0", "1"]);
  });

  test("policies say which checkpoints stay: the newest, or the newest and the best", async () => {
    const space = workspace();
    const kept = (): number[] =>
      (space.json("live/checkpoints.json") as { checkpoints: { step: number }[] }).checkpoints.map(({ step }) => step);
    await trainTo(space, 5, { keep: 2 });
    expect(kept()).toEqual([3, 4]);
    expect(readdirSync(space.path("live/.waymark/checkpoints"))).toEqual(["3", "4"]);
    await trainTo(space, 5, { keep: { kind: "best", metric: "loss", goal: "max" } });
    expect(kept()).toEqual([0, 4]);
  });

  test("a new run starts without the checkpoints of the last", async () => {
    const space = workspace();
    await trainTo(space, 2);
    space.live();
    expect(space.exists("live/checkpoints.json")).toBe(false);
    expect(space.exists("live/.waymark/checkpoints")).toBe(false);
  });
});

describe("under a runner", () => {
  function answering(answer: (request: { step: number; paths: string[] }, folder: string) => void): string {
    const folder = temporaryFolder();
    const seen = new Set<string>();
    const look = (): void => {
      for (const name of readdirSync(folder)) {
        if (!name.startsWith("request-") || seen.has(name)) continue;
        seen.add(name);
        answer(JSON.parse(readFileSync(join(folder, name), "utf8")) as { step: number; paths: string[] }, folder);
      }
    };
    const watcher = watch(folder, look);
    onTestFinished(() => watcher.close());
    return folder;
  }

  test("the runner is asked and its commit is the answer", async () => {
    const space = workspace();
    writeFileSync(space.path("model.bin"), "weights");
    const asked: unknown[] = [];
    const folder = answering((request, at) => {
      asked.push(request);
      const answer = { commit: "d".repeat(40), experimentName: "brave-bat", ref: "refs/exps/x", forkedFrom: null };
      writeFileSync(join(at, `done-${request.step}.json`), JSON.stringify(answer));
    });
    const live = space.live({ env: { WAYMARK_CHECKPOINT_DIR: folder }, tracker: new RecordingProvider() });
    expect(await live.checkpoint("model.bin")).toEqual({
      ...{ kind: "committed", commit: "d".repeat(40), experimentName: "brave-bat", ref: "refs/exps/x" },
      ...{ step: 0, forkedFrom: undefined },
    });
    expect(asked).toMatchObject([{ schema: 1, step: 0, paths: [space.path("model.bin")] }]);
  });

  test("its reason is the reason", async () => {
    const space = workspace();
    const folder = answering(({ step }, at) => {
      writeFileSync(join(at, `failed-${step}.json`), JSON.stringify({ reason: "no space", hint: "Free some." }));
    });
    const live = space.live({ env: { WAYMARK_CHECKPOINT_DIR: folder } });
    expect(await live.checkpoint()).toEqual({ kind: "failed", reason: "no space", hint: "Free some." });
    expect(space.warnings).toHaveLength(1);
  });

  test("a runner that wants a checkpoint gets one, whatever every says", async () => {
    const space = workspace();
    const folder = answering(({ step }, at) => {
      rmSync(join(at, "wanted.json"), { force: true });
      writeFileSync(join(at, `done-${step}.json`), JSON.stringify({ commit: "d".repeat(40) }));
    });
    const live = space.live({ env: { WAYMARK_CHECKPOINT_DIR: folder }, every: 100 });
    expect([live.isCheckpointWanted, (await live.checkpoint()).kind]).toEqual([false, "skipped"]);
    live.nextStep();
    writeFileSync(join(folder, "wanted.json"), "{}");
    expect(live.isCheckpointWanted).toBe(true);
    expect(await live.checkpoint()).toMatchObject({ kind: "committed", step: 1 });
    live.nextStep();
    expect([live.isCheckpointWanted, (await live.checkpoint()).kind]).toEqual([false, "skipped"]);
  });

  test("a runner that has ended is not waited for", async () => {
    const space = workspace();
    const folder = temporaryFolder();
    writeFileSync(join(folder, "runner.json"), JSON.stringify({ pid: 2 ** 22 - 1, host: hostname() }));
    const live = space.live({ dir: "other", env: { WAYMARK_CHECKPOINT_DIR: folder } });
    expect(await live.checkpoint()).toMatchObject({ kind: "failed", reason: expect.stringContaining("has ended") });
    rmSync(folder, { recursive: true, force: true });
    live.nextStep();
    expect(await live.checkpoint()).toMatchObject({ kind: "failed" });
  });
});

describe("the signal of DVC 2", () => {
  test("a checkpoint waits until the runner has taken the signal file away", async () => {
    const space = workspace();
    mkdirSync(space.path(".dvc"));
    const live = space.live({
      env: { DVC_CHECKPOINT: "1", DVC_ROOT: space.root, DVC_EXP_BASELINE_REV: "b".repeat(40) },
    });
    const signal = space.path(".dvc/tmp/DVC_CHECKPOINT");
    const checkpoint = live.checkpoint();
    expect(existsSync(signal)).toBe(true);
    rmSync(signal);
    expect(await checkpoint).toEqual({ kind: "skipped", step: 0 });
    // The step was signalled already.
    live.nextStep();
    expect(existsSync(signal)).toBe(false);
  });
});
