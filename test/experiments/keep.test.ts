import { existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSummaryNumber, selectKept } from "../../packages/experiments/src/keep.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { chain, experimentRef, TestRun } from "./support.ts";

function objectOf(repo: GitRepo, content: string): string {
  const md5 = createHash("md5").update(content).digest("hex");
  return join(repo.path(".dvc/cache/files/md5"), md5.slice(0, 2), md5.slice(2));
}

describe("the newest checkpoints", () => {
  test("stay, and the chain is made again without the others", () => {
    const repo = gitRepo();
    const run = new TestRun(repo, { keep: { kind: "last", count: 2 } });
    for (let step = 0; step < 4; step += 1) run.checkpoint(step);
    expect(chain(repo, "first")).toEqual(["2 running", "3 running"]);
    const ref = experimentRef(repo.head(), "first");
    expect(repo.git("rev-parse", `${ref}~2`)).toBe(repo.head());
    expect(repo.files(`${ref}^`)["live/metrics.json"]).toContain('"step": 2');
    expect(repo.git("fsck", "--full", "--strict", "--no-dangling")).toBe("");
  });

  test("give back the space of the others when the run ends", () => {
    const repo = gitRepo();
    const run = new TestRun(repo, { keep: { kind: "last", count: 2 } });
    for (let step = 0; step < 4; step += 1) run.checkpoint(step);
    run.end(3);
    expect([0, 1, 2, 3].map((step) => existsSync(objectOf(repo, `model ${step}\n`)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("do not take what a branch, a file of the workspace or an earlier run needs", () => {
    const repo = gitRepo();
    const earlier = new TestRun(repo, { name: "earlier" });
    repo.write("model.bin", "shared\n");
    earlier.checkpoint(0, { paths: ["model.bin"] });
    const run = new TestRun(repo, { keep: { kind: "last", count: 1 }, name: "later" });
    run.checkpoint(0, { paths: ["model.bin"] });
    run.checkpoint(1);
    repo.git("branch", "kept", experimentRef(repo.head(), "later"));
    run.checkpoint(2);
    repo.write("copy.bin.dvc", repo.read("model.bin.dvc"));
    run.checkpoint(3);
    run.checkpoint(4);
    run.end(4);
    const contents = ["shared\n", "model 1\n", "model 2\n", "model 3\n", "model 4\n"];
    expect(contents.map((content) => existsSync(objectOf(repo, content)))).toEqual([true, true, true, false, true]);
  });
});

describe("the best checkpoint", () => {
  test("stays beside the newest, also when the run is resumed", () => {
    const repo = gitRepo();
    const keep = { kind: "best", metric: "loss", goal: "min" } as const;
    const run = new TestRun(repo, { keep });
    run.checkpoint(0, { loss: 0.5 });
    run.checkpoint(1, { loss: 0.2 });
    run.checkpoint(2, { loss: 0.4 });
    expect(chain(repo, "first")).toEqual(["1 running", "2 running"]);
    const previous = { experimentName: "first", baseline: repo.head() };
    const again = new TestRun(repo, { keep, resume: true, previous, name: undefined });
    again.checkpoint(3, { loss: 0.3 });
    expect(chain(repo, "first")).toEqual(["1 running", "3 running"]);
    again.checkpoint(4, { loss: 0.1 });
    expect(chain(repo, "first")).toEqual(["4 running"]);
  });

  test("a fork keeps naming its origin when its first checkpoint is dropped, and leaves that alone", () => {
    const repo = gitRepo();
    const first = new TestRun(repo);
    for (let step = 0; step < 3; step += 1) first.checkpoint(step);
    const fork = new TestRun(repo, {
      ...{ resume: true, resumeFrom: "first@0", name: "fork", keep: { kind: "last", count: 1 } },
    });
    fork.checkpoint(1);
    fork.checkpoint(2);
    expect(chain(repo, "fork")).toEqual(["0 running", "2 running"]);
    expect(chain(repo, "first")).toEqual(["0 running", "1 running", "2 running"]);
    expect(repo.git("log", "-1", "--format=%B", experimentRef(repo.head(), "fork"))).toContain(
      "Waymark-Forked-From: first@0",
    );
  });
});

test("whatever the values, the newest stays, the best stays, and the order is kept", () => {
  const value = fc.option(fc.double(), { nil: undefined });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.constantFrom("min", "max"), (values, goal) => {
      const all = values.map((one, step) => ({ step, value: one }));
      const kept = selectKept(all, { kind: "best", metric: "m", goal });
      expect(kept.at(-1)).toBe(all.at(-1));
      expect(kept.length).toBeLessThanOrEqual(2);
      const numbers = values.flatMap((one) => (one === undefined || Number.isNaN(one) ? [] : [one]));
      if (numbers.length > 0) {
        const best = numbers.reduce((a, b) => (goal === "min" ? (b < a ? b : a) : b > a ? b : a));
        expect(kept.some((one) => one.value === best)).toBe(true);
      }
    }),
  );
});

test("a metric is found in a nested summary, and nothing else is", () => {
  const summary = JSON.parse('{"val": {"loss": 0.5, "name": "x"}, "constructor": 1}') as unknown;
  expect(readSummaryNumber(summary, "val/loss")).toBe(0.5);
  expect(readSummaryNumber(summary, "val")).toBeUndefined();
  expect(readSummaryNumber(summary, "val/name")).toBeUndefined();
  expect(readSummaryNumber(summary, "val/toString")).toBeUndefined();
});
