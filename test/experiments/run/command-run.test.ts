import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runLogPath } from "@waymark/experiments";
import { identifyProcess } from "@waymark/files";
import { describe, expect, test } from "vitest";
import { chainOf, lastRecord, openRepo, run, runOk, runRepo } from "./run-project.ts";

const LOGGER = fileURLToPath(new URL("../../../packages/live/dist/index.js", import.meta.url));
/** Trains with a checkpoint per step; resumes where it is told to. */
const TRAIN = `
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { Live } from ${JSON.stringify(LOGGER)};
const [steps, failAt] = process.argv.slice(2).map(Number);
const live = new Live({ dir: "live", resume: true });
let weight = live.step > 0 ? Number(readFileSync("model.txt", "utf8")) : 1;
for (; live.step < steps; live.nextStep()) {
  weight = weight * 3 + live.step;
  writeFileSync("model.txt", String(weight));
  live.logMetric("weight", weight);
  const outcome = await live.checkpoint("model.txt");
  console.log("step", live.step, outcome.kind);
  if (live.step === failAt) { writeFileSync("model.txt", "garbage"); process.exit(3); }
}
live.end();
`;

function trailersOf(repo: ReturnType<typeof runRepo>, commit: string): string {
  return repo.git("log", "-1", "--format=%B", commit);
}

/** What has ended counts as such, also before anybody asked for its result. */
function isRunning(pid: number): boolean {
  const { processStart } = identifyProcess(pid);
  return processStart !== null && processStart !== "ended";
}

function stepsIn(output: string): readonly string[] {
  return output.split("\n").filter((line) => line.startsWith("step "));
}

describe("a run of any command", () => {
  test("saves code, params, and the folder it logs into, without a dvc.yaml", async () => {
    const repo = runRepo({ "lib.sh": "x=1\n" });
    repo.write(
      "train.sh",
      "echo out; mkdir -p live/plots/metrics; echo '{\"step\": 1}' > live/metrics.json; cat params.yaml\n",
    );
    repo.write("params.yaml", "lr: 1\n");
    repo.write("lib.sh", "x=2\n");
    repo.write("stray.txt", "");
    const before = repo.staged();
    const { name, commit, output, notes } = await runOk(repo, { command: ["sh", "train.sh", "--lr", "0.1"] });
    expect(output).toBe("out\nlr: 1\n");
    const files = repo.files(commit ?? "");
    expect(files).toMatchObject({ "lib.sh": "x=2", "params.yaml": "lr: 1", "live/metrics.json": '{"step": 1}' });
    expect(Object.keys(files)).toContain("train.sh");
    expect(Object.keys(files)).not.toContain("stray.txt");
    expect(notes.join()).toContain("stray.txt");
    expect(repo.staged()).toBe(before);
    expect(chainOf(repo, name)).toEqual([commit]);
    expect(trailersOf(repo, commit ?? "")).toContain(
      'Waymark-Command: ["waymark","exp","run","--","sh","train.sh","--lr","0.1"]',
    );
    const record = lastRecord(repo);
    expect(record).toMatchObject({ state: "finished", title: "sh train.sh --lr 0.1" });
    expect(readFileSync(runLogPath(openRepo(repo), record.id), "utf8")).toBe("> sh train.sh --lr 0.1\nout\nlr: 1\n");
  });

  test("leaves what an earlier run has logged out when it logs nothing itself", async () => {
    const repo = runRepo({ "train.sh": "true\n" });
    repo.write("live/metrics.json", '{"step": 1}');
    const past = new Date(Date.now() - 60_000);
    const { utimesSync } = await import("node:fs");
    utimesSync(repo.path("live/metrics.json"), past, past);
    const { commit } = await runOk(repo, { command: ["sh", "train.sh"] });
    expect(Object.keys(repo.files(commit ?? ""))).not.toContain("live/metrics.json");
  });

  test("is not saved when it fails or cannot be started", async () => {
    const repo = runRepo({ "train.sh": "exit 4\n" });
    expect(await run(repo, { command: ["sh", "train.sh"] })).toMatchObject({
      ...{ state: "failed", exitCode: 4, commit: null, error: { code: "RUN_COMMAND_FAILED" } },
    });
    expect(await run(repo, { command: ["no-such-program"] })).toMatchObject({
      ...{ state: "failed", commit: null, error: { code: "RUN_COMMAND_MISSING" } },
    });
    expect(repo.git("for-each-ref", "refs/exps")).toBe("");
  });

  test("commits what the logger asks for, one commit a checkpoint, and ends them with the run", async () => {
    const repo = runRepo({ "train.mjs": TRAIN });
    const seen: (string | null)[] = [];
    const { name, commit, output } = await runOk(repo, {
      command: ["node", "train.mjs", "3"],
      effects: { onCheckpoint: () => void seen.push(lastRecord(repo).commit) },
    });
    expect(output).toBe("step 0 committed\nstep 1 committed\nstep 2 committed\n");
    const chain = chainOf(repo, name);
    expect(chain).toHaveLength(3);
    expect(chain.at(-1)).toBe(commit);
    expect(
      chain.map((id) => /Waymark-Step: (\d+)\nWaymark-Status: (\w+)/.exec(trailersOf(repo, id))?.slice(1)),
    ).toEqual([
      ["0", "running"],
      ["1", "running"],
      ["2", "finished"],
    ]);
    expect(seen.slice(0, 2)).toEqual(chain.slice(0, 2));
    expect(repo.files(commit ?? "")["live/plots/metrics/weight.tsv"]).toContain("2\t");
    expect(repo.files(commit ?? "")["model.txt.dvc"]).toContain("path: model.txt");
  });

  test("begins anew, also where the script would resume what an earlier one has logged", async () => {
    const repo = runRepo({ "train.mjs": TRAIN });
    await runOk(repo, { command: ["node", "train.mjs", "2"] });
    const second = await runOk(repo, { command: ["node", "train.mjs", "2"] });
    expect(stepsIn(second.output)).toEqual(["step 0 committed", "step 1 committed"]);
  });

  test("keeps the checkpoints of a run that fails, and goes on from the last as the same experiment", async () => {
    const whole = runRepo({ "train.mjs": TRAIN });
    const straight = await runOk(whole, { command: ["node", "train.mjs", "5"] });
    const repo = runRepo({ "train.mjs": TRAIN });
    const failed = await run(repo, { command: ["node", "train.mjs", "5", "2"] });
    expect(failed).toMatchObject({ state: "failed", exitCode: 3 });
    expect(trailersOf(repo, failed.commit ?? "")).toMatch(
      /Waymark-Step: 2\nWaymark-Status: failed\n[^]*Waymark-Reason: The command exited with 3/,
    );
    expect(lastRecord(repo)).toMatchObject({ state: "failed", commit: failed.commit });
    const resumed = await runOk(repo, { command: ["node", "train.mjs", "5"], resumeFrom: failed.name });
    expect(resumed.name).toBe(failed.name);
    expect(stepsIn(resumed.output)).toEqual(["step 3 committed", "step 4 committed"]);
    expect(chainOf(repo, failed.name)).toHaveLength(5);
    expect(repo.read("model.txt")).toBe(whole.read("model.txt"));
    const metrics = (of: typeof repo, id: string | null): string | undefined =>
      of.files(id ?? "")["live/plots/metrics/weight.tsv"]?.replace(/\t\d{13}\t/g, "\t");
    expect(metrics(repo, resumed.commit)).toBe(metrics(whole, straight.commit));
  });

  test("begins another experiment when it goes on from a checkpoint in the middle", async () => {
    const repo = runRepo({ "train.mjs": TRAIN });
    const first = await runOk(repo, { command: ["node", "train.mjs", "4"] });
    const tip = repo.git("for-each-ref", "refs/exps");
    const fork = await runOk(repo, { command: ["node", "train.mjs", "3"], resumeFrom: `${first.name}@1` });
    expect(fork.name).not.toBe(first.name);
    expect(repo.git("for-each-ref", "refs/exps")).toContain(tip);
    expect(stepsIn(fork.output)).toEqual(["step 2 committed"]);
    expect(chainOf(repo, fork.name).slice(0, 2)).toEqual(chainOf(repo, first.name).slice(0, 2));
    expect(trailersOf(repo, fork.commit ?? "")).toContain(`Waymark-Forked-From: ${first.name}@1`);
  });

  test("interrupted, keeps its checkpoints with the reason, and leaves nothing running", async () => {
    const repo = runRepo({ "train.mjs": TRAIN });
    repo.write("slow.sh", "node train.mjs 2; sleep 60 & echo $! > child; echo waiting; wait\n");
    repo.commitAll("slow");
    const abort = new AbortController();
    const result = await run(repo, {
      command: ["sh", "slow.sh"],
      options: { signal: abort.signal },
      effects: {
        onOutput: (data) => {
          if (Buffer.from(data).includes("waiting")) abort.abort("somebody pressed Ctrl-C");
        },
      },
    });
    expect(result).toMatchObject({ state: "interrupted", reason: "somebody pressed Ctrl-C" });
    expect(trailersOf(repo, result.commit ?? "")).toMatch(
      /Waymark-Status: interrupted\n[^]*Waymark-Reason: somebody pressed Ctrl-C/,
    );
    expect(isRunning(Number(repo.read("child")))).toBe(false);
  });

  test("is stopped by a rule, and saved with the reason", async () => {
    const repo = runRepo({
      "train.sh":
        "mkdir -p live; for n in 1 2 3 4 5 6 7 8 9; do echo '{\"loss\": 5, \"step\": '$n'}' > live/metrics.json; sleep 0.4; done\n",
    });
    const rules = { stop: ["loss > 4"], maxTimeMs: null };
    const result = await run(repo, { command: ["sh", "train.sh"], rules });
    expect(result.state).toBe("stopped");
    expect(result.reason).toContain("loss");
    expect(trailersOf(repo, result.commit ?? "")).toContain(`Waymark-Reason: ${result.reason}`);
    await expect(
      run(repo, { command: ["true"], rules: { stop: ["nonsense"], maxTimeMs: null } }),
    ).rejects.toMatchObject({
      code: "INVALID_STOP_RULE",
    });
  });
});
