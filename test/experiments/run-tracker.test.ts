import { parseCommitMessage } from "@waymark/core";
import { describe, expect, test, vi } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { chain, experimentRef, openRun, TestRun } from "./support.ts";

test("a run becomes one commit per checkpoint on top of the baseline, with the end status on the last", () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  run.checkpoint(0);
  run.checkpoint(1);
  run.checkpoint(2);
  run.end(2);
  expect(chain(repo, "first")).toEqual(["0 running", "1 running", "2 finished"]);
  expect(repo.git("rev-parse", `${experimentRef(repo.head(), "first")}~3`)).toBe(repo.head());
  expect(repo.git("fsck", "--full", "--strict", "--no-dangling")).toBe("");
});

test("a checkpoint holds the project, what was logged, and a pointer to the listed file", () => {
  const repo = gitRepo({ "train.js": "// v1\n", "notes.txt": "a\n", "old.txt": "old\n" });
  repo.write("train.js", "// v2\n");
  repo.write("staged.txt", "new\n");
  repo.git("add", "staged.txt");
  repo.remove("old.txt");
  repo.write("untracked.txt", "not listed\n");
  repo.write("live/.env", "TOKEN=1\n");
  const run = new TestRun(repo);
  const { commit } = run.checkpoint(0);
  const files = repo.files(commit);
  expect(Object.keys(files).sort()).toEqual([
    ".dvc/.gitignore",
    ".dvc/config",
    ".dvcignore",
    ".gitignore",
    "dvc.yaml",
    "live/metrics.json",
    "live/plots/metrics/loss.tsv",
    "model.bin.dvc",
    "notes.txt",
    "staged.txt",
    "train.js",
  ]);
  expect(files["train.js"]).toBe("// v2");
  expect(files[".gitignore"]).toBe("/model.bin");
  expect(files["model.bin.dvc"]).toMatchInlineSnapshot(`
    "outs:
    - md5: ae7def13579d65170a51e5927bbdd6c0
      size: 8
      hash: md5
      path: model.bin"
  `);
});

test("files whose names Git would read as patterns are kept like any other", () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  const names = [":(glob)*", "*", "-x", "#x", "!x", "a b"];
  for (const name of names) repo.write(name, name);
  const { commit } = run.checkpoint(0, { paths: names });
  expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining(names.map((name) => `${name}.dvc`)));
});

test("the message names the run, the step, the files and how it was started", () => {
  const repo = gitRepo();
  const run = new TestRun(repo, { message: "try a larger model" });
  const { commit } = run.checkpoint(3);
  const { text, trailers } = parseCommitMessage(repo.git("log", "-1", "--format=%B", commit));
  expect(text).toBe("try a larger model");
  expect(trailers).toEqual({
    runId: "run-1",
    step: 3,
    status: "running",
    checkpoints: ["model.bin"],
    reason: undefined,
    command: ["node", "train.js"],
    cwd: ".",
    folder: "live",
    forkedFrom: undefined,
  });
});

test("HEAD, the index and staged work are as before", () => {
  const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n" });
  repo.write("a.txt", "staged\n");
  repo.git("add", "a.txt");
  repo.write("a.txt", "and edited\n");
  const before = repo.fingerprint();
  const run = new TestRun(repo);
  const { commit } = run.checkpoint(0);
  run.end(0);
  expect(repo.fingerprint()).toBe(before);
  expect(repo.files(commit)["a.txt"]).toBe("and edited");
  expect(repo.read("a.txt")).toBe("and edited\n");
});

test("a listed file that Git tracks is committed as it is", () => {
  const repo = gitRepo({ "weights.txt": "0\n" });
  const run = new TestRun(repo);
  repo.write("weights.txt", "1\n");
  const { commit } = run.checkpoint(0, { paths: ["weights.txt"] });
  expect(repo.files(commit)["weights.txt"]).toBe("1");
  expect(repo.has("weights.txt.dvc")).toBe(false);
});

test("a second checkpoint in a step takes the place of the first", () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  run.checkpoint(0);
  run.checkpoint(1);
  repo.write("model.bin", "again\n");
  run.tracker.checkpoint(run.request(1, ["model.bin"]));
  expect(chain(repo, "first")).toEqual(["0 running", "1 running"]);
});

describe("the end of a run", () => {
  test("after its last checkpoint adds a commit that is none", () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    run.checkpoint(0);
    run.log(4);
    run.end(0, "interrupted", { reason: "Ctrl-C\nby the user" });
    expect(chain(repo, "first")).toEqual(["0 running", "- interrupted"]);
    const message = repo.git("log", "-1", "--format=%B", experimentRef(repo.head(), "first"));
    expect(message).toContain("Waymark-Reason: Ctrl-C by the user");
  });

  test("at its last checkpoint says so in its place, when nothing was logged since", () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    run.checkpoint(0);
    run.end(0, "failed");
    expect(chain(repo, "first")).toEqual(["0 failed"]);
  });

  test("before a step was complete is no checkpoint that could be gone on from", () => {
    const repo = gitRepo();
    new TestRun(repo).end(undefined, "failed");
    expect(chain(repo, "first")).toEqual(["- failed"]);
    const previous = { experimentName: "first", baseline: repo.head() };
    expect(new TestRun(repo, { resume: true, previous, name: undefined }).resumed).toBeUndefined();
  });

  test("of a run without checkpoints is its only commit", () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    run.log(9);
    run.end(9, "finished", { paths: [] });
    expect(chain(repo, "first")).toEqual(["9 finished"]);
  });

  test("at a later step with its files is a checkpoint itself", () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    run.checkpoint(0);
    run.log(5);
    run.end(5, "finished");
    expect(chain(repo, "first")).toEqual(["0 running", "5 finished"]);
  });
});

describe("where a run cannot be saved", () => {
  test("outside of Git there is nothing to say", () => {
    const repo = gitRepo();
    repo.remove(".git");
    expect(openRun(repo)).toEqual({ kind: "untracked", reason: "no-git", message: undefined });
  });

  test("without commits it says what to do", () => {
    const opening = openRun(gitRepo({}));
    expect(opening).toMatchObject({ kind: "untracked", reason: "no-commits" });
    expect(opening.kind === "untracked" && opening.message).toContain("git commit -m start");
  });

  test("a listed file outside of the repository fails the checkpoint, and the next one works", () => {
    const repo = gitRepo();
    const run = new TestRun(repo);
    const outcome = run.tracker.checkpoint({ ...run.request(0, []), paths: ["/etc/hostname"] });
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("outside") as string });
    run.checkpoint(1);
    expect(chain(repo, "first")).toEqual(["1 running"]);
  });
});

test("a name that is taken gives way to another, and that is said", () => {
  const repo = gitRepo();
  new TestRun(repo).checkpoint(0);
  const second = new TestRun(repo);
  expect(second.name).not.toBe("first");
  expect(second.notes).toEqual([
    `The experiment is named '${second.name}' instead of 'first': an experiment of that name exists.`,
  ]);
});

test("an experiment that another process moved is left alone: the run goes on under another name", () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  run.checkpoint(0);
  const ref = experimentRef(repo.head(), "first");
  const other = repo.git("commit-tree", "-p", ref, "-m", "other", `${ref}^{tree}`);
  repo.git("update-ref", ref, other);
  const { experimentName, forkedFrom } = run.checkpoint(1);
  expect(experimentName).not.toBe("first");
  expect(forkedFrom).toBe("first");
  expect(repo.git("rev-parse", ref)).toBe(other);
  expect(chain(repo, experimentName)).toEqual(["0 running", "1 running"]);
});

test("an experiment that is removed while it runs appears again with its next checkpoint", () => {
  const repo = gitRepo();
  const run = new TestRun(repo);
  run.checkpoint(0);
  repo.git("update-ref", "-d", experimentRef(repo.head(), "first"));
  run.checkpoint(1);
  expect(chain(repo, "first")).toEqual(["0 running", "1 running"]);
});

test("the objects of a long run are packed in the background, and a short run is left alone", async () => {
  const repo = gitRepo();
  const looseFiles = (): number => Number(repo.git("count-objects").split(" ")[0]);
  const short = new TestRun(repo, { name: "short" });
  for (let step = 0; step < 3; step += 1) short.checkpoint(step, { paths: [] });
  short.end(2, "finished", { paths: [] });
  const long = new TestRun(repo, { name: "long" });
  for (let step = 0; step < 49; step += 1) long.checkpoint(step, { paths: [] });
  expect(repo.git("count-objects", "-v")).toContain("packs: 0");
  for (let step = 49; step < 52; step += 1) long.checkpoint(step, { paths: [] });
  long.end(51, "finished", { paths: [] });
  await vi.waitFor(() => expect(looseFiles()).toBeLessThan(50), { timeout: 30_000, interval: 50 });
  await vi.waitFor(() => expect(repo.has(".git/objects/maintenance.lock")).toBe(false), { timeout: 30_000 });
  expect(chain(repo, "long")).toHaveLength(52);
  expect(repo.git("fsck", "--full", "--strict", "--no-dangling")).toBe("");
});
