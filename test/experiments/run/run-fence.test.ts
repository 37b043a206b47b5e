import { enqueueRuns, openProject, type Project } from "@waymark/experiments";
import { readRef } from "@waymark/git";
import { beforeEach, describe, expect, test } from "vitest";
import { claimTask } from "../../../packages/experiments/src/queue/claim-task.ts";
import type { HeldTask } from "../../../packages/experiments/src/queue/lease.ts";
import { findTasks, killTasks } from "../../../packages/experiments/src/queue/index.ts";
import { moveFenced, type RunFence } from "../../../packages/experiments/src/run/run-fence.ts";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../../support/git-repo.ts";

const REF = "refs/exps/result";
const elsewhere = { pid: 1, host: "far-away", processStart: "0", bootId: "other" };

let repo: GitRepo;
let project: Project;
let held: HeldTask;

beforeEach(() => {
  repo = gitRepo();
  project = openProject(repo.root, GIT_TEST_ENV);
  const spec = {
    ...({ schema: 1, name: "a", baseline: repo.head(), message: null, cwd: ".", force: false } as const),
    ...({ work: { kind: "command", command: ["true"] }, rules: { stop: [], maxTimeMs: null } } as const),
    ...{ params: [], copyPaths: [], resume: null },
  };
  enqueueRuns(project, [{ spec, start: repo.head() }]);
  const claimed = claimTask(project, { worker: "slow", nowMs: Date.now() - 120_000, holder: elsewhere });
  if (claimed === undefined) throw new Error("nothing was claimed");
  held = claimed;
});

const takeOver = (): void => {
  if (claimTask(project, { worker: "quick", nowMs: Date.now() }) === undefined) throw new Error("it was not taken");
};
const move = (fence: RunFence): void => {
  moveFenced(project.repo, { ref: REF, newId: repo.head(), oldId: null }, fence, "a");
};
/** Answers as asked, and lets something happen before anything is written. */
const before = (fence: RunFence, happens: () => void): RunFence => {
  let isFirst = true;
  return () => {
    const answer = fence();
    if (isFirst) happens();
    isFirst = false;
    return answer;
  };
};

describe("what a run writes for a task", () => {
  test("is refused when the task is taken over between the question and the move", () => {
    expect(() => move(before(() => held.checks(), takeOver))).toThrow("is not saved here");
    expect(readRef(project.repo, REF)).toBeUndefined();
    expect(() => move(() => held.checks())).toThrow("is not saved here");
  });

  test("would be written then, were the answer not checked with the move", () => {
    move(before(() => (held.isHeld() ? [] : undefined), takeOver));
    expect(readRef(project.repo, REF)).toBe(repo.head());
  });

  test("is written although its lease is renewed, or somebody wants it ended, in that moment", () => {
    const wish = (): void => {
      killTasks(project, findTasks(project, ["a"]), "ask");
      held.renew(Date.now());
    };
    move(before(() => held.checks(), wish));
    expect([readRef(project.repo, REF), held.isHeld(), held.kill]).toEqual([repo.head(), true, "ask"]);
  });
});
