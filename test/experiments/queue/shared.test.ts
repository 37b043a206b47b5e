import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  changeQueue,
  enqueueRuns,
  findTasks,
  followLog,
  killTasks,
  listTasks,
  openProject,
  type Project,
  queueRemote,
  type QueueTask,
  refreshQueue,
  removeTasks,
  type RunSpec,
  shareQueue,
  stopWorkers,
  unshareQueue,
  type WorkQueueOptions,
  workQueue,
} from "@waymark/experiments";
import { beforeEach, describe, expect, test } from "vitest";
import { SharedQueue } from "../../../packages/experiments/src/queue/shared/shared-queue.ts";
import { claimShared } from "../../../packages/experiments/src/queue/shared/claim-shared.ts";
import { changeTask } from "../../../packages/experiments/src/queue/change-task.ts";
import { TRAIN } from "./train-script.ts";
import { GIT_TEST_ENV, gitRepo, GitRepo } from "../../support/git-repo.ts";

let bare: string;
let one: GitRepo;
let two: GitRepo;
let here: Project;
let there: Project;

beforeEach(async () => {
  one = gitRepo({ "params.yaml": "lr: 1\n", "train.mjs": TRAIN });
  bare = `${one.root}-bare`;
  const data = `${one.root}-data`;
  one.write(".dvc/config", `[core]\n    remote = disk\n['remote "disk"']\n    url = ${data}\n`);
  one.write(".dvc/.gitignore", "/config.local\n/tmp\n/cache\n");
  one.commitAll("data");
  one.git("init", "--quiet", "--bare", "--initial-branch", "main", bare);
  one.git("remote", "add", "origin", bare);
  one.git("push", "--quiet", "origin", "main");
  const root = `${one.root}-two`;
  execFileSync("git", ["clone", "--quiet", bare, root], { env: GIT_TEST_ENV });
  two = new GitRepo(root);
  here = openProject(one.root, GIT_TEST_ENV);
  there = openProject(two.root, GIT_TEST_ENV);
  return () => {
    for (const folder of [bare, `${bare}-away`, data, root]) rmSync(folder, { recursive: true, force: true });
  };
});

const raise = (): never => {
  throw new Error("there is no such task");
};
const reopen = (): void => {
  here = openProject(one.root, GIT_TEST_ENV);
  there = openProject(two.root, GIT_TEST_ENV);
};

async function share(): Promise<void> {
  await shareQueue(here, "origin");
  await shareQueue(there, "origin");
  reopen();
}

function specOf(name: string, command: readonly string[]): RunSpec {
  return {
    ...{ schema: 1, name, baseline: one.head(), message: null, cwd: ".", force: false, params: [], copyPaths: [] },
    ...{ work: { kind: "command", command }, rules: { stop: [], maxTimeMs: null }, resume: null },
  };
}

const enqueue = async (project: Project, name: string, command: readonly string[] = ["true"]): Promise<unknown> =>
  changeQueue(project, () => enqueueRuns(project, [{ spec: specOf(name, command), start: one.head() }]));
const work = async (project: Project, options: WorkQueueOptions = {}, effects = {}): Promise<number> =>
  workQueue(project, { idleMs: 1, ...options }, effects);
const namesOf = (tasks: readonly QueueTask[]): readonly string[] => tasks.map(({ spec }) => spec.name);
const statesOf = async (project: Project): Promise<unknown> => {
  expect(await refreshQueue(project)).toBeUndefined();
  return Object.fromEntries(listTasks(project).map(({ spec, place, result }) => [spec.name, result?.state ?? place]));
};

describe("a queue that clones share", () => {
  test("has the tasks that waited when it was shared, in every clone", async () => {
    enqueueRuns(here, [{ spec: specOf("a", ["true"]), start: one.head() }]);
    expect(await shareQueue(here, "origin")).toBe(1);
    expect(await shareQueue(there, "origin")).toBe(0);
    reopen();
    expect([queueRemote(here), namesOf(listTasks(there))]).toEqual(["origin", ["a"]]);
    await enqueue(there, "b");
    expect(await statesOf(here)).toEqual({ a: "waiting", b: "waiting" });
    await expect(enqueue(here, "b")).rejects.toThrow("'b' is taken");
    await expect(shareQueue(here, bare)).rejects.toThrow("is shared through 'origin'");
    expect(await unshareQueue(here)).toBe("origin");
    reopen();
    expect([queueRemote(here), listTasks(here), await statesOf(there)]).toEqual([
      undefined,
      [],
      { a: "waiting", b: "waiting" },
    ]);
  });

  test("has no task a second time when sharing is said again, or was cut short", async () => {
    enqueueRuns(here, [{ spec: specOf("a", ["true"]), start: one.head() }]);
    await share();
    const waiting = one.git("for-each-ref", "--format=create %(refname) %(objectname)", "refs/waymark/queue");
    expect(await work(there)).toBe(1);
    expect(await shareQueue(here, "origin")).toBe(0);
    expect(await statesOf(there)).toEqual({ a: "finished" });
    // As it is when the first command of this clone is killed before it has written its setting.
    await unshareQueue(here);
    execFileSync("git", ["update-ref", "--stdin"], { cwd: one.root, env: GIT_TEST_ENV, input: `${waiting}\n` });
    reopen();
    expect([await shareQueue(here, "origin"), await statesOf(there)]).toEqual([0, { a: "finished" }]);
    expect(one.git("ls-remote", "origin", "refs/waymark/queue/waiting/*", "refs/waymark/queue/names/*")).toBe("");
  });

  test("takes no task whose name another has that waits there", async () => {
    await shareQueue(here, "origin");
    reopen();
    await enqueue(here, "a");
    enqueueRuns(there, [{ spec: specOf("a", ["true"]), start: one.head() }]);
    await expect(shareQueue(there, "origin")).rejects.toThrow("'a' is taken");
    reopen();
    expect([queueRemote(there), namesOf(listTasks(there))]).toEqual([undefined, ["a"]]);
  });

  test("brings what can be had when results of others never came to the remote", async () => {
    enqueueRuns(here, [{ spec: specOf("before", ["sh", "-c", "echo 'lr: 3' > params.yaml"]), start: one.head() }]);
    expect(await work(here)).toBe(1);
    await shareQueue(here, "origin");
    reopen();
    await enqueue(here, "after", ["sh", "-c", "echo 'lr: 4' > params.yaml"]);
    expect(await work(here)).toBe(1);
    expect(await shareQueue(there, "origin")).toBe(0);
    expect(await statesOf(there)).toEqual({ before: "finished", after: "finished" });
    expect(two.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps")).toBe("after");
  });

  test("hears how a task ended when the remote is back", { timeout: 60_000 }, async () => {
    await share();
    await enqueue(here, "long", ["sh", "-c", "echo begun; sleep 1; echo 'lr: 5' > params.yaml"]);
    const away = `${bare}-away`;
    const warnings: string[] = [];
    const onWarning = (text: string): void => {
      warnings.push(text);
      if (text.includes("is kept here") && existsSync(away)) renameSync(away, bare);
    };
    const onOutput = (): void => {
      if (!existsSync(away)) renameSync(bare, away);
    };
    expect(await work(there, {}, { onWarning, runEffects: () => ({ onOutput }) })).toBe(1);
    expect(warnings.join("\n")).toContain("long: Cannot talk to the Git remote 'origin'");
    expect(await statesOf(here)).toEqual({ long: "finished" });
    const commit = findTasks(here, ["long"])[0]?.result?.commit ?? "none";
    expect(one.git("show", `${commit}:params.yaml`)).toBe("lr: 5");
  });

  test("is worked on by any of them; results and logs come back to all", async () => {
    await share();
    const before = [one.fingerprint(), two.fingerprint()];
    await enqueue(here, "good", ["sh", "-c", "echo some words; echo 'lr: 2' > params.yaml"]);
    await enqueue(here, "bad", ["sh", "-c", "exit 7"]);
    expect(await work(there)).toBe(2);
    expect(await statesOf(here)).toEqual({ good: "finished", bad: "failed" });
    const [good] = findTasks(here, ["good"]);
    const commit = good?.result?.commit ?? "";
    expect(one.git("for-each-ref", "--format=%(objectname)", "refs/exps")).toBe(commit);
    expect(one.git("show", `${commit}:params.yaml`)).toBe("lr: 2");
    expect(one.git("ls-remote", "origin", "refs/exps/*")).toContain(commit);
    const log: Uint8Array[] = [];
    for await (const piece of followLog(here, good ?? raise())) log.push(piece);
    expect(Buffer.concat(log).toString()).toContain("some words\n");
    expect([one.fingerprint(), two.fingerprint()]).toEqual(before);
    await changeQueue(here, () => removeTasks(here, findTasks(here, ["good", "bad"])));
    expect(await statesOf(there)).toEqual({});
    expect(one.git("ls-remote", "origin", "refs/waymark/*")).toBe("");
  });

  test("gives a task to one of those who want it at the same time", async () => {
    await share();
    for (const name of ["a", "b", "c"]) await enqueue(here, name);
    const claim = async (project: Project, worker: string): Promise<string | undefined> => {
      const queue = SharedQueue.open(project);
      if (queue === undefined) throw new Error("not shared");
      const held = await claimShared(project, queue, { worker, nowMs: Date.now() }, undefined);
      return held?.task.spec.name;
    };
    const claimed = await Promise.all([claim(here, "w1"), claim(there, "w2"), claim(here, "w3"), claim(there, "w4")]);
    expect(claimed.filter((name) => name !== undefined).toSorted()).toEqual(["a", "b", "c"]);
    expect(await statesOf(there)).toEqual({ a: "active", b: "active", c: "active" });
  });

  test("goes on in another clone from the checkpoint that was sent", { timeout: 60_000 }, async () => {
    await share();
    await enqueue(here, "train", ["node", "train.mjs"]);
    let output = "";
    const onOutput = (data: Uint8Array): void => void (output += Buffer.from(data).toString());
    const onCheckpoint = ({ step }: { step: number | undefined }): void => {
      if (step === 1) stopWorkers(here, "now");
    };
    expect(await work(here, {}, { runEffects: () => ({ onOutput, onCheckpoint }) })).toBe(0);
    expect(listTasks(here)).toMatchObject([{ place: "waiting", attempts: 1, experiment: { name: "train" } }]);
    expect(await work(there, {}, { runEffects: () => ({ onOutput }) })).toBe(1);
    expect(await statesOf(here)).toEqual({ train: "finished" });
    expect(output.match(/^step \d+$/gmu)).toEqual(["step 0", "step 1", "step 2", "step 3"]);
    const tips = [one, two].map((repo) => repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps"));
    expect(tips[0]).toBe(tips[1]);
    expect(tips[0]).toContain(findTasks(here, ["train"])[0]?.result?.commit ?? "none");
  });

  test(
    "has one result, and that of who has the task: an old holder can move nothing there",
    { timeout: 60_000 },
    async () => {
      await share();
      await enqueue(here, "slow", ["sh", "-c", "sleep 1; echo 'lr: 8' > params.yaml"]);
      let taken: Promise<unknown> | undefined;
      const onStart = (): void => {
        // As if this clone were on another host and had not been heard of for long: another one takes over, and is quicker.
        taken = (async () => {
          await refreshQueue(there);
          const [task] = findTasks(there, ["slow"]);
          if (task?.lease == null) throw new Error("it has no lease");
          const lease = { ...task.lease, worker: "quick", fence: task.lease.fence + 1 };
          await changeQueue(there, () => changeTask(there, task, { place: "active", content: { lease } }));
        })();
      };
      expect(await work(here, {}, { onStart })).toBe(0);
      await taken;
      expect(await statesOf(there)).toEqual({ slow: "active" });
      expect(one.git("ls-remote", "origin", "refs/exps/*")).toBe("");
    },
  );

  test("ends a task that somebody kills from another clone", { timeout: 60_000 }, async () => {
    await share();
    await enqueue(here, "long", ["sh", "-c", "sleep 60"]);
    const working = work(
      there,
      {},
      {
        onStart: () => {
          void changeQueue(here, () => killTasks(here, findTasks(here, ["long"]), "ask"));
        },
      },
    );
    expect(await working).toBe(1);
    expect(await statesOf(here)).toEqual({ long: "killed" });
  });

  test("is shown as it was when the remote is away, and changed by nobody", async () => {
    await share();
    await enqueue(here, "a");
    renameSync(bare, `${bare}-away`);
    const words = await refreshQueue(here);
    expect(words).toContain("Cannot talk to the Git remote 'origin'");
    expect(words).toContain("less than a minute ago");
    await expect(enqueue(here, "b")).rejects.toThrow("Cannot talk to the Git remote");
    await expect(changeQueue(here, () => removeTasks(here, listTasks(here)))).rejects.toThrow("Cannot talk");
    expect(namesOf(listTasks(here))).toEqual(["a"]);
    renameSync(`${bare}-away`, bare);
    expect(await statesOf(here)).toEqual({ a: "waiting" });
  });

  test("takes nothing of a change that the remote refuses", async () => {
    await share();
    await enqueue(here, "a");
    const hook = join(bare, "hooks/pre-receive");
    mkdirSync(join(bare, "hooks"), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\necho not today >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    await expect(enqueue(here, "b")).rejects.toThrow("refuses to change the queue: pre-receive hook declined");
    expect(namesOf(listTasks(here))).toEqual(["a"]);
    expect(existsSync(hook)).toBe(true);
  });
});
