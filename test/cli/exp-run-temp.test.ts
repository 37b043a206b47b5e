import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

const PIPELINE = "stages:\n  train:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n";

async function pipelineRepo(): Promise<GitRepo> {
  const repo = gitRepo({ "in.txt": "in\n", "dvc.yaml": PIPELINE });
  await runHere(repo.root, ["init", "--quiet"]);
  repo.commitAll("project");
  return repo;
}

test("`exp run --temp` leaves the workspace alone and says how to get the results", async () => {
  const repo = await pipelineRepo();
  repo.write("in.txt", "edited\n");
  const before = repo.fingerprint();
  const { code, stdout, stderr } = await runHere(repo.root, ["exp", "run", "--temp", "-n", "beside"]);
  expect([code, stderr]).toEqual([0, expect.stringContaining("waymark exp apply beside")]);
  expect(stdout).toContain("Ran experiment: beside\n");
  expect(repo.fingerprint()).toBe(before);
  expect(repo.has("out.txt")).toBe(false);
  expect((await runHere(repo.root, ["exp", "apply", "beside"])).code).toBe(0);
  expect(repo.read("out.txt")).toBe("edited\n");
});

test("paths to copy are those of the folder it was typed in", async () => {
  const repo = gitRepo({ ".gitignore": "secret\n", "sub/a.txt": "a\n" });
  repo.write("sub/secret", "s\n");
  const args = ["exp", "run", "--temp", "-C", "secret", "-n", "copies", "--", "cat", "secret"];
  const { code, stdout } = await runHere(repo.path("sub"), args);
  expect([code, stdout]).toEqual([0, expect.stringContaining("s\n")]);
  const outside = await runHere(repo.path("sub"), ["exp", "run", "--temp", "-C", "../../x", "--", "true"]);
  expect(outside.code).toBe(254);
});

test("untracked files that the run will miss are told of before it begins", async () => {
  const repo = gitRepo();
  for (const name of ["a.py", "b.py", "in/c.py"]) repo.write(name, "\n");
  const args = ["exp", "run", "--temp", "-n", "misses", "-C", "in", "--", "true"];
  const { stderr } = await runHere(repo.root, args);
  expect(stderr).toContain("Untracked files are not part of this run: a.py, b.py. To bring them: git add -N");
});

test("what stages make is not told of as missing, unless it is a command that runs", async () => {
  const repo = gitRepo();
  repo.write("dvc.yaml", "stages:\n  train: {cmd: echo 1 > metrics.json, metrics: [metrics.json: {cache: false}]}\n");
  repo.git("add", ".");
  repo.git("commit", "-qm", "start");
  repo.write("metrics.json", "1\n");
  expect((await runHere(repo.root, ["exp", "run", "--temp"])).stderr).not.toContain("Untracked files are not");
  const command = await runHere(repo.root, ["exp", "run", "--temp", "--", "true"]);
  expect(command.stderr).toContain("Untracked files are not part of this run: metrics.json.");
});

test("a failed run has DVC's exit code and leaves no experiment", async () => {
  const repo = gitRepo();
  const { code } = await runHere(repo.root, ["exp", "run", "--temp", "-n", "fails", "--", "sh", "-c", "exit 7"]);
  expect(code).toBe(255);
  expect((await runHere(repo.root, ["exp", "list"])).stdout).not.toContain("fails");
});

test("`exp clean` and `doctor` leave nothing of the work trees behind", async () => {
  const repo = await pipelineRepo();
  await runHere(repo.root, ["exp", "run", "--temp", "-n", "one"]);
  const pool = repo.path(".dvc/tmp/waymark/worktrees");
  expect(repo.git("worktree", "list")).toContain(pool);
  const { stderr } = await runHere(repo.root, ["exp", "clean"]);
  expect(stderr).toContain("Removed 1 work tree that no run uses.");
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
  await runHere(repo.root, ["exp", "run", "--temp", "-n", "two"]);
  repo.remove(".dvc/tmp/waymark/worktrees");
  const found = await runHere(repo.root, ["doctor"]);
  expect(found.stdout + found.stderr).toContain("its folder is gone");
  await runHere(repo.root, ["doctor", "--fix"]);
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
  expect(readdirSync(repo.path(".git"))).not.toContain("worktrees");
});
