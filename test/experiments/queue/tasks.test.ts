import { processIdentity } from "@waymark/files";
import { beforeEach, describe, expect, test } from "vitest";
import {
  changeQueue,
  enqueueRuns,
  findTasks,
  killTasks,
  listTasks,
  moveTask,
  openProject,
  type Project,
  type QueueTask,
  removeTasks,
  retryTasks,
  type RunToQueue,
} from "@waymark/experiments";
import { claimTask, tryClaim } from "../../../packages/experiments/src/queue/claim-task.ts";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../../support/git-repo.ts";

let repo: GitRepo;
let project: Project;

beforeEach(() => {
  repo = gitRepo({ "params.yaml": "lr: 1\n" });
  project = openProject(repo.root, GIT_TEST_ENV);
});

function run(name: string | undefined, changes: Partial<RunToQueue["spec"]> = {}): RunToQueue {
  return {
    start: repo.head(),
    spec: {
      ...{ schema: 1, name, baseline: repo.head(), message: null, cwd: ".", force: false, params: [], copyPaths: [] },
      ...{ work: { kind: "command", command: ["true"] }, rules: { stop: [], maxTimeMs: null }, resume: null },
      ...changes,
    },
  };
}

const request = (worker: string, more: object = {}) => ({ worker, nowMs: Date.now(), ...more });
const elsewhere = { ...processIdentity(), host: "another-host" };
const gone = { ...processIdentity(), pid: 2 ** 22 - 1, processStart: "1" };
const namesOf = (tasks: readonly QueueTask[]): readonly string[] => tasks.map(({ spec }) => spec.name);
const waiting = (): readonly string[] => namesOf(listTasks(project, ["waiting"]));

function settled(state: "finished" | "failed") {
  return { state, name: "x", commit: null, exitCode: 0, reason: null, endedAt: new Date().toISOString() } as const;
}

describe("runs that are queued", () => {
  test("wait in the order they came in, each with its files, and leave everything of the user alone", () => {
    const before = repo.fingerprint();
    const files = new Map([["params.yaml", Buffer.from("lr: 2\n")]]);
    enqueueRuns(project, [run("a"), { ...run("b"), files }]);
    enqueueRuns(project, [run("c")]);
    expect(waiting()).toEqual(["a", "b", "c"]);
    const [, b] = listTasks(project);
    expect(repo.git("show", `${b?.commit}:params.yaml`)).toBe("lr: 2");
    expect(repo.git("rev-parse", `${b?.commit}^`)).toBe(repo.head());
    expect(repo.fingerprint()).toBe(before);
    expect(repo.git("for-each-ref", "refs/exps")).toBe("");
  });

  test("have names of their own: all of them are queued, or none", () => {
    enqueueRuns(project, [run("a")]);
    expect(() => enqueueRuns(project, [run("b"), run("a")])).toThrow("'a' is taken: a task in the queue");
    expect(() => enqueueRuns(project, [run("b"), run("b")])).toThrow("two tasks at once");
    repo.git("update-ref", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/made`, repo.head());
    expect(() => enqueueRuns(project, [run("b"), run("made")])).toThrow("an experiment of this commit");
    expect(waiting()).toEqual(["a"]);
    const drawn = enqueueRuns(project, [run(undefined), run(undefined)], { random: () => 0 });
    expect(new Set(drawn.map(({ name }) => name)).size).toBe(2);
  });

  test("outlive old logs and the collection of garbage", () => {
    enqueueRuns(project, [{ ...run("a"), files: new Map([["only-here.txt", Buffer.from("kept\n")]]) }]);
    repo.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
    repo.git("gc", "--quiet", "--prune=now");
    const [task] = listTasks(project);
    expect(repo.git("show", `${task?.commit}:only-here.txt`)).toBe("kept");
    expect(claimTask(project, request("w"))?.task.spec.name).toBe("a");
  });
});

describe("a task that is claimed", () => {
  test("belongs to one worker, whoever else wants it at the same time", () => {
    enqueueRuns(project, [run("a"), run("b")]);
    const [seen] = listTasks(project);
    const first = claimTask(project, request("one"));
    expect(first?.task).toMatchObject({ place: "active", attempts: 1, lease: { worker: "one", fence: 1 } });
    expect(tryClaim(project, seen as QueueTask, request("two"))).toBeUndefined();
    expect(claimTask(project, request("two"))?.task.spec.name).toBe("b");
    expect(claimTask(project, request("three"))).toBeUndefined();
  });

  test("is taken over when its process is gone, and its old holder can say nothing any more", () => {
    enqueueRuns(project, [run("a")]);
    const old = claimTask(project, request("one", { holder: gone }));
    const now = claimTask(project, request("two"));
    expect(now?.task).toMatchObject({ attempts: 2, lease: { worker: "two", fence: 2 } });
    expect(old?.isHeld()).toBe(false);
    expect(old?.settle(settled("finished"))).toBe(false);
    expect(old?.renew(Date.now())).toBe(false);
    expect(now?.settle(settled("failed"))).toBe(true);
    expect(listTasks(project)).toMatchObject([{ place: "done", result: { state: "failed" } }]);
  });

  test("keeps the end that another worker has said between the look at the lease and the change", () => {
    enqueueRuns(project, [run("a")]);
    const old = claimTask(project, request("one", { holder: gone }));
    let isTaken = false;
    const late = {
      ...settled("finished"),
      get reason() {
        if (!isTaken) {
          isTaken = true;
          expect(claimTask(project, request("two"))?.settle(settled("failed"))).toBe(true);
        }
        return null;
      },
    };
    expect(old?.settle(late)).toBe(false);
    expect(listTasks(project)).toMatchObject([{ place: "done", attempts: 2, result: { state: "failed" } }]);
  });

  test("is taken from another host only when its lease ran out", () => {
    enqueueRuns(project, [run("a")]);
    const held = claimTask(project, request("far", { holder: elsewhere, leaseMs: 1000 }));
    expect(claimTask(project, request("near"))).toBeUndefined();
    expect(held?.renew(Date.now() + 900)).toBe(true);
    expect(claimTask(project, request("near", { nowMs: Date.now() + 1500 }))).toBeUndefined();
    expect(claimTask(project, request("near", { nowMs: Date.now() + 2000 }))?.task.attempts).toBe(2);
    expect(held?.isHeld()).toBe(false);
  });

  test("says so where something is in the way of its end, instead of trying for ever", () => {
    enqueueRuns(project, [run("a")]);
    const held = claimTask(project, request("one"));
    repo.git("update-ref", `refs/waymark/queue/done/${held?.task.id}`, repo.head());
    expect(() => held?.settle(settled("finished"))).toThrow("was changed by another process");
  });

  test("stays its worker's when somebody asks for its end, also while the lease is renewed", () => {
    enqueueRuns(project, [run("a")]);
    const held = claimTask(project, request("one"));
    killTasks(project, findTasks(project, ["a"]), "ask");
    expect(held?.renew(Date.now())).toBe(true);
    expect(held?.kill).toBe("ask");
    expect(held?.settle({ ...settled("failed"), state: "killed" })).toBe(true);
    expect(() => killTasks(project, findTasks(project, ["a"]), "ask")).toThrow("does not run");
  });
});

test("a change is made after all when a worker was quicker in between, and not tried for ever", async () => {
  enqueueRuns(project, [run("a")]);
  const held = claimTask(project, request("one"));
  let looks = 0;
  const kill = (isRenewed: (look: number) => boolean) => async (): Promise<void> =>
    changeQueue(project, () => {
      const tasks = findTasks(project, ["a"]);
      looks += 1;
      if (isRenewed(looks)) held?.renew(Date.now() + looks * 1000);
      killTasks(project, tasks, "ask");
    });
  await kill((look) => look === 1)();
  expect([looks, held?.renew(Date.now()), held?.kill]).toEqual([2, true, "ask"]);
  await expect(kill(() => true)).rejects.toThrow("The task 'a' was changed by another process in the meantime");
});

describe("tasks", () => {
  test("are found by name and by the beginning of their id", () => {
    const [a] = enqueueRuns(project, [run("a"), run("b")]);
    expect(namesOf(findTasks(project, ["b", a?.id.slice(0, 6) ?? ""]))).toEqual(["b", "a"]);
    expect(() => findTasks(project, ["b", "nope", "123"])).toThrow("no task 'nope', '123'");
  });

  test("change their order, also where no number is free between two", () => {
    enqueueRuns(
      project,
      ["a", "b", "c", "d"].map((name) => run(name)),
    );
    const [d] = findTasks(project, ["d"]);
    moveTask(project, d as QueueTask, { kind: "first" });
    expect(waiting()).toEqual(["d", "a", "b", "c"]);
    const [c, b] = findTasks(project, ["c", "b"]);
    moveTask(project, c as QueueTask, { kind: "before", task: b as QueueTask });
    expect(waiting()).toEqual(["d", "a", "c", "b"]);
    moveTask(project, findTasks(project, ["d"])[0] as QueueTask, { kind: "last" });
    expect(waiting()).toEqual(["a", "c", "b", "d"]);
    claimTask(project, request("w"));
    const [a, other] = findTasks(project, ["a", "d"]);
    expect(() => moveTask(project, a as QueueTask, { kind: "first" })).toThrow("'a' does not wait");
    expect(() => moveTask(project, other as QueueTask, { kind: "before", task: a as QueueTask })).toThrow(
      "does not wait",
    );
  });

  test("that did not finish are put back, behind those that wait, and have their names again", () => {
    enqueueRuns(project, [run("a"), run("b")]);
    claimTask(project, request("w"))?.settle(settled("failed"));
    retryTasks(project, findTasks(project, ["a"]));
    expect(waiting()).toEqual(["b", "a"]);
    expect(() => enqueueRuns(project, [run("a")])).toThrow("is taken");
    expect(() => retryTasks(project, findTasks(project, ["a"]))).toThrow("is not over: it waits");
    claimTask(project, request("w"))?.settle(settled("finished"));
    expect(() => retryTasks(project, findTasks(project, ["b"]))).toThrow("has finished");
  });

  test("whose name another task has by now are not put back", () => {
    enqueueRuns(project, [run("a")]);
    claimTask(project, request("w"))?.settle(settled("failed"));
    const failed = findTasks(project, ["a"]);
    enqueueRuns(project, [run("a")]);
    expect(() => retryTasks(project, failed)).toThrow("'a' is taken");
    expect(listTasks(project, ["done"])).toHaveLength(1);
  });

  test("are removed with their names, but not while they run", () => {
    enqueueRuns(project, [run("a"), run("b")]);
    removeTasks(project, findTasks(project, ["b"]));
    expect(repo.git("for-each-ref", "--format=%(refname:lstrip=5)", "refs/waymark/queue/names")).toMatch(/\/a$/);
    const seen = findTasks(project, ["a"]);
    claimTask(project, request("w"));
    expect(() => removeTasks(project, findTasks(project, ["a"]))).toThrow("'a' is running");
    expect(() => removeTasks(project, seen)).toThrow("changed by another process");
  });

  test("that make no sense are passed over", () => {
    repo.git("update-ref", "refs/waymark/queue/waiting/0000000000000001-0123abcd", repo.head());
    repo.git("update-ref", "refs/waymark/queue/waiting/odd", repo.head());
    enqueueRuns(project, [run("a")]);
    expect(waiting()).toEqual(["a"]);
    expect(claimTask(project, request("w"))?.task.spec.name).toBe("a");
  });
});
