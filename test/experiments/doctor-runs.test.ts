import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { enqueueRuns, examineProject, type ExaminedFinding, openProject, readRunRecord } from "@waymark/experiments";
import { identifyProcess } from "@waymark/files";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { claimTask } from "../../packages/experiments/src/queue/claim-task.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { DEAD_PROCESS, RecordedRun } from "../support/recorded-run.ts";
import { commandSpec } from "./places/support.ts";

let repo: GitRepo;

beforeEach(() => {
  repo = gitRepo({ "params.yaml": "lr: 1\n", ".dvc/config": "", ".dvc/.gitignore": "/tmp\n" });
});

async function examine(fix: boolean): Promise<readonly ExaminedFinding[]> {
  return examineProject(openProject(repo.root, GIT_TEST_ENV), { fix });
}

async function kinds(fix = false): Promise<readonly string[]> {
  return (await examine(fix)).map(({ check, state }) => `${check} ${state}`);
}

describe("doctor on what killed runs leave", () => {
  it("says of a run whose process is gone that it was killed", async () => {
    const run = RecordedRun.write(repo.root, { baseline: repo.head(), ...DEAD_PROCESS });
    run.print("epoch 1\n");
    expect(await kinds()).toEqual(["stale-run open"]);
    expect(await kinds(true)).toEqual(["stale-run fixed"]);
    expect(readRunRecord(run.project, run.record.id)).toMatchObject({
      ...{ state: "killed", reason: "its process was killed", name: "brisk-bee" },
      endedAt: expect.stringMatching(/^\d{4}-/u) as string,
    });
    expect(await kinds()).toEqual([]);
  });

  it("leaves runs alone that go on, and those that have ended", async () => {
    RecordedRun.write(repo.root, { baseline: repo.head() });
    RecordedRun.write(repo.root, { baseline: repo.head(), ...DEAD_PROCESS, state: "failed" });
    expect(await kinds(true)).toEqual([]);
  });

  it("ends the command that a killed run left in the workspace", async () => {
    const command = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void command.kill("SIGKILL"));
    await once(command, "spawn");
    const run = RecordedRun.write(repo.root, { baseline: repo.head(), ...DEAD_PROCESS });
    const noted = `.dvc/tmp/waymark/exp-runs/${run.record.id}/command.json`;
    repo.write(noted, JSON.stringify(identifyProcess(command.pid ?? 0)));
    const ended = once(command, "exit");
    expect(await kinds()).toEqual(["orphaned-processes open", "stale-run open"]);
    expect(command.exitCode).toBeNull();
    expect(await kinds(true)).toEqual(["orphaned-processes fixed", "stale-run fixed"]);
    expect(await ended).toEqual([null, "SIGTERM"]);
  });

  it("ends nothing that only has the number of a command", async () => {
    const other = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void other.kill("SIGKILL"));
    await once(other, "spawn");
    const run = RecordedRun.write(repo.root, { baseline: repo.head(), ...DEAD_PROCESS });
    const noted = { ...identifyProcess(other.pid ?? 0), processStart: "1" };
    repo.write(`.dvc/tmp/waymark/exp-runs/${run.record.id}/command.json`, JSON.stringify(noted));
    expect(await kinds(true)).toEqual(["stale-run fixed"]);
    expect(other.exitCode).toBeNull();
  });

  it("tells of tasks whose workers are gone, and of the command that takes them up again", async () => {
    const project = openProject(repo.root, GIT_TEST_ENV);
    const spec = { ...commandSpec(project, "true"), baseline: repo.head(), name: "lost" };
    enqueueRuns(project, [{ spec, start: repo.head() }]);
    expect(await kinds()).toEqual([]);
    const holder = { host: "elsewhere.example", processStart: "1", bootId: "other", pid: 7 };
    claimTask(project, { worker: "w1", nowMs: Date.now() - 3_600_000, holder });
    const [finding] = await examine(true);
    expect(finding).toMatchObject({
      ...{ check: "abandoned-tasks", severity: "note", state: "open", isFixable: false },
      what: "A task of the queue had a worker that is gone: 'lost'.",
    });
    expect(finding?.repair).toContain("waymark queue start");
  });

  it("drops locks of dead processes with the lock that the project says", async () => {
    repo.write(".dvc/config", "[core]\n    hardlink_lock = true\n");
    repo.commitAll("lock by links");
    const locks = { read: {}, write: { "/data": { pid: DEAD_PROCESS.pid, cmd: "dvc repro" } } };
    repo.write(".dvc/tmp/rwlock", JSON.stringify(locks));
    expect(await kinds(true)).toEqual(["stale-locks fixed"]);
    expect(JSON.parse(readFileSync(repo.path(".dvc/tmp/rwlock"), "utf8"))).toEqual({ read: {}, write: {} });
    // Held by a link, the lock leaves nothing behind.
    expect(existsSync(repo.path(".dvc/tmp/rwlock.lock"))).toBe(false);
  });
});
