import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { saveHere } from "./support.ts";

const PIPELINE = `stages:
  prepare:
    cmd: cp raw.csv clean.csv
    deps:
    - raw.csv
    outs:
    - clean.csv
  train:
    cmd: train
    deps:
    - clean.csv
    params:
    - lr
    outs:
    - model
    metrics:
    - scores.json:
        cache: false
`;

/** A project whose stages somebody ran by hand: nothing is recorded yet. */
function pipelineRepo(): GitRepo {
  const repo = gitRepo({ "dvc.yaml": PIPELINE, "params.yaml": "lr: 0.1\n", "raw.csv": "1\n" });
  repo.write("clean.csv", "1\n");
  repo.write("model/weights.bin", "w\n");
  repo.write("scores.json", '{"acc": 0.5}\n');
  return repo;
}

function cached(repo: GitRepo, text: string): boolean {
  const md5 = createHash("md5").update(text).digest("hex");
  return existsSync(repo.path(".dvc/cache/files/md5", md5.slice(0, 2), md5.slice(2)));
}

describe("a save with a pipeline", () => {
  test("puts outputs into the cache and records them in dvc.lock, which it holds with the metrics", async () => {
    const repo = pipelineRepo();
    const { commit, leftOut } = await saveHere(repo);
    const files = repo.files(commit);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(["dvc.lock", "dvc.yaml", ".gitignore", "params.yaml", "raw.csv", "scores.json"]),
    );
    expect(Object.keys(files)).not.toContain("clean.csv");
    expect(files["dvc.lock"]).toBe(repo.read("dvc.lock").trimEnd());
    expect(files["dvc.lock"]).toMatch(/path: model\n {6}hash: md5\n {6}md5: [0-9a-f]{32}\.dir/u);
    expect([cached(repo, "1\n"), cached(repo, "w\n"), leftOut]).toEqual([true, true, []]);
  });

  test("takes up outputs that changed since, and leaves the files themselves alone", async () => {
    const repo = pipelineRepo();
    await saveHere(repo);
    repo.write("model/weights.bin", "better\n");
    const before = repo.fingerprint();
    const { commit } = await saveHere(repo);
    expect(cached(repo, "better\n")).toBe(true);
    expect(repo.files(commit)["dvc.lock"]).toBe(repo.read("dvc.lock").trimEnd());
    expect(repo.read("model/weights.bin")).toBe("better\n");
    expect(repo.fingerprint()).toBe(before);
  });

  test("limits that to the targets", async () => {
    const repo = pipelineRepo();
    await saveHere(repo, { targets: ["prepare"] });
    expect([cached(repo, "1\n"), cached(repo, "w\n")]).toEqual([true, false]);
    expect(repo.read("dvc.lock")).not.toContain("train:");
    await expect(saveHere(repo, { targets: ["nope"] })).rejects.toThrow(/nope/u);
  });

  test("takes folders among the targets with -R, relative to the current folder", async () => {
    const repo = gitRepo({
      "sub/deep/dvc.yaml": PIPELINE,
      "sub/deep/params.yaml": "lr: 1\n",
      "sub/deep/raw.csv": "2\n",
    });
    for (const [path, text] of [
      ["clean.csv", "2\n"],
      ["model/w", "m\n"],
      ["scores.json", "{}\n"],
    ] as const) {
      repo.write(`sub/deep/${path}`, text);
    }
    const saved = await runHere(repo.path("sub"), ["exp", "save", "-R", "deep", "-n", "deep", "--json"]);
    expect(saved.stderr).not.toMatch(/error/u);
    const { ref } = JSON.parse(saved.stdout) as { ref: string };
    expect(ref).toBe(repo.git("rev-parse", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/deep`));
    expect(Object.keys(repo.files(ref))).toContain("sub/deep/dvc.lock");
    expect(cached(repo, "m\n")).toBe(true);
  });

  test("refuses an output that was never made, as DVC does", async () => {
    const repo = pipelineRepo();
    repo.remove("model");
    await expect(saveHere(repo)).rejects.toThrow("Output 'model' of stage 'train' does not exist");
    expect(repo.git("for-each-ref", "refs/exps")).toBe("");
  });

  test("keeps what is recorded of outputs that are not here, as in a fresh clone", async () => {
    const repo = pipelineRepo();
    await saveHere(repo);
    repo.commitAll("recorded");
    repo.remove("model");
    repo.write("params.yaml", "lr: 0.5\n");
    const lock = repo.read("dvc.lock");
    const { commit } = await saveHere(repo);
    expect(repo.read("dvc.lock")).toBe(lock);
    expect(repo.files(commit)["params.yaml"]).toBe("lr: 0.5");
  });

  test("stages nothing where DVC's settings ask for it: the index is the user's", async () => {
    const repo = pipelineRepo();
    repo.write(".dvc/config", "[core]\n    autostage = true\n");
    const before = repo.git("ls-files", "--stage");
    await saveHere(repo);
    expect(repo.git("ls-files", "--stage")).toBe(before);
  });
});

describe("temporary files of DVC", () => {
  test("are not saved, whether somebody asks for them or committed them", async () => {
    const repo = gitRepo({ "a.txt": "a\n", ".dvc/tmp/repro.dat": "pickle", ".dvc/config": "" });
    repo.write(".dvc/tmp/other", "x\n");
    repo.write(".dvc/cache/files/md5/aa/bb", "x\n");
    repo.write(".dvc/config.local", "[cache]\n    dir = /x\n");
    const { commit } = await saveHere(repo, { include: [repo.path(".dvc")] });
    expect(Object.keys(repo.files(commit)).filter((path) => path.startsWith(".dvc/"))).toEqual([".dvc/config"]);
  });
});

test("`-I .` takes what Git does not ignore", async () => {
  const repo = gitRepo({ ".gitignore": "*.log\n" });
  repo.write("new/a.py", "a\n");
  repo.write("b.log", "b\n");
  const { commit, leftOut } = await saveHere(repo, { include: [repo.root] });
  expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining(["new/a.py"]));
  expect(Object.keys(repo.files(commit))).not.toContain("b.log");
  expect(leftOut).toEqual([]);
});
