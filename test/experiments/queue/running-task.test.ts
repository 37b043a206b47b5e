import { beforeEach, expect, test } from "vitest";
import { enqueueRuns, listTasks, openProject, type Project } from "@waymark/experiments";
import { claimTask } from "../../../packages/experiments/src/queue/claim-task.ts";
import { RunningTask } from "../../../packages/experiments/src/queue/running-task.ts";
import { GIT_TEST_ENV, gitRepo } from "../../support/git-repo.ts";

const HOUR_MS = 3_600_000;
const LEASE_MS = 60_000;

let project: Project;
let task: RunningTask;

const expiresAt = (): number => Date.parse(listTasks(project)[0]?.lease?.expiresAt ?? "");

beforeEach(() => {
  const repo = gitRepo();
  project = openProject(repo.root, GIT_TEST_ENV);
  enqueueRuns(project, [
    {
      start: repo.head(),
      spec: {
        ...{ schema: 1, name: "a", baseline: repo.head(), message: null, cwd: ".", force: false, params: [] },
        ...{ copyPaths: [], rules: { stop: [], maxTimeMs: null }, resume: null },
        work: { kind: "command", command: ["true"] },
      },
    },
  ]);
  const held = claimTask(project, { worker: "w", nowMs: Date.now(), leaseMs: LEASE_MS });
  if (held === undefined) throw new Error("nothing waits");
  const runner = async (): Promise<never> => new Promise(() => undefined);
  task = new RunningTask(project, held, { env: {}, leaseMs: LEASE_MS, runner, effects: {} });
});

test("a lease is renewed when a third of it has passed, and not before", () => {
  const first = expiresAt();
  const nowMs = Date.now();
  task.look(nowMs + LEASE_MS / 6);
  expect(expiresAt()).toBe(first);
  task.look(nowMs + LEASE_MS / 2);
  expect(expiresAt()).toBe(nowMs + LEASE_MS / 2 + LEASE_MS);
});

test("a lease is renewed when the clock was put back, and then as often as ever", () => {
  const agoMs = Date.now() - HOUR_MS;
  task.look(agoMs);
  expect(expiresAt()).toBe(agoMs + LEASE_MS);
  task.look(agoMs + LEASE_MS / 6);
  expect(expiresAt()).toBe(agoMs + LEASE_MS);
  task.look(agoMs + LEASE_MS / 2);
  expect(expiresAt()).toBe(agoMs + LEASE_MS / 2 + LEASE_MS);
});
