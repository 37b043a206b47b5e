import { existsSync, lstatSync, readlinkSync, symlinkSync } from "node:fs";
import { runElsewhere, snapshotWorkspace } from "@waymark/experiments";
import { expect, test } from "vitest";
import { gitRepo, GitRepo } from "../../support/git-repo.ts";
import { commandSpec, projectOf } from "./support.ts";

const TREE = ".dvc/tmp/waymark/worktrees/1";

test("ignored and untracked paths are copied when asked for, and never committed", async () => {
  const repo = gitRepo({
    ".gitignore": "/secret.env\n/models/*\n",
    "models/.keep": "",
    "dvc.yaml": "params:\n- extra.yaml\n",
  });
  repo.git("add", "--force", "models/.keep");
  repo.write("secret.env", "a=1\n");
  repo.write("models/big.bin", "big\n");
  repo.write("deep/down/x.txt", "x\n");
  symlinkSync("x.txt", repo.path("deep/down/link"));
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const copyPaths = ["secret.env", "models", "deep/down"];
  const spec = commandSpec(project, "cat secret.env models/big.bin deep/down/link deep/down/x.txt", {
    copyPaths,
    work: { kind: "command", command: ["cat", "secret.env", "models/big.bin", "deep/down/link", "deep/down/x.txt"] },
  });
  const result = await runElsewhere(project, spec, start, { kind: "temp" });
  expect(result).toMatchObject({ state: "finished" });
  const tree = new GitRepo(repo.path(TREE));
  expect(readlinkSync(tree.path("deep/down/link"))).toBe("x.txt");
  const names = repo.git("ls-tree", "-r", "--name-only", result.commit ?? "");
  expect(names).not.toMatch(/secret|big|deep/u);
});

test("a copy of the run's own does not change the user's file", async () => {
  const repo = gitRepo({ ".gitignore": "/notes\n" });
  repo.write("notes", "mine\n");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const spec = commandSpec(project, "echo run >> notes", { copyPaths: ["notes"] });
  await runElsewhere(project, spec, start, { kind: "temp" });
  expect([repo.read("notes"), repo.read(`${TREE}/notes`)]).toEqual(["mine\n", "mine\nrun\n"]);
});

test("what cannot be copied is an error before anything is made", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  for (const path of ["missing", "../outside", "/etc/passwd", ".git", ".git/config", ".", ".dvc", ".dvc/tmp/x"]) {
    const spec = commandSpec(project, "true", { copyPaths: [path] });
    await expect(runElsewhere(project, spec, start, { kind: "temp" })).rejects.toMatchObject({
      code: "COPY_PATH",
      path,
    });
  }
  expect(existsSync(repo.path(TREE))).toBe(false);
});

test("nothing is copied through a link that a commit holds", async () => {
  const repo = gitRepo();
  const outside = gitRepo({}).root;
  symlinkSync(outside, repo.path("way"));
  repo.git("add", "way");
  const start = await snapshotWorkspace(projectOf(repo));
  repo.git("rm", "--quiet", "--cached", "way");
  repo.remove("way");
  repo.write("way/x", "x\n");
  const spec = commandSpec(projectOf(repo), "true", { copyPaths: ["way/x"] });
  await expect(runElsewhere(projectOf(repo), spec, start, { kind: "temp" })).rejects.toMatchObject({
    code: "COPY_PATH",
  });
  expect(existsSync(`${outside}/x`)).toBe(false);
});

test("what the configuration lists is linked into every run elsewhere", async () => {
  const repo = gitRepo({ ".gitignore": "/.venv/\n" });
  repo.write(".venv/bin/tool", "tool\n");
  repo.write("a/node_modules/x", "x\n");
  repo.git("config", "--add", "waymark.link", ".venv/");
  repo.git("config", "--add", "waymark.link", "./a/node_modules");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const result = await runElsewhere(project, commandSpec(project, "cat .venv/bin/tool"), start, { kind: "temp" });
  expect(result).toMatchObject({ state: "finished" });
  expect(readlinkSync(repo.path(TREE, ".venv"))).toBe(repo.path(".venv"));
  expect(readlinkSync(repo.path(TREE, "a/node_modules"))).toBe(repo.path("a/node_modules"));
  expect(repo.git("ls-tree", "-r", "--name-only", result.commit ?? "")).not.toMatch(/venv|node_modules/u);
  await runElsewhere(project, commandSpec(project, "true", { name: "again" }), start, { kind: "temp" });
  expect(repo.read(".venv/bin/tool")).toBe("tool\n");
});

test("what it lists and cannot be linked is told of, and the run goes on", async () => {
  const repo = gitRepo({ "src/a.txt": "a\n" });
  for (const path of ["missing", "src", "../outside", "/etc", ".git/hooks", ".dvc/tmp"]) {
    repo.git("config", "--add", "waymark.link", path);
  }
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const warnings: string[] = [];
  const onWarning = (text: string): void => void warnings.push(text);
  const result = await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp" }, { onWarning });
  expect(result).toMatchObject({ state: "finished" });
  expect(warnings.map((text) => /^'(.+)' \(waymark\.link\) is not linked/u.exec(text)?.[1])).toEqual([
    "missing",
    "src",
    "../outside",
    "/etc",
    ".git/hooks",
    ".dvc/tmp",
  ]);
  expect(lstatSync(repo.path(TREE, "src")).isDirectory()).toBe(true);
});
