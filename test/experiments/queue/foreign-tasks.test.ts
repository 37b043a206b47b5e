import { enqueueRuns, examineProject, listTasks, openProject, type RunSpec, workQueue } from "@waymark/experiments";
import { expect, test } from "vitest";
import { formatTask, parseTask, type TaskContent } from "../../../packages/experiments/src/queue/task.ts";
import { GIT_TEST_ENV, gitRepo } from "../../support/git-repo.ts";

const ID = "a".repeat(40);
const TIME = "2026-11-23T14:00:00.000Z";
const SPEC: RunSpec = {
  ...{ schema: 1, name: "good", baseline: ID, message: null, cwd: "sub/folder", force: true, copyPaths: [".env"] },
  ...{ work: { kind: "command", command: ["true"] }, params: [{ file: "params.yaml", path: "lr", value: [1] }] },
  ...{ rules: { stop: ["loss is nan"], maxTimeMs: 5 }, resume: { selector: "a@1", commit: ID } },
};
const TASK: TaskContent = {
  ...{ schema: 1, id: "00000001", spec: SPEC, recordId: "20261123T141657-321-3f619f79", createdAt: TIME },
  ...{ attempts: 1, startedAt: TIME },
  lease: {
    ...{ worker: "host-1", holder: { pid: 1, host: "h", processStart: null, bootId: null } },
    ...{ fence: 1, expiresAt: TIME, kill: "ask" },
  },
  result: { state: "failed", name: "good", commit: ID, exitCode: 7, reason: "why", endedAt: TIME },
};

/** Changes one part, named by its path, and reads the task back. */
function readChanged(path: string, value: unknown): TaskContent | undefined {
  const task = structuredClone(TASK) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, task);
  holder[last] = value;
  return parseTask(formatTask(task as unknown as TaskContent));
}

test("a task is read back as it was written, with work of either kind", () => {
  expect(parseTask(formatTask(TASK))).toEqual(TASK);
  const options = { targets: ["train"], isAll: false, onError: "keep-going", jobs: 2, force: true };
  expect(readChanged("spec.work", { kind: "pipeline", options })?.spec.work).toEqual({ kind: "pipeline", options });
  expect(readChanged("spec.cwd", ".")).toBeDefined();
});

test.each<readonly [string, readonly unknown[]]>([
  ["spec.name", ["../../evil", "", "a b", 5, null]],
  ["spec.baseline", ["zz", "", `${ID}\n`, null]],
  ["spec.work", [{ kind: "command" }, { kind: "command", command: [] }, { kind: "pipeline" }, { kind: "x" }, null]],
  [
    "spec.work",
    [
      { kind: "pipeline", options: { targets: "all" } },
      { kind: "pipeline", options: { onError: "no" } },
    ],
  ],
  ["spec.cwd", ["/etc", "..", "a/../../b", "", 5]],
  ["spec.params", [null, [null], [5], [{ file: 5, path: "x" }]]],
  ["spec.copyPaths", [null, [5]]],
  ["spec.rules", [{}, { stop: [5], maxTimeMs: null }, { stop: [], maxTimeMs: "1h" }, { stop: [], maxTimeMs: -1 }]],
  ["spec.isReset", ["yes", 1, null]],
  ["spec.resume", [5, {}, { selector: "a", commit: "b" }]],
  ["createdAt", ["nope", 5]],
  ["startedAt", ["nope", 5]],
  ["attempts", [1e308, "1"]],
  ["recordId", ["../x", ""]],
  ["lease.fence", [1.5, "1"]],
  ["lease.kill", ["now", 5]],
  ["lease.holder", [{}, null]],
  ["result.state", ["flying", "running"]],
  ["result.reason", [5, {}]],
  ["result.commit", ["zz"]],
])("a task whose %s is not what it has to be is none", (path, values) => {
  for (const value of values) expect(readChanged(path, value), JSON.stringify(value)).toBeUndefined();
});

test("tasks that are none keep no worker from those behind them", { timeout: 30_000 }, async () => {
  const repo = gitRepo({ "params.yaml": "lr: 1\n" });
  const project = openProject(repo.root, GIT_TEST_ENV);
  const enqueue = (name: string): void => {
    const spec: RunSpec = { ...SPEC, name, baseline: repo.head(), cwd: ".", copyPaths: [], resume: null };
    enqueueRuns(project, [{ spec: { ...spec, rules: { stop: [], maxTimeMs: null } }, start: repo.head() }]);
  };
  const foreign = (rank: number, spec: object): void => {
    const id = `0000000${rank}`;
    const { lease: _, ...task } = { ...TASK, id, lease: null, result: null, attempts: 0, startedAt: null };
    const sound = { ...SPEC, cwd: ".", copyPaths: [], resume: null, rules: { stop: [], maxTimeMs: null } };
    const text = formatTask({ ...task, lease: null, spec: { ...sound, name: `foreign-${rank}`, ...spec } });
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", text);
    repo.git("update-ref", `refs/waymark/queue/waiting/000000000000000${rank}-${id}`, commit);
  };
  enqueue("behind");
  foreign(1, { baseline: "zz" });
  foreign(2, { work: { kind: "command" } });
  // Sound in itself, of a commit that is not here.
  foreign(3, { baseline: ID });
  await workQueue(project, { idleMs: 1 });
  expect(Object.fromEntries(listTasks(project).map(({ spec, result }) => [spec.name, result?.state]))).toEqual({
    behind: "finished",
    "foreign-3": "failed",
  });
  expect(repo.git("for-each-ref", "refs/exps").split("\n")).toHaveLength(1);
  const findings = await examineProject(project);
  expect(findings.find(({ check }) => check === "unreadable-tasks")?.what).toMatch(
    /^2 refs of the queue cannot be read as a task: refs\/waymark\/queue\/waiting\/0{15}1-0{7}1, /,
  );
});
