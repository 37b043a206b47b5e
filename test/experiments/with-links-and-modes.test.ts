import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { runFamily } from "./family.ts";
import { applyHere, saveHere, TestRun, undoHere } from "./support.ts";

test("links and execute bits come back as they were", async () => {
  const repo = gitRepo({ "run.sh": "#!/bin/sh\n", "tool.sh": "#!/bin/sh\n", "data/a.txt": "a\n", "plain.txt": "p\n" });
  symlinkSync("data/a.txt", repo.path("to-file"));
  symlinkSync("data", repo.path("to-folder"));
  chmodSync(repo.path("tool.sh"), 0o755);
  repo.commitAll("links");
  rmSync(repo.path("to-file"));
  symlinkSync("nowhere", repo.path("to-file"));
  chmodSync(repo.path("run.sh"), 0o755);
  chmodSync(repo.path("tool.sh"), 0o644);
  rmSync(repo.path("plain.txt"));
  symlinkSync("run.sh", repo.path("plain.txt"));
  rmSync(repo.path("to-folder"));
  repo.write("to-folder/now-a-folder.txt", "x\n");
  symlinkSync("/etc/hostname", repo.path("new-link"));
  const commit = await runFamily(repo, { save: ["-I", "new-link", "-I", "to-folder"] });
  expect(repo.git("ls-tree", commit, "plain.txt", "run.sh", "new-link")).toMatch(
    /^120000 .*new-link\n120000 .*plain\.txt\n100755 .*run\.sh$/u,
  );
});

test("execute bits that the file system does not have stay as Git has them", async () => {
  const repo = gitRepo({ "run.sh": "#!/bin/sh\n" });
  repo.git("config", "core.fileMode", "false");
  repo.git("update-index", "--chmod=+x", "run.sh");
  repo.commitAll("program");
  repo.write("run.sh", "#!/bin/sh\necho\n");
  const { commit } = await saveHere(repo);
  expect(repo.git("ls-tree", commit, "run.sh")).toMatch(/^100755/u);
});

test("nothing is written through a link out of the repository", async () => {
  const outside = mkdtempSync(join(tmpdir(), "waymark-outside-"));
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
  writeFileSync(join(outside, "a.txt"), "theirs\n");
  const repo = gitRepo({ "x.txt": "x\n" });
  repo.write("data/a.txt", "mine\n");
  await saveHere(repo, { name: "mine", include: [repo.path("data")] });
  repo.remove("data");
  symlinkSync(outside, repo.path("data"));
  await expect(applyHere(repo, "mine")).rejects.toThrow(/ {2}data$/u);
  await applyHere(repo, "mine", { force: true });
  expect([repo.read("data/a.txt"), readFileSync(join(outside, "a.txt"), "utf8")]).toEqual(["mine\n", "theirs\n"]);
  await undoHere(repo);
  expect(readlinkSync(repo.path("data"))).toBe(outside);
  expect(readdirSync(outside)).toEqual(["a.txt"]);
});

test("a link in a checkpointed folder comes back as the file it points to, as DVC's lists of files know no links", async () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  mkdirSync(repo.path("ckpt"));
  repo.write("ckpt/step-1.bin", "weights\n");
  symlinkSync("step-1.bin", repo.path("ckpt/latest"));
  run.log(0);
  expect(run.checkpoint(0, { paths: ["ckpt"] }).notes).toEqual([
    "The link 'ckpt/latest' in 'ckpt' is kept as the file it points to, and comes back as a file.",
  ]);
  run.log(1);
  expect(run.checkpoint(1, { paths: ["ckpt"] }).notes).toBeUndefined();
  await applyHere(repo, "HEAD");
  expect(repo.has("ckpt")).toBe(false);
  await applyHere(repo, "first@0");
  expect([repo.read("ckpt/step-1.bin"), repo.read("ckpt/latest")]).toEqual(["weights\n", "weights\n"]);
});
