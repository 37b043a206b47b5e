import { chmodSync, symlinkSync } from "node:fs";
import { snapshotWorkspace } from "@waymark/experiments";
import { expect, test } from "vitest";
import { gitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { projectOf } from "./support.ts";

test("it holds what Git tracks as the workspace has it, and leaves the workspace as it is", async () => {
  const repo = gitRepo({ "edited.txt": "1\n", "deleted.txt": "1\n", "staged.txt": "1\n", "run.sh": "true\n" });
  repo.write("edited.txt", "2\n");
  repo.remove("deleted.txt");
  repo.write("staged.txt", "2\n");
  repo.write("new.txt", "new\n");
  repo.git("add", "staged.txt", "new.txt");
  repo.write("staged.txt", "3\n");
  repo.write("announced.txt", "announced\n");
  repo.git("add", "--intent-to-add", "announced.txt");
  repo.write("untracked.txt", "untracked\n");
  chmodSync(repo.path("run.sh"), 0o755);
  symlinkSync("run.sh", repo.path("link"));
  repo.git("add", "link");
  const before = repo.fingerprint();
  const refs = repo.git("for-each-ref");
  const snapshot = await snapshotWorkspace(projectOf(repo));
  expect(repo.fingerprint()).toBe(before);
  expect(repo.git("for-each-ref")).toBe(refs);
  expect(repo.files(snapshot.commit)).toMatchObject({
    ...{ "edited.txt": "2", "staged.txt": "3", "new.txt": "new", "announced.txt": "announced", link: "run.sh" },
  });
  const list = repo.git("ls-tree", "-r", snapshot.tree);
  expect(list).toMatch(/^100755 .*\trun\.sh$/mu);
  expect(list).not.toMatch(/deleted|untracked/u);
  expect(snapshot.leftOut).toEqual(["untracked.txt"]);
  expect(repo.git("rev-parse", `${snapshot.commit}^@`)).toBe(repo.head());
});

test("files of the caller's take the place of those of the workspace", async () => {
  const repo = gitRepo({ "params.yaml": "lr: 1\n", "gone.txt": "" });
  const parent = repo.git("commit-tree", "-p", "HEAD", "-m", "checkpoint", "HEAD^{tree}");
  const files = new Map([
    ["params.yaml", Buffer.from("lr: 2\n")],
    ["conf/new.yaml", Buffer.from("a: 1\n")],
    ["gone.txt", null],
  ]);
  const { commit } = await snapshotWorkspace(projectOf(repo), { files, parent });
  expect(repo.files(commit)).toMatchObject({ "params.yaml": "lr: 2", "conf/new.yaml": "a: 1" });
  expect(repo.files(commit)).not.toHaveProperty("gone.txt");
  expect(repo.git("rev-parse", `${commit}~`)).toBe(parent);
  expect([repo.read("params.yaml"), repo.has("conf")]).toEqual(["lr: 1\n", false]);
});

test("a path that leaves the repository is refused", async () => {
  const repo = gitRepo();
  for (const path of ["../out", "/etc/x", ".git/config", "a/../../b"]) {
    const files = new Map([[path, Buffer.from("x")]]);
    await expect(snapshotWorkspace(projectOf(repo), { files })).rejects.toMatchObject({ code: "INVALID_TREE_PATH" });
  }
});

test("data that was edited is in the cache and in the commit, and recorded nowhere else", async () => {
  const repo = gitRepo();
  await runHere(repo.root, ["init", "--quiet"]);
  repo.write("data.csv", "1\n");
  repo.write("folder/a", "a\n");
  await runHere(repo.root, ["add", "--quiet", "data.csv", "folder"]);
  repo.commitAll("data");
  repo.write("data.csv", "2\n");
  repo.write("folder/b", "b\n");
  const before = repo.git("status", "--short");
  const { commit } = await snapshotWorkspace(projectOf(repo));
  expect(repo.git("status", "--short")).toBe(before);
  const recorded = repo.git("show", `${commit}:data.csv.dvc`);
  expect(recorded).toContain("md5: 26ab0db90d72e28ad0ba1e22ee510510");
  expect(repo.read(".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510")).toBe("2\n");
  expect(repo.git("show", `${commit}:folder.dvc`)).toContain("nfiles: 2");
  expect(repo.read("data.csv.dvc")).not.toContain("26ab0db90d72e28ad0ba1e22ee510510");
});

test("data that only the workspace has, because the cache was emptied, is stored for the run", async () => {
  const repo = gitRepo();
  await runHere(repo.root, ["init", "--quiet"]);
  repo.write("data.csv", "1\n");
  await runHere(repo.root, ["add", "--quiet", "data.csv"]);
  repo.commitAll("data");
  repo.remove(".dvc/cache");
  await snapshotWorkspace(projectOf(repo));
  expect(repo.read(".dvc/cache/files/md5/b0/26324c6904b2a9cb4b88d6d61c81d1")).toBe("1\n");
});

test("new files that define stages and their params are part of it, and credentials among them are an error", async () => {
  const repo = gitRepo({ "train.sh": "true\n" });
  await runHere(repo.root, ["init", "--quiet"]);
  repo.commitAll("project");
  repo.write("dvc.yaml", "stages:\n  a:\n    cmd: sh train.sh\n    params:\n    - lr\n    - other.yaml:\n      - x\n");
  repo.write("params.yaml", "lr: 1\n");
  repo.write("other.yaml", "x: 1\n");
  const project = projectOf(repo);
  const { commit, leftOut } = await snapshotWorkspace(project);
  expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining(["dvc.yaml", "params.yaml", "other.yaml"]));
  expect(leftOut).toEqual([]);
  const key = ["-----BEGIN", "RSA", "PRIVATE", "KEY-----"].join(" ");
  repo.write("params.yaml", `key: |\n  ${key}\n`);
  await expect(snapshotWorkspace(project)).rejects.toMatchObject({ code: "SECRETS_FOUND" });
  await snapshotWorkspace(project, { allowsSecrets: true });
});

test("a repository without a DVC project can be run elsewhere, too", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const { commit } = await snapshotWorkspace(projectOf(repo));
  expect(repo.files(commit)).toMatchObject({ "a.txt": "a", ".dvc/config": "" });
  expect(repo.git("status", "--short")).toBe("?? .dvcignore");
});
