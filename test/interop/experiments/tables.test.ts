import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { startBoth } from "./both.ts";
import { commitAt, refOf, writeCommit, writeExperiment } from "./plumbing.ts";

const both = startBoth();

async function compared(): Promise<GitRepo> {
  const repo = interopRepo({
    "train.js": "// trains\n",
    "params.yaml": 'lr: 0.1\nsame: 5\nlayers: [64, 10]\nname: a, "b" c\nnested: {deep: 1e-10}\n',
    "more.yaml": "lr: 7\n",
    "m.json": '{"acc": 0.123456789, "loss": 12345678.9, "n": 3}\n',
    "dvc.yaml":
      "stages:\n  train:\n    cmd: echo\n    deps: [train.js]\n    params:\n    - lr\n    - more.yaml:\n    metrics:\n    - m.json: {cache: false}\n    outs: [model.bin]\n",
  });
  await both.dvc(repo, "init", "-q");
  // Long ago, so that no line depends on what day it is.
  commitAt(repo, 1_600_000_000, "use dvc");
  const values = [
    { acc: 0.5, loss: 1, lr: 0.2 },
    { acc: 1e-9, loss: 123456, lr: 100000 },
    { acc: 0.75, loss: -0.00012345678, lr: 1e-5 },
  ];
  for (const [index, { acc, loss, lr }] of values.entries()) {
    const files = { "m.json": JSON.stringify({ acc, loss, n: 3 }), "params.yaml": `lr: ${lr}\nsame: 5\n` };
    writeExperiment(repo, "HEAD", `exp-${index}`, files, { at: 1_600_000_100 + index });
  }
  writeExperiment(repo, "HEAD", "broken", { "m.json": "{" }, { at: 1_600_000_200 });
  const first = writeCommit(repo, "HEAD", { files: { "m.json": '{"acc": 0.1}' }, at: 1_600_000_300 });
  const second = writeCommit(repo, first, { files: { "m.json": '{"acc": 0.2}' }, at: 1_600_000_400 });
  repo.git("update-ref", refOf(repo, "HEAD", "chain"), second);
  return repo;
}

describe("exp show", { timeout: 300_000 }, () => {
  test("--csv is DVC's, byte by byte", async () => {
    const repo = await compared();
    for (const flags of [
      [],
      ["--only-changed"],
      ["--drop", "train"],
      ["--drop", "same|lay|na|n$", "--keep", "name"],
      ["--sort-by", "acc"],
      ["--sort-by", "m.json:loss", "--sort-order", "desc"],
      ["--precision", "3"],
      ["--sha"],
      ["--hide-workspace"],
    ]) {
      await both.expectSame(repo, "exp", "show", "--csv", ...flags);
    }
  });

  test("--md is DVC's, byte by byte", async () => {
    const repo = await compared();
    for (const flags of [[], ["--only-changed"], ["--sort-by", "acc", "--sort-order", "desc"], ["--drop", "lr|acc"]]) {
      await both.expectSame(repo, "exp", "show", "--md", ...flags);
    }
  });

  test("refuses the same columns to sort by, and the same revisions", async () => {
    const repo = await compared();
    for (const flags of [
      ["--sort-by", "nothing"],
      ["--sort-by", "lr"],
      ["--rev", "nowhere"],
      ["--num", "x"],
    ]) {
      const { theirs, mine } = await both.answers(repo, "exp", "show", "--csv", ...flags);
      expect([flags, mine.code]).toEqual([flags, theirs.code]);
      expect(theirs.code).not.toBe(0);
    }
  });
});

describe("exp list", { timeout: 300_000 }, () => {
  test("prints what DVC prints", async () => {
    const repo = await compared();
    repo.write("next.txt", "next\n");
    commitAt(repo, 1_600_001_000, "next");
    writeExperiment(repo, "HEAD", "later", { "m.json": '{"acc": 1}' }, { at: 1_600_001_100 });
    for (const flags of [
      ["--name-only"],
      ["--sha-only"],
      ["-A", "--name-only"],
      ["-A", "--sha-only"],
      ["-n", "2", "--name-only"],
      ["--rev", "HEAD~1", "--name-only"],
      [],
      ["-A"],
    ]) {
      const { theirs, mine } = await both.answers(repo, "exp", "list", ...flags);
      expect([flags, lines(mine.stdout), mine.code]).toEqual([flags, lines(theirs.stdout), theirs.code]);
    }
  });
});

describe("exp diff", { timeout: 300_000 }, () => {
  test("is DVC's as JSON and Markdown", async () => {
    const repo = await compared();
    repo.write("params.yaml", "lr: 0.3\nsame: 5\n");
    for (const revisions of [[], ["exp-0"], ["exp-0", "exp-1"], ["HEAD", "exp-2"]]) {
      // Files come in the order of a set, which changes from one start of DVC to the next.
      for (const flags of [["--md"], ["--md", "--all", "--no-path"], ["--md", "--precision", "2"], []]) {
        const { theirs, mine } = await both.answers(repo, "exp", "diff", ...revisions, ...flags);
        expect([flags, lines(mine.stdout)]).toEqual([flags, lines(theirs.stdout)]);
      }
      for (const flags of [["--json"], ["--json", "--all"], ["--json", "--param-deps"]]) {
        const { theirs, mine } = await both.answers(repo, "exp", "diff", ...revisions, ...flags);
        expect([flags, JSON.parse(mine.stdout)]).toEqual([flags, JSON.parse(theirs.stdout)]);
      }
    }
    const { theirs, mine } = await both.answers(repo, "exp", "diff", "nothing", "--json");
    expect(mine.code).toBe(theirs.code);
  });
});

function lines(text: string): readonly string[] {
  return text.trim().split("\n").toSorted();
}
