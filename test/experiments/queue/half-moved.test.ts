import { enqueueRuns, listTasks, openProject, type Project, retryTasks, type RunToQueue } from "@waymark/experiments";
import { processIdentity } from "@waymark/files";
import { type RefUpdate, updateRefs } from "@waymark/git";
import { beforeEach, describe, expect, test } from "vitest";
import { planChange } from "../../../packages/experiments/src/queue/change-task.ts";
import { claimTask } from "../../../packages/experiments/src/queue/claim-task.ts";
import { findHalfMoved, mendHalfMoved } from "../../../packages/experiments/src/queue/half-moved.ts";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";

let repo: GitRepo;
let project: Project;
beforeEach(() => {
  repo = gitRepo({ "params.yaml": "lr: 1\n" });
  project = openProject(repo.root, GIT_TEST_ENV);
});

const gone = { ...processIdentity(), pid: 2 ** 22 - 1, processStart: "1" };
const request = (worker: string, more: object = {}) => ({ worker, nowMs: Date.now(), ...more });
const states = (): readonly string[] => listTasks(project).map(({ spec, place }) => `${spec.name} ${place}`);
const names = (): string => repo.git("for-each-ref", "--format=%(refname:lstrip=6)", "refs/waymark/queue/names");

function run(name: string): RunToQueue {
  return {
    start: repo.head(),
    spec: {
      ...{ schema: 1, name, baseline: repo.head(), message: null, cwd: ".", force: false, params: [], copyPaths: [] },
      ...{ work: { kind: "command", command: ["true"] }, rules: { stop: [], maxTimeMs: null }, resume: null },
    },
  };
}

/** Makes the changes of a transaction up to a number of them, as Git does when it is killed: first what is new. */
function cutShort(updates: readonly RefUpdate[], count: number): void {
  const ordered = [...updates.filter(({ newId }) => newId !== null), ...updates.filter(({ newId }) => newId === null)];
  for (const update of ordered.slice(0, count)) updateRefs(project.repo, [update]);
}

const failed = () => {
  const endedAt = new Date().toISOString();
  return { state: "failed", name: "a", commit: null, exitCode: 1, reason: "it failed", endedAt } as const;
};

/** Leads a task to its place, and answers the refs that were to move with the next change of it. */
const CHANGES: Readonly<Record<string, readonly [() => readonly RefUpdate[], string]>> = {
  claimed: [
    () => {
      const [task] = listTasks(project);
      if (task === undefined) return [];
      const lease = { worker: "w", holder: gone, fence: 1, expiresAt: new Date(0).toISOString(), kill: null };
      return planChange(project, task, { place: "active", content: { attempts: 1, lease } }).updates;
    },
    "a active",
  ],
  "given back": [
    () => {
      const task = claimTask(project, request("w", { holder: gone }))?.task;
      return task === undefined
        ? []
        : planChange(project, task, { place: "waiting", rank: 5, content: { lease: null } }).updates;
    },
    "a waiting",
  ],
  settled: [
    () => {
      const task = claimTask(project, request("w", { holder: gone }))?.task;
      return task === undefined
        ? []
        : planChange(project, task, { place: "done", content: { lease: null, result: failed() } }).updates;
    },
    "a done",
  ],
  retried: [
    () => {
      claimTask(project, request("w"))?.settle(failed());
      const [task] = listTasks(project);
      return task === undefined
        ? []
        : planChange(project, task, { place: "waiting", rank: 7, content: { lease: null } }).updates;
    },
    "a waiting",
  ],
};

describe("a change of the queue whose Git command was killed", () => {
  test.each(Object.entries(CHANGES))("%s: the task is there once, and can be taken or retried", async (_, each) => {
    const [plan, wanted] = each;
    enqueueRuns(project, [run("a")]);
    const updates = plan();
    for (let count = 1; count < updates.length; count += 1) {
      const copy = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/waymark");
      cutShort(updates, count);
      expect(states()).toEqual([wanted]);
      if (wanted === "a done") retryTasks(project, listTasks(project));
      else expect(claimTask(project, request("next"))?.settle(failed())).toBe(true);
      expect((await runHere(repo.root, ["doctor", "--fix"])).code).toBe(0);
      expect(findHalfMoved(project)).toEqual({ outdated: [], idleNames: [], nameless: [] });
      expect(states()).toEqual([wanted === "a done" ? "a waiting" : "a done"]);
      expect(names()).toBe(wanted === "a done" ? "a" : "");
      // Back to where the change began, for the next point.
      for (const ref of repo.git("for-each-ref", "--format=%(refname)", "refs/waymark").split("\n"))
        repo.git("update-ref", "-d", ref);
      for (const line of copy.split("\n")) repo.git("update-ref", ...(line.split(" ") as [string, string]));
    }
  });

  test("leaves no name taken by a task that is not there", () => {
    enqueueRuns(project, [run("a")]);
    const [task] = listTasks(project);
    repo.git("update-ref", "-d", task?.ref ?? "");
    expect(states()).toEqual([]);
    enqueueRuns(project, [run("a")]);
    expect(states()).toEqual(["a waiting"]);
    expect(() => enqueueRuns(project, [run("a")])).toThrow("'a' is taken");
  });

  test("is told of by `doctor`, which completes it", async () => {
    enqueueRuns(project, [run("a"), run("b")]);
    repo.git("update-ref", "-d", listTasks(project)[0]?.ref ?? "");
    const { stdout } = await runHere(repo.root, ["doctor"]);
    expect(stdout).toContain("A change of the queue was made by half");
    await runHere(repo.root, ["doctor", "--fix"]);
    expect([names(), states()]).toEqual(["b", ["b waiting"]]);
  });
});

test("no name is kept for a task that has ended since it looked half-moved", () => {
  enqueueRuns(project, [run("a")]);
  const held = claimTask(project, request("w"));
  // The change that ends it takes the name away first, and the task last.
  repo.git("update-ref", "-d", `refs/waymark/queue/names/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/a`);
  const found = findHalfMoved(project);
  expect(found.nameless.map(({ spec }) => spec.name)).toEqual(["a"]);
  expect(held?.settle(failed())).toBe(true);
  mendHalfMoved(project, found);
  expect([names(), ...states()]).toEqual(["", "a done"]);
});
