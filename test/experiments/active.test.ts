import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { enqueueRuns, openProject } from "@waymark/experiments";
import { processIdentity } from "@waymark/files";
import { beforeEach, describe, expect, it } from "vitest";
import { claimTask } from "../../packages/experiments/src/queue/claim-task.ts";
import { type DvcQueueEntry, writeDvcMessage } from "../support/dvc-queue.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { DEAD_PROCESS, RecordedRun } from "../support/recorded-run.ts";
import { commandSpec } from "./places/support.ts";

const EXPS = ".dvc/tmp/exps";

interface Range {
  readonly name: string | null;
  readonly executor: unknown;
  readonly revs: readonly {
    readonly rev: string;
    readonly data: { readonly params: unknown; readonly metrics: unknown } | null;
    readonly error: unknown;
  }[];
}

let repo: GitRepo;

beforeEach(() => {
  repo = gitRepo({
    "params.yaml": "lr: 1\n",
    "m.json": '{"acc": 0.5}\n',
    "dvc.yaml": "metrics:\n- m.json\n",
    ".dvc/config": "",
    ".dvc/.gitignore": "/tmp\n",
  });
});

/** Experiments below HEAD, as `exp show --json` has them. */
async function show(...flags: readonly string[]): Promise<readonly Range[]> {
  const { stdout } = await runHere(repo.root, ["exp", "show", "--json", ...flags]);
  const [, baseline] = JSON.parse(stdout) as readonly { readonly experiments: readonly Range[] | null }[];
  return baseline?.experiments ?? [];
}

async function table(): Promise<string> {
  return (await runHere(repo.root, ["exp", "show", "--no-pager"])).stdout;
}

/** A commit as DVC stashes it, with another learning rate. */
function stashed(lr: number): string {
  repo.write("stash-params", `lr: ${lr}\n`);
  const id = repo.git("hash-object", "-w", "stash-params");
  repo.remove("stash-params");
  repo.git("update-index", "--cacheinfo", `100644,${id},params.yaml`);
  const tree = repo.git("write-tree");
  repo.git("read-tree", "HEAD");
  return repo.git("commit-tree", tree, "-p", "HEAD", "-m", "dvc-exp");
}

function entry(name: string, lr: number): DvcQueueEntry {
  const id = `00000000-0000-4000-8000-${String(lr).padStart(12, "0")}`;
  return { id, name, stash: stashed(lr), baseline: repo.head() };
}

/** What a worker of DVC writes once it has a task. */
function writeExecution(
  { stash, baseline, name }: DvcQueueEntry,
  over: { pid: number; root?: string; hash?: string },
): void {
  const { pid, root = repo.path(EXPS, "tmpabcdefgh"), hash = null } = over;
  const run = {
    ...{ git_url: `file://${root}`, baseline_rev: baseline, location: "dvc-task", root_dir: root, dvc_dir: ".dvc" },
    ...{ name, wdir: ".", result_hash: hash, result_ref: null, result_force: false, status: 2 },
  };
  repo.write(`${EXPS}/run/${stash}/${stash}.run`, JSON.stringify(run));
  const process = {
    pid,
    stdin: null,
    stdout: repo.path(EXPS, `run/${stash}/${stash}.out`),
    stderr: null,
    returncode: null,
  };
  repo.write(`${EXPS}/run/${stash}/${stash}.json`, JSON.stringify(process));
}

/** The repository in which DVC carries a task out. */
function makeClone(lr: number): void {
  repo.git("clone", "--quiet", repo.root, repo.path(EXPS, "tmpabcdefgh"));
  repo.write(`${EXPS}/tmpabcdefgh/params.yaml`, `lr: ${lr}\n`);
}

describe("exp show of what DVC does", () => {
  it("shows what waits with its params, and without the metrics it began with", async () => {
    const waiting = entry("waits", 3);
    writeDvcMessage(repo, "in", waiting);
    const local = { root: null, log: null, pid: null, returncode: null, task_id: waiting.stash };
    expect(await show()).toMatchObject([
      {
        name: "waits",
        executor: { state: "queued", name: "dvc-task", local },
        revs: [
          { rev: waiting.stash, data: { params: { "params.yaml": { data: { lr: 3 } } }, metrics: {} }, error: null },
        ],
      },
    ]);
    expect(await table()).toMatch(/waits .* queued .* dvc-task /u);
    expect(await show("--hide-queued")).toEqual([]);
  });

  it("shows what runs with the files as they are now", async () => {
    const running = entry("runs", 3);
    writeDvcMessage(repo, "processed", running);
    makeClone(4);
    writeExecution(running, { pid: process.pid });
    const log = repo.path(EXPS, `run/${running.stash}/${running.stash}.out`);
    const local = {
      root: repo.path(EXPS, "tmpabcdefgh"),
      log,
      pid: process.pid,
      returncode: null,
      task_id: running.stash,
    };
    expect(await show("--hide-queued", "--hide-failed")).toMatchObject([
      {
        name: "runs",
        executor: { state: "running", name: "dvc-task", local },
        revs: [{ rev: running.stash, data: { rev: "workspace", params: { "params.yaml": { data: { lr: 4 } } } } }],
      },
    ]);
  });

  it("believes in nothing whose process is gone, and touches none of it", async () => {
    const running = entry("killed", 3);
    const message = writeDvcMessage(repo, "processed", running);
    makeClone(4);
    writeExecution(running, { pid: DEAD_PROCESS.pid });
    const before = readFileSync(repo.path(message), "utf8");
    expect(await show()).toMatchObject([
      {
        executor: { state: "failed", name: null, local: { pid: DEAD_PROCESS.pid, task_id: running.stash } },
        revs: [
          {
            data: { params: { "params.yaml": { data: { lr: 3 } } } },
            error: { msg: "Experiment run failed", type: "" },
          },
        ],
      },
    ]);
    expect(await table()).toMatch(/killed .* killed /u);
    expect(await show("--hide-failed")).toEqual([]);
    expect(readFileSync(repo.path(message), "utf8")).toBe(before);
    expect(existsSync(repo.path(EXPS, `run/${running.stash}/${running.stash}.json`))).toBe(true);
  });

  it("does not take a process for another that has its number now", async () => {
    const running = entry("reused", 3);
    writeDvcMessage(repo, "processed", running);
    makeClone(4);
    writeExecution(running, { pid: process.pid });
    for (const kind of ["run", "json"]) {
      utimesSync(repo.path(EXPS, `run/${running.stash}/${running.stash}.${kind}`), 1e9, 1e9);
    }
    expect(await table()).toMatch(/reused .* killed /u);
  });

  it("does not believe in a run in a clone that nobody works in", async () => {
    const { stash, baseline, name } = entry("aside", 3);
    const clone = repo.path(EXPS, "standalone/tmpabcdefgh");
    repo.git("clone", "--quiet", repo.root, clone);
    const run = {
      ...{ git_url: `file://${clone}`, baseline_rev: baseline, location: "tempdir", root_dir: clone },
      ...{ dvc_dir: ".dvc", name, wdir: ".", result_hash: null, result_ref: null, result_force: false, status: 2 },
    };
    const file = `${EXPS}/standalone/run/${stash}/${stash}.run`;
    repo.write(file, JSON.stringify(run));
    expect(await show()).toMatchObject([{ name, executor: { state: "running", name: "tempdir", local: null } }]);
    // A run that has just begun has its folder before anybody works in it.
    utimesSync(repo.path(file), 1e9, 1e9);
    expect(await show()).toMatchObject([{ name, executor: { state: "failed" } }]);
    expect(await table()).toMatch(/aside .* killed /u);
  });

  it("shows what has failed, whatever Celery calls it", async () => {
    const failed = entry("failed", 3);
    writeDvcMessage(repo, "processed", failed);
    writeExecution(failed, { pid: DEAD_PROCESS.pid });
    repo.write(`${EXPS}/celery/result/celery-task-meta-${failed.id}`, '{"status": "SUCCESS", "result": null}');
    expect(await show()).toMatchObject([{ name: "failed", executor: { state: "failed" } }]);
  });

  it("looks into no folder but DVC's own clones", async () => {
    const running = entry("elsewhere", 3);
    const other = gitRepo({ "params.yaml": "secret: 1\n", ".dvc/config": "" });
    writeDvcMessage(repo, "processed", running);
    writeExecution(running, { pid: process.pid, root: other.root });
    expect(JSON.stringify(await show())).not.toContain("secret");
  });

  it("passes over messages that are none", async () => {
    for (const [name, content] of [
      ["1_a.celery.msg", "{"],
      ["2_b.celery.msg", "[]"],
      ["3_c.celery.msg", '{"headers": {"task": "dvc.repo.experiments.queue.tasks.run_exp", "id": "../../x"}}'],
      ["4_d.celery.msg", '{"body": "cos\\nsystem", "headers": {"task": "other", "id": "x"}, "properties": {}}'],
      ["5_e.pidbox.msg", "{}"],
    ] as const) {
      repo.write(`${EXPS}/celery/broker/in/${name}`, content);
      repo.write(`${EXPS}/celery/broker/processed/${name}`, content);
    }
    expect(await show()).toEqual([]);
    expect(readdirSync(repo.path(EXPS, "celery/broker/in"))).toHaveLength(5);
  });
});

describe("exp show of runs of ours", () => {
  it("shows what runs first, with where it runs", async () => {
    await runHere(repo.root, ["exp", "save", "-n", "saved"]);
    const run = RecordedRun.write(repo.root, { baseline: repo.head(), name: "brisk-bee" });
    repo.write("params.yaml", "lr: 7\n");
    const log = repo.path(".dvc/tmp/waymark/exp-runs", run.record.id, "console.log");
    const local = { root: repo.root, log, pid: process.pid, returncode: null, task_id: null };
    expect(await show()).toMatchObject([
      {
        name: "brisk-bee",
        executor: { state: "running", name: "workspace", local },
        revs: [{ rev: "workspace", data: { params: { "params.yaml": { data: { lr: 7 } } } }, error: null }],
      },
      { name: "saved", executor: null },
    ]);
    expect(await table()).toMatch(/brisk-bee .* running .* workspace /u);
    run.update({ state: "finished", endedAt: new Date().toISOString() });
    expect(await show()).toMatchObject([{ name: "saved" }]);
  });

  it("says of an experiment that it runs, or that it was killed, while it has checkpoints already", async () => {
    await runHere(repo.root, ["exp", "save", "-n", "brisk-bee"]);
    await runHere(repo.root, ["exp", "save", "-n", "newer"]);
    const commit = repo.git("rev-parse", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/brisk-bee`);
    const run = RecordedRun.write(repo.root, { baseline: repo.head(), commit });
    expect((await show()).map(({ name, executor }) => [name, executor])).toEqual([
      ["brisk-bee", expect.objectContaining({ state: "running" })],
      ["newer", null],
    ]);
    run.update({ ...processIdentity(), ...DEAD_PROCESS });
    expect(await table()).toMatch(/brisk-bee .* killed /u);
  });

  it("shows runs in work trees beside with their files, and believes no record that names another place", async () => {
    const place = repo.path(".dvc/tmp/waymark/worktrees/1");
    repo.git("worktree", "add", "--quiet", "--detach", place);
    repo.write(".dvc/tmp/waymark/worktrees/1/params.yaml", "lr: 9\n");
    const other = gitRepo({ "params.yaml": "secret: 1\n" });
    RecordedRun.write(repo.root, { kind: "temp", baseline: repo.head(), name: "beside", root: place });
    RecordedRun.write(repo.root, { kind: "temp", baseline: repo.head(), name: "hostile", root: other.root });
    const shown = await show();
    expect(shown.find(({ name }) => name === "beside")).toMatchObject({
      executor: { state: "running", name: "tempdir", local: { root: place } },
      revs: [{ rev: repo.head(), data: { params: { "params.yaml": { data: { lr: 9 } } } } }],
    });
    expect(JSON.stringify(shown)).not.toContain("secret");
  });

  it("shows what waits in our queue, and what a worker has", async () => {
    const project = openProject(repo.root, GIT_TEST_ENV);
    const spec = { ...commandSpec(project, "true"), baseline: repo.head() };
    const files = new Map([["params.yaml", Buffer.from("lr: 5\n")]]);
    const [first] = enqueueRuns(project, [
      { spec: { ...spec, name: "first" }, start: repo.head(), files },
      { spec: { ...spec, name: "second" }, start: repo.head() },
    ]);
    const states = (ranges: readonly Range[]): unknown =>
      Object.fromEntries(ranges.map(({ name, executor }) => [name, (executor as { readonly state: string }).state]));
    expect(states(await show())).toEqual({ first: "queued", second: "queued" });
    expect((await show()).find(({ name }) => name === "first")).toMatchObject({
      executor: { name: "dvc-task", local: { task_id: first?.id } },
      revs: [{ data: { params: { "params.yaml": { data: { lr: 5 } } }, metrics: {} } }],
    });
    const held = claimTask(project, { worker: "w1", nowMs: Date.now() });
    expect(states(await show())).toEqual({ first: "running", second: "queued" });
    held?.settle({
      ...{ state: "failed", name: "first", commit: null, exitCode: 1, reason: "it exited with 1" },
      endedAt: new Date().toISOString(),
    });
    expect((await show()).find(({ name }) => name === "first")).toMatchObject({
      executor: { state: "failed", name: null, local: { returncode: 1, task_id: first?.id } },
      revs: [{ error: { msg: "Experiment run failed" } }],
    });
    expect(await show("--hide-failed", "--hide-queued")).toEqual([]);
  });
});

describe("exp apply and exp remove of what is in a queue", () => {
  /** A task of DVC whose commit is in the log that it belongs to. */
  function log(task: DvcQueueEntry, ref: string): void {
    const message = `commit: dvc-exp:${task.baseline}:${task.baseline}:${task.name}`;
    repo.git("update-ref", "--create-reflog", "-m", message, ref, task.stash);
  }

  it("applies what waits by its name", async () => {
    const waiting = entry("waits", 3);
    writeDvcMessage(repo, "in", waiting);
    log(waiting, "refs/exps/celery/stash");
    expect((await runHere(repo.root, ["exp", "apply", "waits"])).code).toBe(0);
    expect(repo.read("params.yaml")).toBe("lr: 3\n");
    expect(repo.read("m.json")).toBe('{"acc": 0.5}\n');
    const { code, stderr } = await runHere(repo.root, ["exp", "apply", "nobody"]);
    expect([code, stderr]).toEqual([255, expect.stringContaining("No experiment named 'nobody'")]);
  });

  it("removes what waits from DVC's queue, and no other", async () => {
    const [first, second] = [entry("first", 3), entry("second", 4)];
    for (const task of [first, second]) {
      writeDvcMessage(repo, "in", task);
      log(task, "refs/exps/celery/stash");
    }
    const { stdout } = await runHere(repo.root, ["exp", "remove", "second"]);
    expect(stdout).toBe("Removed from the queue: 'second'\n");
    expect((await show()).map(({ name }) => name)).toEqual(["first"]);
    expect(repo.git("rev-parse", "refs/exps/celery/stash")).toBe(first.stash);
    expect((await runHere(repo.root, ["exp", "remove", "first", "--dry"])).stdout).toContain("Would remove");
    expect((await runHere(repo.root, ["exp", "remove", first.stash.slice(0, 10)])).code).toBe(0);
    expect(await show()).toEqual([]);
    expect(repo.git("for-each-ref", "refs/exps/celery")).toBe("");
    expect(existsSync(repo.path(".git/logs/refs/exps/celery/stash"))).toBe(false);
    expect((await runHere(repo.root, ["exp", "remove", "first"])).code).toBe(255);
  });

  it("removes what has failed from DVC's queue, with its result", async () => {
    const failed = entry("failed", 3);
    const message = writeDvcMessage(repo, "processed", failed);
    writeExecution(failed, { pid: DEAD_PROCESS.pid });
    log(failed, "refs/exps/celery/failed");
    const result = `${EXPS}/celery/result/celery-task-meta-${failed.id}`;
    repo.write(result, '{"status": "SUCCESS", "result": null}');
    expect((await runHere(repo.root, ["exp", "remove", "failed"])).code).toBe(0);
    expect([message, result].filter((path) => repo.has(path))).toEqual([]);
    expect(repo.git("for-each-ref", "refs/exps/celery")).toBe("");
  });

  it("leaves alone what runs, and experiments of other names", async () => {
    const running = entry("runs", 3);
    const message = writeDvcMessage(repo, "processed", running);
    writeExecution(running, { pid: process.pid });
    await runHere(repo.root, ["exp", "save", "-n", "saved"]);
    expect((await runHere(repo.root, ["exp", "remove", "runs"])).code).toBe(255);
    expect(repo.has(message)).toBe(true);
    expect((await show("--hide-queued")).map(({ name }) => name)).toContain("saved");
  });

  it("removes what waits in our queue", async () => {
    const project = openProject(repo.root, GIT_TEST_ENV);
    const spec = { ...commandSpec(project, "true"), baseline: repo.head() };
    enqueueRuns(project, [
      { spec: { ...spec, name: "first" }, start: repo.head() },
      { spec: { ...spec, name: "second" }, start: repo.head() },
    ]);
    expect((await runHere(repo.root, ["exp", "remove", "first"])).stdout).toBe("Removed from the queue: 'first'\n");
    expect((await show()).map(({ name }) => name)).toEqual(["second"]);
  });
});
