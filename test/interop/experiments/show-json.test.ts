import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { expectSameParamDeps, startBoth } from "./both.ts";
import { commitAt, writeExperiment } from "./plumbing.ts";

const both = startBoth();

/** Ways in which `exp show --json` is asked. */
const FLAGS: readonly (readonly string[])[] = [
  [],
  ["-A"],
  ["-a"],
  ["-T"],
  ["--rev", "HEAD~1"],
  ["--rev", "HEAD", "--rev", "side"],
  ["-n", "2"],
  ["-n", "-1"],
  ["--rev", "HEAD", "-n", "3"],
  ["--hide-workspace"],
  ["--sha"],
  ["--sha", "-A", "--hide-workspace"],
  ["-a", "-T"],
];

/** A project with a stage, several baselines, a branch beside, tags, and experiments of each. */
async function manyBaselines(): Promise<GitRepo> {
  // Of commits of one second DVC prints an order that is not always the same.
  const now = Math.floor(Date.now() / 1000);
  const repo = interopRepo({
    "train.js": "// trains\n",
    "params.yaml": "lr: 0.1\nlayers: [64, 10]\nnested: {name: a b, on: true, none: null}\n",
    "dvc.yaml":
      "stages:\n  train:\n    cmd: echo trained > model.txt\n    deps:\n    - train.js\n    params:\n    - lr\n" +
      "    outs:\n    - model.txt\n    metrics:\n    - metrics.json:\n        cache: false\n",
    "metrics.json": '{"acc": 0.5, "loss": 1.0, "deep": {"f1": 1e-07}}\n',
  });
  await both.dvc(repo, "init", "-q");
  commitAt(repo, now + 100, "use dvc");
  writeExperiment(repo, "HEAD~1", "on-the-first", { "params.yaml": "lr: 0.2\n" });
  writeExperiment(repo, "HEAD", "one", { "params.yaml": "lr: 1e-05\nbig: 12345678901234567890\n" });
  writeExperiment(repo, "HEAD", "two", { "metrics.json": '{"acc": 0.75, "loss": 1}\n' });
  repo.git("tag", "v1", "HEAD~1");
  repo.git("tag", "-a", "v2", "-m", "two", "HEAD");
  repo.git("checkout", "-q", "-b", "side", "HEAD~1");
  repo.write("side.txt", "beside\n");
  commitAt(repo, now + 200, "beside");
  writeExperiment(repo, "HEAD", "beside", { "params.yaml": "lr: 3\n" });
  repo.git("checkout", "-q", "main");
  repo.write("params.yaml", "lr: 0.5\n");
  return repo;
}

describe("exp show --json", { timeout: 300_000 }, () => {
  test("is DVC's, letter by letter, whatever baselines are asked for", async () => {
    const repo = await manyBaselines();
    for (const flags of FLAGS) await both.expectSame(repo, "exp", "show", "--json", ...flags);
    for (const flags of [[], ["--sha", "-A", "--hide-workspace"]]) await expectSameParamDeps(both, repo, ...flags);
    repo.git("pack-refs", "--all");
    for (const flags of [["-A"], ["-a", "-T"]])
      await both.expectSame(repo, "exp", "show", "--json", "--force", ...flags);
    expect(await both.expectSame(repo, "exp", "show", "--json")).toContain('"name": "one"');
  });
});
