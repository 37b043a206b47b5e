import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { GIT_TEST_ENV, GitRepo, gitRepo } from "../support/git-repo.ts";
import { runFamily } from "./family.ts";
import { applyHere, saveHere } from "./support.ts";

async function origin(): Promise<GitRepo> {
  const repo = gitRepo({ "a.txt": "first\n", "b.txt": "b\n" });
  repo.git("config", "uploadpack.allowFilter", "true");
  repo.git("config", "uploadpack.allowAnySHA1InWant", "true");
  repo.write("a.txt", "second\n");
  repo.commitAll("second");
  repo.write("a.txt", "shared\n");
  await saveHere(repo, { name: "shared" });
  repo.git("checkout", "--quiet", "--", ".");
  return repo;
}

function clone(repo: GitRepo, ...options: readonly string[]): GitRepo {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "waymark-clone-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "clone");
  const args = ["clone", "--quiet", ...options, `file://${repo.root}`, root];
  execFileSync("git", args, { env: GIT_TEST_ENV, stdio: "pipe" });
  return new GitRepo(root);
}

test("a shallow clone holds experiments of the commit it begins with", async () => {
  const repo = clone(await origin(), "--depth=1");
  expect(repo.git("rev-parse", "--is-shallow-repository")).toBe("true");
  repo.write("a.txt", "mine\n");
  await runFamily(repo);
});

test("an experiment that came without its baseline's history is applied as any other", async () => {
  const source = await origin();
  source.write("c.txt", "c\n");
  source.commitAll("third");
  const repo = clone(source, "--depth=1");
  repo.git("fetch", "--quiet", "--depth=1", "origin", "refs/exps/*:refs/exps/*");
  await applyHere(repo, "shared");
  expect([repo.read("a.txt"), repo.has("c.txt")]).toEqual(["shared\n", false]);
});

test("a partial clone fetches what an experiment needs, and no more", async () => {
  const source = await origin();
  source.write("b.txt", "large, and in no commit that is checked out\n");
  await saveHere(source, { name: "unused" });
  const repo = clone(source, "--filter=blob:none");
  repo.write("a.txt", "mine\n");
  await runFamily(repo);
  repo.git("checkout", "--quiet", "--", ".");
  repo.git("fetch", "--quiet", "origin", "refs/exps/*:refs/exps/*");
  await applyHere(repo, "shared");
  expect(repo.read("a.txt")).toBe("shared\n");
  const missing = repo
    .git("rev-list", "--objects", "--all", "--missing=print")
    .split("\n")
    .filter((line) => line.startsWith("?"));
  expect(missing).toContain(
    `?${source.git("rev-parse", `${source.git("for-each-ref", "--format=%(refname)", "refs/exps/**/unused")}:b.txt`)}`,
  );
});

test("on a detached HEAD everything works, and it stays detached", async () => {
  const repo = await origin();
  repo.git("update-ref", "-d", repo.git("for-each-ref", "--format=%(refname)", "refs/exps"));
  repo.git("switch", "--quiet", "--detach", "HEAD~");
  repo.write("a.txt", "mine\n");
  await runFamily(repo);
  expect(repo.git("rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
});
