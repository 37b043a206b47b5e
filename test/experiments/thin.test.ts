import {
  openProject,
  parseThinPolicies,
  planThinning,
  type Project,
  selectExperiments,
  splitCheckpoints,
  thinExperiments,
  undoOperation,
} from "@waymark/experiments";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GIT_TEST_ENV } from "../support/git-repo.ts";
import { ExperimentRepo } from "../support/experiment-repo.ts";
import { selectThinned } from "../../packages/experiments/src/thin-policy.ts";

const LOSSES = [0.9, 0.5, 0.7, 0.2, 0.6, 0.4];

/** An experiment `long` with a checkpoint at steps 0 to 5, and an end of its own. */
function longExperiment(): { repo: ExperimentRepo; project: Project; commits: readonly string[] } {
  const repo = new ExperimentRepo();
  const commits: string[] = [];
  for (const [step, loss] of LOSSES.entries()) {
    const files = { "live/metrics.json": JSON.stringify({ step, val: { loss } }), "model.bin": `model ${step}` };
    const trailers = { runId: "run", step, status: "running" as const, folder: "live" };
    commits.push(repo.checkpoint("long", commits.at(-1) ?? repo.baseline, { files, trailers }));
  }
  const trailers = { runId: "run", status: "finished" as const, folder: "live" };
  commits.push(repo.checkpoint("long", commits.at(-1) ?? "", { files: { "result.txt": "done" }, trailers }));
  return { repo, project: openProject(repo.root, { ...GIT_TEST_ENV }), commits };
}

/** The chain of an experiment, oldest first: step, parent is right, tree. */
function readSteps(repo: ExperimentRepo, name: string): string[] {
  const format =
    "--format=*%(trailers:key=Waymark-Step,valueonly,separator=) %(trailers:key=Waymark-Forked-From,valueonly,separator=)";
  return repo
    .git("log", "--first-parent", "--reverse", format, repo.ref(name), `^${repo.baseline}`)
    .split("\n")
    .map((line) => line.slice(1).trim());
}

async function thin(project: Project, names: readonly string[], policy: string) {
  const experiments = await selectExperiments(project, { names });
  const requests = experiments.map((experiment) => ({ experiment, policies: parseThinPolicies(policy) }));
  const plans = await planThinning(project.repo, requests);
  return { plans, operation: await thinExperiments(project, plans) };
}

test("thinning keeps every so many steps, the newest and the end, on the same baseline", async () => {
  const { repo, project, commits } = longExperiment();
  const trees = commits.map((commit) => repo.git("rev-parse", `${commit}^{tree}`));
  const messages = commits.map((commit) => repo.git("log", "-1", "--format=%an %ad %cn %cd %B", commit));
  const { plans } = await thin(project, ["long"], "keep-every=2");
  expect(plans).toMatchObject([{ dropped: [1, 3], kept: [0, 2, 4, 5] }]);
  expect(readSteps(repo, "long")).toEqual(["0", "2", "4", "5", ""]);
  const now = repo.git("rev-list", "--reverse", repo.ref("long"), `^${repo.baseline}`).split("\n");
  const left = [0, 2, 4, 5, 6];
  expect(now.map((commit) => repo.git("rev-parse", `${commit}^{tree}`))).toEqual(left.map((at) => trees[at]));
  expect(now.map((commit) => repo.git("log", "-1", "--format=%an %ad %cn %cd %B", commit))).toEqual(
    left.map((at) => messages[at]),
  );
  // The first was before all that went: it is the same commit.
  expect(now[0]).toBe(commits[0]);
  expect(repo.git("rev-parse", `${now[0] ?? ""}^`)).toBe(repo.baseline);
  expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
});

test("an undo brings the checkpoints back", async () => {
  const { repo, project, commits } = longExperiment();
  const { operation } = await thin(project, ["long"], "keep-last=1");
  expect(operation?.summary).toBe("remove 5 checkpoints of 'long'");
  expect(readSteps(repo, "long")).toEqual(["5", ""]);
  await undoOperation(project, undefined);
  expect(repo.git("rev-parse", repo.ref("long"))).toBe(commits.at(-1));
});

test("the best of a metric stays, whichever way is better, and policies add up", async () => {
  const best = longExperiment();
  expect((await thin(best.project, ["long"], "keep-best=val/loss")).plans).toMatchObject([{ kept: [3, 5] }]);
  const worst = longExperiment();
  expect((await thin(worst.project, ["long"], "keep-best=val/loss:max, keep-every=4")).plans).toMatchObject([
    { kept: [0, 4, 5] },
  ]);
});

test("an unknown metric or a policy that makes no sense is refused, and nothing changes", async () => {
  const { repo, project, commits } = longExperiment();
  await expect(thin(project, ["long"], "keep-best=val/los")).rejects.toMatchObject({ code: "UNKNOWN_METRIC" });
  for (const policy of ["", "keep-last", "keep-last=0", "keep-every=-1", "keep-every=1.5", "drop=3", "keep-last=1,"]) {
    expect(() => parseThinPolicies(policy)).toThrow(/does not say which checkpoints stay/u);
  }
  expect(repo.git("rev-parse", repo.ref("long"))).toBe(commits.at(-1));
});

test("single checkpoints go by NAME@STEP, but not the newest", async () => {
  const { repo, project } = longExperiment();
  const { names, checkpoints } = await splitCheckpoints(project.repo, ["long@1", "other", "long@4"]);
  expect(names).toEqual(["other"]);
  await thinExperiments(project, await planThinning(project.repo, checkpoints));
  expect(readSteps(repo, "long")).toEqual(["0", "2", "3", "5", ""]);
  const [experiment] = await selectExperiments(project, {});
  if (experiment === undefined) throw new Error("no experiment");
  await expect(planThinning(project.repo, [{ experiment, steps: [5] }])).rejects.toMatchObject({
    code: "NEWEST_CHECKPOINT",
  });
  await expect(planThinning(project.repo, [{ experiment, steps: [1] }])).rejects.toMatchObject({
    code: "CHECKPOINT_NOT_FOUND",
  });
});

test("what a fork shares with its origin stays, and its first commit left names the origin", async () => {
  const { repo, project, commits } = longExperiment();
  let parent = commits[1] ?? "";
  for (const step of [2, 3, 4]) {
    const trailers = {
      step,
      status: "running" as const,
      folder: "live",
      ...(step === 2 ? { forkedFrom: "long@1" } : {}),
    };
    parent = repo.checkpoint("fork", parent, { files: { "model.bin": `fork ${step}` }, trailers });
  }
  const { plans } = await thin(project, ["fork"], "keep-last=1");
  expect(plans).toMatchObject([{ dropped: [2, 3], kept: [4] }]);
  expect(readSteps(repo, "fork")).toEqual(["0", "1", "4 long@1"]);
  expect(repo.git("merge-base", repo.ref("fork"), repo.ref("long"))).toBe(commits[1]);
});

test("an experiment with nothing to take away is left alone", async () => {
  const { repo, project, commits } = longExperiment();
  const { plans, operation } = await thin(project, ["long"], "keep-last=100");
  expect([plans, operation]).toEqual([[], undefined]);
  expect(repo.git("rev-parse", repo.ref("long"))).toBe(commits.at(-1));
});

test("the newest always stays, and what any policy keeps stays with all of them", () => {
  const policy = fc.oneof(
    fc.record({ kind: fc.constant("every" as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("last" as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      kind: fc.constant("best" as const),
      metric: fc.constant("m"),
      goal: fc.constantFrom("min" as const, "max" as const),
    }),
  );
  const candidates = fc
    .array(fc.option(fc.double()), { minLength: 1, maxLength: 20 })
    .map((values) => values.map((value, step) => ({ step, values: new Map(value === null ? [] : [["m", value]]) })));
  fc.assert(
    fc.property(candidates, fc.array(policy, { maxLength: 3 }), (all, policies) => {
      const kept = selectThinned(all, policies);
      expect(kept.has(all.at(-1) as (typeof all)[number])).toBe(true);
      for (const one of policies) for (const each of selectThinned(all, [one])) expect(kept.has(each)).toBe(true);
    }),
  );
});
