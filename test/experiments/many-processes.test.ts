import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waymark } from "../support/cli.ts";
import { isLong } from "../support/fault-run.ts";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";
import { experimentRef } from "./support.ts";

/** So many save, and as many remove, at the same time. */
const EACH = isLong ? 100 : 6;
const TIMEOUT_MS = 600_000;

test(
  "processes that save and remove at the same time lose nothing, and leave no lock",
  async () => {
    const repo = gitRepo({ "params.yaml": "lr: 1\n" });
    const head = repo.head();
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "old");
    const numbers = Array.from({ length: EACH }, (_, at) => at);
    for (const at of numbers) repo.git("update-ref", experimentRef(head, `old-${at}`), commit);
    repo.git("pack-refs", "--all");
    const run = async (...args: readonly string[]): ReturnType<typeof waymark> =>
      waymark(["exp", ...args], { cwd: repo.root, env: GIT_TEST_ENV });
    const answers = await Promise.all(
      numbers.flatMap((at) => [run("save", "-n", `new-${at}`), run("remove", `old-${at}`)]),
    );
    expect(answers.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
    const listed = (namespace: string): string[] =>
      repo.git("for-each-ref", "--format=%(refname)", namespace).split("\n").filter(Boolean).sort();
    expect(listed("refs/exps")).toEqual(numbers.map((at) => experimentRef(head, `new-${at}`)).sort());
    expect(listed("refs/waymark/trash")).toHaveLength(EACH);
    expect(locksBelow(repo.path(".git"))).toEqual([]);
    // Every one of them can be brought back by itself.
    const undone = [];
    for (let left = Math.min(EACH, 5); left > 0; left -= 1) undone.push((await run("undo")).code);
    expect(undone.every((code) => code === 0)).toBe(true);
    expect(listed("refs/exps")).toHaveLength(EACH + undone.length);
    expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
  },
  TIMEOUT_MS,
);

function locksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(".lock"))
    .map(({ parentPath, name }) => join(parentPath, name));
}
