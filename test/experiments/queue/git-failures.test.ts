import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { enqueueRuns, listTasks, openProject, type Project, workQueue } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../../support/git-repo.ts";

/** A Git whose next changes of refs fail, as many as `failures` has lines. */
const FAILING_GIT = `#!/bin/sh
PATH="\${PATH#*:}"
list="$(dirname "$0")/failures"
case " $* " in *" update-ref "*) if [ -s "$list" ]; then tail -n +2 "$list" > "$list.next"; mv "$list.next" "$list"; echo "fatal: not now" >&2; exit 1; fi;; esac
exec git "$@"
`;

interface FailingProject {
  readonly repo: GitRepo;
  readonly project: Project;
  /** Has the next changes of refs fail. */
  readonly fail: (count: number) => void;
  readonly hasFailed: () => boolean;
}

function failingProject(): FailingProject {
  const repo = gitRepo({ "params.yaml": "lr: 1\n" });
  const bin = repo.path(".git/bin");
  mkdirSync(bin);
  writeFileSync(`${bin}/git`, FAILING_GIT);
  chmodSync(`${bin}/git`, 0o755);
  const project = openProject(repo.root, { ...GIT_TEST_ENV, PATH: `${bin}:${GIT_TEST_ENV["PATH"]}` });
  enqueueRuns(project, [
    {
      start: repo.head(),
      spec: {
        ...{ schema: 1, name: "task", baseline: repo.head(), message: null, cwd: ".", force: false, params: [] },
        ...{ copyPaths: [], work: { kind: "command", command: ["true"] } },
        ...{ rules: { stop: [], maxTimeMs: null }, resume: null },
      },
    },
  ]);
  const list = `${bin}/failures`;
  const fail = (count: number): void => writeFileSync(list, "x\n".repeat(count));
  return { repo, project, fail, hasFailed: () => existsSync(list) && repo.read(".git/bin/failures") === "" };
}

const finished = (name: string) => ({
  ...({ state: "finished", name, commit: null, exitCode: 0, reason: null } as const),
  error: undefined,
});

describe("a worker whose Git commands fail", () => {
  test("tries again to take a task, and says so", async () => {
    const { project, fail, hasFailed } = failingProject();
    const warnings: string[] = [];
    fail(2);
    const run = async () => finished("task");
    const ended = await workQueue(project, { idleMs: 1500, run }, { onWarning: (text) => warnings.push(text) });
    expect([ended, hasFailed(), warnings.length]).toEqual([1, true, 2]);
    expect(warnings[0]).toContain("not now");
  });

  test("keeps what has finished, and says it once it can", async () => {
    const { project, fail, hasFailed } = failingProject();
    const run = async () => {
      fail(1);
      return finished("task");
    };
    await workQueue(project, { idleMs: 1, run });
    expect(hasFailed()).toBe(true);
    expect(listTasks(project).map(({ place, result }) => [place, result?.state])).toEqual([["done", "finished"]]);
  });

  test("gives up when they go on failing, and leaves the task in the queue", async () => {
    const { project, fail } = failingProject();
    fail(100);
    await expect(workQueue(project, { idleMs: 60_000, run: async () => finished("task") })).rejects.toThrow("not now");
    expect(listTasks(project).map(({ place }) => place)).toEqual(["waiting"]);
  });
});
