import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { expectSameParamDeps, startBoth } from "./both.ts";
import { refOf, writeCommit, writeExperiment } from "./plumbing.ts";

const both = startBoth();

async function nested(): Promise<GitRepo> {
  const repo = interopRepo({
    "params.yaml": "top: 1\n",
    "dvc.yaml": "stages:\n  top:\n    cmd: echo\n    params: [top]\n",
    "sub/params.yaml": "low: 1\n",
    "sub/m.json": '{"acc": 0.5}\n',
    "sub/dvc.yaml":
      "stages:\n  low:\n    cmd: echo\n    params: [low]\n    metrics:\n    - m.json: {cache: false}\n    outs: [o.bin]\n    deps: [../dep.txt]\n",
    "sub/deeper/dvc.yaml": "params:\n- ../../other.yaml\nmetrics:\n- here.yaml\n",
    "sub/deeper/here.yaml": "x: 1\n",
    "other.yaml": "o: 1\n",
    "dep.txt": "dep\n",
  });
  await both.dvc(repo, "init", "-q");
  repo.commitAll("use dvc");
  writeExperiment(repo, "HEAD", "nested", {
    "sub/params.yaml": "low: 2\n",
    "other.yaml": "o: 2\n",
    "sub/deeper/here.yaml": "x: 2\n",
  });
  return repo;
}

describe("exp show --json", { timeout: 300_000 }, () => {
  test("is DVC's where dvc.yaml lies in sub-folders, from wherever it is asked", async () => {
    const repo = await nested();
    for (const folder of ["", "sub", "sub/deeper"]) {
      both.cwd = folder;
      await both.expectSame(repo, "exp", "show", "--json");
      await expectSameParamDeps(both, repo);
    }
    both.cwd = "";
  });

  test("is DVC's for a project in a sub-folder of the repository", async () => {
    const repo = interopRepo({
      "outside/params.yaml": "no: 1\n",
      "project/params.yaml": "lr: 1\n",
      "project/m.json": '{"acc": 0.5}\n',
      "project/dvc.yaml":
        "stages:\n  low:\n    cmd: echo\n    params: [lr]\n    metrics:\n    - m.json: {cache: false}\n",
    });
    both.cwd = "project";
    await both.dvc(repo, "init", "-q", "--subdir");
    repo.commitAll("use dvc");
    writeExperiment(repo, "HEAD", "inside", { "project/params.yaml": "lr: 2\n", "outside/params.yaml": "no: 2\n" });
    await both.expectSame(repo, "exp", "show", "--json");
    both.cwd = "";
  });

  test("is DVC's with a detached HEAD, in a linked work tree, and before there is any commit", async () => {
    const repo = await nested();
    repo.git("checkout", "-q", "--detach");
    await both.expectSame(repo, "exp", "show", "--json");
    repo.git("worktree", "add", "-q", "beside", "HEAD");
    both.cwd = "beside";
    await both.expectSame(repo, "exp", "show", "--json", "--hide-workspace");
    both.cwd = "";
  });

  test("is DVC's for names that are odd but legal, packed or not, and for one name under several baselines", async () => {
    const repo = await nested();
    const names = ["exp.with.dots_and-UPPER+x@y=1", "-dash", "é-ü", "a'b\"c", "x$y", "{z}", "@"];
    for (const [index, name] of names.entries()) {
      writeExperiment(repo, "HEAD", name, { "params.yaml": `top: ${index}\n` }, { at: 1_700_000_000 + index });
    }
    repo.write("next.txt", "next\n");
    repo.commitAll("next");
    writeExperiment(repo, "HEAD", "nested", { "params.yaml": "top: 9\n" });
    for (const flags of [[], ["-n", "2"]]) await both.expectSame(repo, "exp", "show", "--json", ...flags);
    repo.git("pack-refs", "--all");
    await both.expectSame(repo, "exp", "show", "--json", "-n", "2");
  });

  test("is DVC's for commits that other programs made: merges, long messages, strange authors, old dates", async () => {
    const repo = await nested();
    const side = writeCommit(repo, "HEAD", { files: { "side.txt": "side\n" } });
    writeExperiment(repo, "HEAD", "merged", { "params.yaml": "top: 2\n" }, { merged: [side], at: 1_700_000_001 });
    writeExperiment(
      repo,
      "HEAD",
      "worded",
      {},
      { message: "subject\n\nbody: é\n\nKey: value\n", at: 1_700_000_002, author: "É <" },
    );
    writeExperiment(repo, "HEAD", "old", { "params.yaml": "top: 3\n" }, { at: 100_000_000 });
    writeExperiment(repo, "HEAD", "empty", {}, { at: 1_700_000_003 });
    await both.expectSame(repo, "exp", "show", "--json");
  });

  test("is DVC's for chains of several commits, and for one that never reaches its baseline", async () => {
    const repo = await nested();
    let tip = "HEAD";
    for (let step = 0; step < 4; step += 1) {
      tip = writeCommit(repo, tip, { files: { "params.yaml": `top: ${step}\n` }, at: 1_700_000_000 + step });
    }
    repo.git("update-ref", refOf(repo, "HEAD", "chain"), tip);
    const elsewhere = writeCommit(repo, "HEAD~1", { files: { "params.yaml": "top: 7\n" }, at: 1_700_000_050 });
    repo.git("update-ref", refOf(repo, "HEAD", "elsewhere"), elsewhere);
    const shown = await both.expectSame(repo, "exp", "show", "--json");
    const [, baseline] = JSON.parse(shown) as { experiments: { name: string; revs: unknown[] }[] }[];
    expect(baseline?.experiments.find(({ name }) => name === "chain")?.revs).toHaveLength(4);
  });

  test("ignores what DVC keeps under refs/exps/, of runs that were killed too", async () => {
    const repo = await nested();
    const other = writeCommit(repo, "HEAD", { files: {} });
    for (const ref of ["exec/EXEC_HEAD", "exec/EXEC_MERGE", "apply/ORIG_HEAD", "temp/head-x"]) {
      repo.git("update-ref", `refs/exps/${ref}`, other);
    }
    await both.expectSame(repo, "exp", "show", "--json");
  });
});
