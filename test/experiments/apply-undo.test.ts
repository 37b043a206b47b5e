import { chmodSync, lstatSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { applyHere, saveHere, undoHere } from "./support.ts";

/** A repository with the experiment `other`, and a workspace that is like HEAD. */
async function repoWithExperiment(): Promise<GitRepo> {
  const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n", "run.sh": "#!/bin/sh\n", "c.txt": "c\n" });
  repo.write("a.txt", "other a\n");
  repo.remove("b.txt");
  repo.write("new.txt", "other new\n");
  repo.write("run.sh", "#!/bin/sh\necho other\n");
  repo.git("add", "--intent-to-add", "new.txt");
  await saveHere(repo, { name: "other" });
  repo.git("reset", "--quiet", "--hard");
  repo.remove("new.txt");
  return repo;
}

/** Everything of the work tree that a person could lose. */
function snapshot(repo: GitRepo): unknown {
  const files = repo.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0").filter(Boolean);
  const content = [...new Set(files)].toSorted().map((path) => {
    const stats = lstatSync(repo.path(path), { throwIfNoEntry: false });
    if (stats === undefined) return [path, "deleted"];
    if (stats.isSymbolicLink()) return [path, "link", readlinkSync(repo.path(path))];
    return [path, (stats.mode & 0o111).toString(8), readFileSync(repo.path(path)).toString("latin1")];
  });
  return { content, staged: repo.staged() };
}

describe("undoing an apply", () => {
  test("gives back bytes, modes, links, deleted and untracked files, and what was staged", async () => {
    const repo = await repoWithExperiment();
    repo.write("a.txt", "staged\n");
    repo.git("add", "a.txt");
    repo.write("a.txt", Buffer.from("after staging\r\nmixed\n\0\xff", "latin1"));
    chmodSync(repo.path("run.sh"), 0o755);
    repo.remove("c.txt");
    symlinkSync("a.txt", repo.path("new.txt"));
    repo.write("staged-new.txt", "mine\n");
    repo.git("add", "staged-new.txt");
    repo.git("rm", "--quiet", "--cached", "b.txt");
    const before = snapshot(repo);
    await expect(applyHere(repo, "other")).rejects.toThrow(
      "Applying 'other' would replace changes that are saved nowhere:\n  a.txt\n  new.txt\n  run.sh",
    );
    expect(snapshot(repo)).toEqual(before);
    await applyHere(repo, "other", { force: true });
    expect([repo.read("a.txt"), repo.read("new.txt"), repo.has("b.txt")]).toEqual([
      "other a\n",
      "other new\n",
      // It is untracked since it was taken out of the index, and HEAD has it: the experiment deleted it.
      false,
    ]);
    // What was staged is staged still.
    expect(repo.git("show", ":a.txt")).toBe("staged");
    expect(repo.git("ls-files", "staged-new.txt")).toBe("staged-new.txt");
    await undoHere(repo);
    expect(snapshot(repo)).toEqual(before);
    expect(repo.git("fsck", "--no-progress", "--connectivity-only")).not.toMatch(/missing|broken/u);
  });

  test("gives back what was staged, though everything was staged since", async () => {
    const repo = await repoWithExperiment();
    repo.write("a.txt", "mine\n");
    repo.git("add", "a.txt");
    const before = snapshot(repo);
    await applyHere(repo, "other", { force: true });
    repo.git("add", "--all");
    await undoHere(repo);
    expect(snapshot(repo)).toEqual(before);
  });

  test("leaves what is staged alone once HEAD has moved", async () => {
    const repo = await repoWithExperiment();
    await applyHere(repo, "other");
    repo.commitAll("promoted");
    await undoHere(repo);
    expect(repo.git("diff", "--cached", "--name-only")).toBe("");
    expect([repo.read("a.txt"), repo.read("b.txt"), repo.has("new.txt")]).toEqual(["a\n", "b\n", false]);
  });

  test("stops at changes made since, lists them, and keeps them when forced", async () => {
    const repo = await repoWithExperiment();
    repo.write("a.txt", "mine\n");
    await applyHere(repo, "other", { force: true });
    repo.write("a.txt", "since\n");
    repo.write("b.txt", "written again\n");
    await expect(undoHere(repo)).rejects.toThrow(
      "Undoing this would replace changes that are saved nowhere:\n  a.txt\n  b.txt",
    );
    expect(repo.read("a.txt")).toBe("since\n");
    await undoHere(repo, { force: true });
    expect([repo.read("a.txt"), repo.read("b.txt")]).toEqual(["mine\n", "b\n"]);
  });

  test("works as well when nothing was in the way, and twice", async () => {
    const repo = await repoWithExperiment();
    const before = snapshot(repo);
    await applyHere(repo, "other");
    await applyHere(repo, "HEAD");
    expect(snapshot(repo)).toEqual(before);
    await undoHere(repo);
    expect(repo.read("a.txt")).toBe("other a\n");
    await undoHere(repo);
    expect(snapshot(repo)).toEqual(before);
  });

  test("gives back data that was in no cache", async () => {
    const repo = gitRepo({ ".gitignore": "/data\n/model.bin\n" });
    repo.write("data/a.csv", "1\n");
    repo.write("data/b.csv", "2\n");
    repo.write("model.bin", "m1\n");
    const pointer = (path: string, md5: string): string => `outs:\n- md5: ${md5}\n  hash: md5\n  path: ${path}\n`;
    repo.write("data.dvc", pointer("data", "0cc175b9c0f1b6a831c399e269772661.dir"));
    repo.write("model.bin.dvc", pointer("model.bin", "0cc175b9c0f1b6a831c399e269772661"));
    await saveHere(repo, { name: "one" });
    repo.write("data/a.csv", "mine\n");
    repo.remove("data/b.csv");
    repo.write("data/more.csv", "3\n");
    repo.write("model.bin", "mine\n");
    await expect(applyHere(repo, "one")).rejects.toThrow(/ {2}data\/a\.csv\n {2}data\/more\.csv\n {2}model\.bin/u);
    await applyHere(repo, "one", { force: true });
    expect([repo.read("data/a.csv"), repo.read("data/b.csv"), repo.has("data/more.csv")]).toEqual([
      "1\n",
      "2\n",
      false,
    ]);
    // No commit names it, and it is the only copy.
    expect((await runHere(repo.root, ["gc", "--workspace", "--force"])).code).toBe(0);
    await undoHere(repo);
    expect([repo.read("data/a.csv"), repo.read("data/more.csv"), repo.read("model.bin")]).toEqual([
      "mine\n",
      "3\n",
      "mine\n",
    ]);
    expect(repo.has("data/b.csv")).toBe(false);
  });
});

test("a file deleted by the experiment goes, whether the workspace was clean or not", async () => {
  const repo = await repoWithExperiment();
  await applyHere(repo, "other");
  expect(repo.has("b.txt")).toBe(false);
  await applyHere(repo, "HEAD");
  repo.write("c.txt", "dirty\n");
  repo.write("untracked.txt", "u\n");
  await applyHere(repo, "other", { force: true });
  expect([repo.has("b.txt"), repo.read("untracked.txt")]).toEqual([false, "u\n"]);
});

test("a mode that somebody set is a change like any other", async () => {
  const repo = await repoWithExperiment();
  chmodSync(repo.path("run.sh"), 0o755);
  await expect(applyHere(repo, "other")).rejects.toThrow(/ {2}run\.sh$/u);
});

test("an unfinished merge stops it", async () => {
  const repo = await repoWithExperiment();
  repo.git("switch", "--quiet", "--create", "side");
  repo.write("c.txt", "side\n");
  repo.commitAll("side");
  repo.git("switch", "--quiet", "main");
  repo.write("c.txt", "main\n");
  repo.commitAll("main");
  expect(() => repo.git("merge", "side")).toThrow("Command failed: git merge side");
  await expect(applyHere(repo, "other", { force: true })).rejects.toThrow(
    "A merge is not finished; in conflict are:\n  c.txt",
  );
});
