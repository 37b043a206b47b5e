import { readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Live } from "@waymark/live";
import { RecordingProvider, runScript, startScript, workspace } from "./support.ts";

describe("the end of a run", () => {
  test("a run is running, then finished, and keeps its id", () => {
    const space = workspace();
    const live = space.live({ totalSteps: 4 });
    expect(space.run()).toMatchObject({ schema: 1, status: "running", pid: process.pid, totalSteps: 4, endedAt: null });
    const { runId } = space.run();
    live.end();
    expect(live.status).toBe("finished");
    expect(space.run()).toMatchObject({ status: "finished", reason: null, runId });
  });

  test("ending twice is ending once", () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const live = space.live({ tracker: provider });
    live.end();
    live.end();
    expect(provider.ends).toHaveLength(1);
  });

  test("what is logged after the end is refused with one warning", () => {
    const space = workspace();
    const live = space.live();
    live.end();
    live.logMetric("x", 1);
    live.nextStep();
    expect(space.warnings).toHaveLength(1);
    expect(space.read("live/metrics.json")).toBe("{}\n");
  });

  test("abort ends a run as interrupted, fail as failed, each with its reason", () => {
    const space = workspace();
    space.live().abort("loss diverged");
    expect(space.run()).toMatchObject({ status: "interrupted", reason: "loss diverged" });
    space.live().fail(new RangeError("out of\nmemory"));
    expect(space.run()).toMatchObject({ status: "failed", reason: "RangeError: out of" });
  });

  test("leaving a `using` block ends the run", () => {
    const space = workspace();
    {
      using live = space.live();
      live.logMetric("x", 1);
    }
    expect(space.run().status).toBe("finished");
    expect(space.history("x")).toBe("step\tx\n0\t1\n");
  });

  test("Live.run ends the run with its callback and gives its result", async () => {
    const space = workspace();
    const result = await Live.run({ cwd: space.root, env: {} }, async (live) => {
      live.logMetric("x", 1);
      live.end();
      live.nextStep();
      return await Promise.resolve("done");
    });
    expect(result).toBe("done");
    expect(space.run().status).toBe("finished");
    expect(space.json("live/metrics.json")).toEqual({ x: 1, step: 0 });
  });

  test("Live.run records why its callback failed, saves the run, and throws on", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const run = Live.run({ cwd: space.root, env: {}, tracker: provider }, (live) => {
      live.logMetric("loss", Number.NaN);
      throw new Error("loss is NaN");
    });
    await expect(run).rejects.toThrow("loss is NaN");
    expect(space.run()).toMatchObject({ status: "failed", reason: "Error: loss is NaN" });
    // The step it failed in is not complete: nothing can be gone on from there.
    expect(provider.ends).toMatchObject([{ status: "failed", reason: "Error: loss is NaN", step: undefined }]);
    expect(space.history("loss")).toBe("step\tloss\n0\tnan\n");
  });
});

describe("a process that ends by itself", () => {
  test("a script without end() exits and is recorded as finished", async () => {
    const space = workspace();
    const result = await runScript(
      space.root,
      'const live = new Live({ monitorSystem: true }); live.logMetric("x", 1); live.nextStep(); live.logMetric("y", 2);',
    );
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(space.run().status).toBe("finished");
    expect(space.history("y")).toBe("step\ty\n1\t2\n");
  });

  test("an uncaught error is recorded as the reason", async () => {
    const space = workspace();
    const result = await runScript(space.root, 'new Live().logMetric("x", 1); throw new TypeError("no such layer");');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("no such layer");
    expect(space.run()).toMatchObject({ status: "failed", reason: "TypeError: no such layer" });
  });

  test("an error that leaves a `using` block is recorded too", async () => {
    const space = workspace();
    const source = `
      const live = new Live();
      try { live.logMetric("x", 1); throw new Error("in the block"); } finally { live[Symbol.dispose](); }
    `;
    await runScript(space.root, source);
    expect(space.run()).toMatchObject({ status: "failed", reason: "Error: in the block" });
  });

  test("an unhandled rejection is recorded", async () => {
    const space = workspace();
    await runScript(space.root, 'new Live(); setTimeout(() => Promise.reject(new Error("lost")), 1);');
    expect(space.run()).toMatchObject({ status: "failed", reason: "Error: lost" });
  });

  test("an exit code says failed", async () => {
    const space = workspace();
    await runScript(space.root, "new Live(); process.exit(3);");
    expect(space.run()).toMatchObject({ status: "failed", reason: "the process ended with exit code 3" });
  });
});

const LOOP = `
  const live = new Live(globalThis.options ?? {});
  for (;; live.nextStep()) {
    live.logMetric("x", live.step);
    if (live.step === 3) console.log("looping");
    await live.checkpoint("model.bin");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
`;

describe("signals", () => {
  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s finishes the files, says what was kept and ends the process by it",
    async (signal) => {
      const space = workspace();
      writeFileSync(space.path("model.bin"), "weights");
      const script = startScript(space.root, LOOP);
      await script.line("looping");
      script.child.kill(signal);
      const result = await script.result;
      expect(result).toMatchObject({ code: null, signal });
      expect(space.run()).toMatchObject({ status: "interrupted", reason: signal });
      expect(result.stderr).toMatch(
        new RegExp(`Interrupted by ${signal} after step \\d+\\. The checkpoint of step \\d+ is kept`),
      );
      expect(result.stderr).toContain("resume: true");
      const { step } = space.json("live/metrics.json") as { step: number };
      expect(
        space
          .history("x")
          .startsWith(`step\tx\n${Array.from({ length: step + 1 }, (_, i) => `${i}\t${i}\n`).join("")}`),
      ).toBe(true);
    },
  );

  test("a second signal right behind the first does not cut the end short", async () => {
    const space = workspace();
    writeFileSync(space.path("model.bin"), "weights");
    // Ends slowly, so that the second signal comes while it does.
    const script = startScript(
      space.root,
      `import { writeSync } from "node:fs";
      const slow = () => { writeSync(1, "ending\\n"); const end = Date.now() + 300; while (Date.now() < end); };
      const tracker = { experimentName: "x-y", baseline: "a".repeat(40), root: ".", end: slow, checkpoint: slow };
      const live = new Live({ tracker: { open: () => ({ kind: "tracked", tracker, resumed: undefined }) } });
      live.logMetric("x", 1);
      live.nextStep();
      setInterval(() => {}, 1000);
      setImmediate(() => setImmediate(() => console.log("waiting")));`,
    );
    await script.line("waiting");
    script.child.kill("SIGINT");
    await script.line("ending");
    script.child.kill("SIGINT");
    expect(await script.result).toMatchObject({ code: null, signal: "SIGINT" });
    expect(space.run()).toMatchObject({ status: "interrupted", reason: "SIGINT" });
    expect(readdirSync(space.path("live/.waymark/lock"))).toEqual([]);
  });

  test("a script's own handler decides, and the run is called interrupted if it then ends", async () => {
    const space = workspace();
    const source = `
      process.on("SIGINT", () => { console.log("mine"); process.exit(0); });
      const live = new Live();
      setInterval(() => { live.logMetric("x", 1); live.nextStep(); console.log("looping"); }, 5);
    `;
    const script = startScript(space.root, source);
    await script.line("looping");
    script.child.kill("SIGINT");
    expect(await script.result).toMatchObject({ code: 0, signal: null });
    expect(space.run()).toMatchObject({ status: "interrupted", reason: "SIGINT" });
  });

  test("a loop that never awaits can be stopped by Ctrl-C", async () => {
    const space = workspace();
    const source = `
      import { writeSync } from "node:fs";
      const live = new Live();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const start = Date.now();
      for (let said = false; ; live.nextStep()) {
        live.logMetric("x", live.step);
        if (!said && Date.now() - start > 800) { writeSync(1, "looping\\n"); said = true; }
      }
    `;
    const script = startScript(space.root, source);
    await script.line("looping");
    script.child.kill("SIGINT");
    expect(await script.result).toMatchObject({ code: null, signal: "SIGINT" });
  });
});

describe("two processes in one folder", () => {
  test("the second is told who logs there, since when, and what to do", async () => {
    const space = workspace();
    const script = startScript(space.root, 'new Live(); console.log("open"); setInterval(() => {}, 1000);');
    await script.line("open");
    let error: unknown;
    try {
      space.live();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({
      code: "FOLDER_IN_USE",
      pid: script.child.pid,
      message: expect.stringContaining("'live' is in use by process"),
    });
    expect(error).toMatchObject({ hint: expect.stringContaining('dir: "live-2"') });
  });

  test("on request the second logs to a folder of its own", () => {
    const space = workspace();
    const first = space.live({ dvcyaml: false });
    const second = space.live({ dvcyaml: false, onSecondWriter: "own-folder" });
    expect(second.dir).toBe("live-2");
    second.logMetric("x", 2);
    second.nextStep();
    first.end();
    expect(space.read("live-2/plots/metrics/x.tsv")).toBe("step\tx\n0\t2\n");
    expect(space.warnings).toEqual(["'live' is in use by another process: logging to 'live-2'."]);
  });

  test("the lock of a process that was killed holds nobody up", async () => {
    const space = workspace();
    const script = startScript(space.root, 'new Live(); console.log("open"); setInterval(() => {}, 1000);');
    await script.line("open");
    script.child.kill("SIGKILL");
    await script.result;
    space.live().end();
    expect(space.warnings).toEqual([]);
  });
});

describe("ranks", () => {
  test.for(["RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID", "LOCAL_RANK"])(
    "another rank than 0 (%s) writes nothing and goes on",
    async (name) => {
      const space = workspace();
      const provider = new RecordingProvider();
      const live = space.live({ env: { [name]: "1" }, tracker: provider });
      live.logParam("a", 1);
      live.logMetric("x", 1);
      live.nextStep();
      expect(await live.checkpoint("model.bin")).toEqual({ kind: "skipped", step: 1 });
      live.end();
      expect(live.step).toBe(1);
      expect(space.exists("live")).toBe(false);
      expect(space.exists("dvc.yaml")).toBe(false);
      expect(provider.starts).toEqual([]);
    },
  );

  test("wrong arguments throw on every rank", () => {
    const live = workspace().live({ env: { RANK: "1" } });
    expect(() => live.logMetric("x", {} as never)).toThrow(expect.objectContaining({ code: "INVALID_DATA_TYPE" }));
  });

  test("all ranks log on request, each into a folder of its own", () => {
    const space = workspace();
    for (const rank of ["0", "2"]) {
      const live = space.live({ env: { RANK: rank }, ranks: "all" });
      live.logMetric("x", Number(rank));
      live.end();
    }
    expect(space.history("x")).toBe("step\tx\n0\t0\n");
    expect(space.read("live/rank-2/plots/metrics/x.tsv")).toBe("step\tx\n0\t2\n");
  });
});
