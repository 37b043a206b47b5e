import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

test("a repository of SHA-256 is refused by what DVC's refs cannot spell, and listed as empty", async () => {
  const repo = gitRepo({});
  rmSync(repo.path(".git"), { recursive: true });
  repo.git("init", "--quiet", "--initial-branch", "main", "--object-format", "sha256");
  repo.write("a.txt", "a\n");
  repo.commitAll("start");
  const before = repo.staged();
  for (const args of [["save"], ["apply", "HEAD"], ["branch", "HEAD", "b"]]) {
    const { code, stderr } = await runHere(repo.root, ["exp", ...args]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^error: .*sha256/iu);
    expect(stderr).toContain("hint: ");
  }
  expect((await runHere(repo.root, ["exp", "list"])).code).toBe(0);
  expect((await runHere(repo.root, ["exp", "show", "--json"])).code).toBe(0);
  expect(repo.staged()).toBe(before);
  expect([repo.git("for-each-ref", "refs/exps", "refs/waymark"), repo.read("a.txt")]).toEqual(["", "a\n"]);
});
