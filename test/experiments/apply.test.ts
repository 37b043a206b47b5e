import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { applyHere as apply, TestRun, undoHere as undo } from "./support.ts";

/** Two experiments of one baseline; the workspace is as the second left it. */
function twoExperiments(): GitRepo {
  const repo = gitRepo({ "train.js": "// v1\n", "old.txt": "old\n", "params.yaml": "lr: 0.1\n" });
  const first = new TestRun(repo);
  for (let step = 0; step < 3; step += 1) first.checkpoint(step);
  first.end(2);
  repo.write("train.js", "// v2\n");
  repo.write("params.yaml", "lr: 0.2\n");
  repo.remove("old.txt");
  repo.remove("live");
  const second = new TestRun(repo, { name: "second" });
  repo.write("live/plots/metrics/extra.tsv", "step\textra\n0\t1\n");
  second.checkpoint(0, { paths: [] });
  repo.write("big.bin", "big\n");
  second.checkpoint(1, { paths: ["big.bin"] });
  second.end(1, "finished", { paths: ["big.bin"] });
  return repo;
}

describe("applying an experiment", () => {
  test("gives back every file it has, and takes away what only the one before had", async () => {
    const repo = twoExperiments();
    await apply(repo, "first");
    expect(repo.read("train.js")).toBe("// v1\n");
    expect(repo.read("params.yaml")).toBe("lr: 0.1\n");
    expect(repo.read("old.txt")).toBe("old\n");
    expect(repo.read("model.bin")).toBe("model 2\n");
    expect(repo.has("live/plots/metrics/extra.tsv")).toBe(false);
    expect([repo.has("big.bin"), repo.has("big.bin.dvc")]).toEqual([false, false]);
    await apply(repo, "second");
    expect(repo.read("train.js")).toBe("// v2\n");
    expect(repo.has("old.txt")).toBe(false);
    expect(repo.read("big.bin")).toBe("big\n");
    expect(repo.has("live/plots/metrics/extra.tsv")).toBe(true);
  });

  test("takes away a file that several earlier states had, each with content of its own", async () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    run.checkpoint(0);
    run.checkpoint(1);
    run.end(1);
    repo.write("model.bin", "mine\n");
    await apply(repo, "first@0", { force: true });
    await undo(repo);
    expect(repo.read("model.bin")).toBe("mine\n");
    // The run ended with another model than the one applied now.
    await apply(repo, "first@0");
    await apply(repo, "HEAD");
    expect([repo.has("model.bin"), repo.has("model.bin.dvc")]).toEqual([false, false]);
  });

  test("gives back any checkpoint", async () => {
    const repo = twoExperiments();
    await apply(repo, "first@1");
    expect(repo.read("model.bin")).toBe("model 1\n");
    expect(repo.read("live/metrics.json")).toContain('"step": 1');
    expect(repo.read("live/plots/metrics/loss.tsv").trimEnd().split("\n")).toHaveLength(3);
  });

  test("leaves HEAD, the index, staged new files and unknown files alone", async () => {
    const repo = twoExperiments();
    repo.write("mine.txt", "staged by me\n");
    repo.git("add", "mine.txt");
    repo.write("notes.txt", "unknown\n");
    const before = repo.staged();
    await apply(repo, "first@0");
    expect(repo.staged()).toBe(before);
    // Git sees at once what the files are: those that are as they were committed count as unchanged.
    expect(repo.git("diff-files", "--name-only")).toBe("");
    expect(repo.read("mine.txt")).toBe("staged by me\n");
    expect(repo.read("notes.txt")).toBe("unknown\n");
  });

  test("does nothing in a dry run", async () => {
    const repo = twoExperiments();
    const plan = await apply(repo, "first", { isDryRun: true });
    expect(plan.writes.map(({ path }) => path)).toContain("train.js");
    expect(plan.removes).toContain("big.bin.dvc");
    expect(repo.read("train.js")).toBe("// v2\n");
  });

  test("twice changes nothing the second time", async () => {
    const repo = twoExperiments();
    await apply(repo, "first@1");
    const again = await apply(repo, "first@1", { isDryRun: true });
    expect([again.writes, again.removes, again.data.files]).toEqual([[], [], []]);
    const refs = repo.git("for-each-ref");
    expect((await apply(repo, "first@1")).operation).toBeUndefined();
    expect(repo.git("for-each-ref")).toBe(refs);
  });
});

describe("changes that are saved nowhere", () => {
  test("stop it, are listed, and stay", async () => {
    const repo = twoExperiments();
    repo.write("train.js", "// my edit\n");
    repo.write("model.bin", "trained on\n");
    await expect(apply(repo, "first")).rejects.toThrow(
      "Applying 'first' would replace changes that are saved nowhere:\n  model.bin\n  train.js",
    );
    expect(repo.read("train.js")).toBe("// my edit\n");
    expect(repo.read("model.bin")).toBe("trained on\n");
    expect(repo.has("big.bin")).toBe(true);
  });

  test("are kept with --force, and come back when that is undone", async () => {
    const repo = twoExperiments();
    repo.write("train.js", "// my edit\n");
    repo.write("model.bin", "trained on\n");
    await apply(repo, "first", { force: true });
    expect(repo.read("train.js")).toBe("// v1\n");
    await undo(repo);
    expect(repo.read("train.js")).toBe("// my edit\n");
    expect(repo.read("model.bin")).toBe("trained on\n");
  });

  test("are noticed where a folder stands in the place of a file, and a file in that of a folder", async () => {
    const repo = twoExperiments();
    repo.remove("old.txt");
    repo.write("old.txt/inside.txt", "mine\n");
    repo.remove("live");
    repo.write("live", "a file\n");
    await expect(apply(repo, "first")).rejects.toThrow(/ {2}live\n {2}old\.txt\/inside\.txt/u);
    await apply(repo, "first", { force: true });
    expect(repo.read("old.txt")).toBe("old\n");
    expect(repo.has("live/metrics.json")).toBe(true);
    await undo(repo);
    expect([repo.read("live"), repo.read("old.txt/inside.txt")]).toEqual(["a file\n", "mine\n"]);
  });

  test("do not include untracked files that are the same", async () => {
    const repo = twoExperiments();
    repo.write("old.txt", "old\n");
    await apply(repo, "first");
    expect(repo.read("old.txt")).toBe("old\n");
  });
});

test("data that the cache lacks stops it before anything is changed", async () => {
  const repo = twoExperiments();
  rmSync(repo.path(".dvc/cache"), { recursive: true });
  repo.remove("model.bin");
  await expect(apply(repo, "first")).rejects.toThrow(/needs content that is not in the cache:\n {2}model\.bin/u);
  expect(repo.read("train.js")).toBe("// v2\n");
});

test("a run that is going on in the live folder stops it", async () => {
  const repo = twoExperiments();
  const run = { runId: "x", status: "running", pid: 1, host: "another-host", processStart: null, bootId: null };
  repo.write("live/.waymark/run.json", JSON.stringify(run));
  await expect(apply(repo, "first")).rejects.toThrow("A run is going on in 'live' (process 1)");
});

test("an unknown name proposes those that come near", async () => {
  const repo = twoExperiments();
  await expect(apply(repo, "frist")).rejects.toThrow(
    expect.objectContaining({ message: "No experiment named 'frist'", hint: "Did you mean first?" }) as Error,
  );
});

test("files that Git converts come back converted, and programs stay executable", async () => {
  const repo = gitRepo({ ".gitattributes": "*.txt text eol=crlf\n", "a.txt": "1\r\n", "run.sh": "#!/bin/sh\n" });
  repo.git("update-index", "--chmod=+x", "run.sh");
  repo.git("commit", "--quiet", "--message", "program");
  repo.git("checkout", "--", ".");
  const run = new TestRun(repo);
  repo.write("a.txt", "2\r\n");
  run.checkpoint(0);
  run.end(0);
  repo.git("checkout", "--", "a.txt");
  repo.remove("run.sh");
  await apply(repo, "first");
  expect(repo.read("a.txt")).toBe("2\r\n");
});
