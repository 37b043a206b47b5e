import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../../support/python.ts";
import { ours, pipelineRepo, shown } from "./pipeline-repo.ts";

const TIMEOUT_MS = 180_000;

/** Has a worker of the real DVC run what waits in its queue. */
async function runDvcWorker(repo: GitRepo): Promise<void> {
  const args = ["-m", "dvc", "exp", "queue-worker", "dvc-exp-test-1@localhost", "--clean"];
  // It starts `dvc` by that name.
  const env = { ...INTEROP_ENV, PATH: `${dirname(PYTHON)}${delimiter}${process.env["PATH"] ?? ""}` };
  const worker = spawn(PYTHON, args, { cwd: repo.root, env, detached: true, stdio: "ignore" });
  const ended = once(worker, "exit");
  try {
    await expect
      .poll(() => dvc(repo.root, "queue", "status"), { timeout: 120_000, interval: 1000 })
      .toMatch(/Success/u);
  } finally {
    // It ends by itself when nothing waits.
    await ended;
  }
}

test(
  "both tools queue and run side by side; what ours ran, the real DVC shows as what it ran itself",
  async () => {
    const repo = pipelineRepo();
    dvc(repo.root, "exp", "run", "--queue", "-n", "theirs", "-S", "lr=0.3");
    const entry = repo.git("reflog", "show", "refs/exps/celery/stash");
    await ours(repo, "exp", "run", "--queue", "-n", "ours", "-S", "lr=0.3,0.4");
    expect(await ours(repo, "queue", "status")).toMatch(/In the queue of DVC.*\n.*\n[0-9a-f]{7} +theirs +.*Queued/u);
    expect(dvc(repo.root, "queue", "status")).not.toContain("ours");
    const before = repo.git("status", "--short");
    expect((await runHere(repo.root, ["queue", "work", "--idle", "0.1s"])).stderr).toContain("2 tasks done.");
    // DVC's entry waits as before, and is run by DVC.
    expect(repo.git("reflog", "show", "refs/exps/celery/stash")).toBe(entry);
    expect(dvc(repo.root, "queue", "status")).toMatch(/theirs +.*Queued/u);
    await runDvcWorker(repo);
    const [, , dvcTask] = JSON.parse(await ours(repo, "queue", "status", "--json")) as Record<string, unknown>[];
    expect(dvcTask).toMatchObject({ tool: "dvc", name: "theirs", status: "Success" });
    expect(repo.git("status", "--short")).toBe(before);
    const rows = shown(repo);
    expect([...rows.keys()].toSorted()).toEqual(["ours-1", "ours-2", "theirs"]);
    const comparable = (name: string): unknown => {
      const { rev: _rev, timestamp: _timestamp, ...data } = rows.get(name) as Record<string, unknown>;
      return data;
    };
    expect(comparable("ours-1")).toEqual(comparable("theirs"));
    expect(comparable("ours-2")).toMatchObject({ params: { "params.yaml": { data: { lr: 0.4 } } } });
    const ref = (name: string): string => `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}`;
    expect(repo.files(ref("ours-1"))).toEqual(repo.files(ref("theirs")));
    // Taking out what is done here leaves what is done there, and the other way round.
    await ours(repo, "queue", "remove", "--all");
    expect(dvc(repo.root, "queue", "status")).toMatch(/theirs +.*Success/u);
    dvc(repo.root, "queue", "remove", "--all");
    expect([...shown(repo).keys()].toSorted()).toEqual(["ours-1", "ours-2", "theirs"]);
  },
  TIMEOUT_MS,
);

test(
  "genuine DVCLive logs inside of a task and of a run beside the workspace, and makes no experiment of its own",
  async () => {
    const repo = pipelineRepo();
    repo.write(
      "train.py",
      "from dvclive import Live\nwith Live() as live:\n  for i in range(2):\n    live.log_metric('loss', 1 / (i + 1))\n    live.next_step()\n",
    );
    repo.commitAll("train");
    const run = async (...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await runHere(repo.root, args, INTEROP_ENV);
      expect(code, stderr).toBe(0);
    };
    await run("exp", "run", "--temp", "-n", "beside", "--", PYTHON, "train.py");
    await run("exp", "run", "--queue", "-n", "task", "--", PYTHON, "train.py");
    await run("queue", "work", "--idle", "0.1s");
    const rows = shown(repo);
    expect([...rows.keys()].toSorted()).toEqual(["beside", "task"]);
    for (const data of rows.values()) {
      expect(data).toMatchObject({ metrics: { "dvclive/metrics.json": { data: { loss: 0.5, step: 1 } } } });
    }
  },
  TIMEOUT_MS,
);
