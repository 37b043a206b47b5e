import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { runFamily } from "./family.ts";

const HOOKS = [
  ...["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "post-merge", "post-rewrite"],
  ...["reference-transaction", "post-index-change", "pre-auto-gc", "pre-push", "update", "fsmonitor-watchman"],
];

/** Writes a program that says that it ran. */
function writeProgram(repo: GitRepo, path: string): string {
  const program = repo.path(path);
  repo.write(path, `#!/bin/sh\necho "$0" >> '${repo.path(".git/ran")}'\nexit 1\n`);
  chmodSync(program, 0o755);
  return program;
}

test("no hook runs, wherever the repository says that its hooks are", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  for (const name of HOOKS) writeProgram(repo, `.git/hooks/${name}`);
  for (const name of HOOKS) writeProgram(repo, `.git/more/${name}`);
  repo.write("a.txt", "mine\n");
  const readOnly = ["-c", "core.hooksPath=/dev/null"];
  repo.git(...readOnly, "config", "core.hooksPath", repo.path(".git/more"));
  repo.git(...readOnly, "config", "core.fsmonitor", repo.path(".git/more/fsmonitor-watchman"));
  for (const args of [
    ["save", "-n", "mine"],
    ["list"],
    ["show"],
    ["apply", "HEAD"],
    ["apply", "mine"],
    ["remove", "mine"],
  ]) {
    const { code, stderr } = await runHere(repo.root, ["exp", ...args]);
    expect([code, stderr.includes("error")]).toEqual([0, false]);
  }
  expect((await runHere(repo.root, ["exp", "undo"])).code).toBe(0);
  expect((await runHere(repo.root, ["exp", "branch", "mine", "promoted"])).code).toBe(0);
  expect(repo.has(".git/ran")).toBe(false);
});

test("nothing is signed where everything is to be signed: nobody is there to type a passphrase", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const program = writeProgram(repo, ".git/sign");
  for (const [key, value] of [
    ["commit.gpgSign", "true"],
    ["tag.gpgSign", "true"],
    ["gpg.program", program],
    ["user.signingKey", "0xDEADBEEF"],
  ] as const) {
    repo.git("config", key, value);
  }
  repo.write("a.txt", "mine\n");
  const commit = await runFamily(repo);
  expect(repo.git("cat-file", "commit", commit)).not.toContain("gpgsig");
  expect(repo.has(".git/ran")).toBe(false);
});

test("without a name to commit under, a save says what to type, and everything else works", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  repo.write("a.txt", "mine\n");
  await runHere(repo.root, ["exp", "save", "-n", "mine"]);
  repo.git("checkout", "--quiet", "--", ".");
  const nobody = Object.fromEntries(
    Object.keys(GIT_TEST_ENV).flatMap((name) => (/^GIT_(?:AUTHOR|COMMITTER)_/u.test(name) ? [[name, undefined]] : [])),
  );
  const saved = await runHere(repo.root, ["exp", "save"], nobody);
  expect(saved.code).toBe(1);
  expect(saved.stderr).toMatch(/^error: .*no user name is set\nhint: .*git config/su);
  expect(repo.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps")).toBe("mine");
  for (const args of [["list"], ["show"], ["apply", "mine"], ["undo"], ["branch", "mine", "b"], ["remove", "mine"]]) {
    const { code, stderr } = await runHere(repo.root, ["exp", ...args], nobody);
    expect([args[0], code, stderr.includes("error")]).toEqual([args[0], 0, false]);
  }
});
