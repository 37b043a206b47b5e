import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatCheckpointSelector,
  formatExperimentRef,
  parseCheckpointSelector,
  parseExperimentRef,
} from "@waymark/experiments";
import { looksSensitive } from "../../packages/experiments/src/secrets/sensitive-file.ts";
import { isRelevant } from "../../packages/experiments/src/relevant-changes.ts";
import { findPlace } from "../../packages/experiments/src/commit-place.ts";

test("what is written as a selector reads back", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/u);
  fc.assert(
    fc.property(name, fc.option(fc.nat(), { nil: undefined }), (text, step) => {
      expect(parseCheckpointSelector(formatCheckpointSelector(text, step))).toEqual({ name: text, step });
    }),
  );
});

test.each([
  ["brave-bat", "brave-bat", undefined],
  ["brave-bat@12", "brave-bat", 12],
  ["v@2x", "v@2x", undefined],
  ["v@2x@7", "v@2x", 7],
  ["HEAD@{1}", "HEAD@{1}", undefined],
  ["a@-1", "a@-1", undefined],
])("%s names %s", (text, name, step) => {
  expect(parseCheckpointSelector(text)).toEqual({ name, step });
});

test.each(["", "@3", "a@99999999999999999999"])("'%s' is refused as a checkpoint", (text) => {
  expect(() => parseCheckpointSelector(text)).toThrow(/is not a checkpoint/u);
});

test("a ref of an experiment reads back, and others are none", () => {
  const baseline = "a".repeat(40);
  expect(parseExperimentRef(formatExperimentRef(baseline, "x"))).toEqual({ name: "x", baseline });
  for (const ref of [
    "refs/heads/main",
    "refs/exps/stash",
    "refs/exps/exec/EXEC_APPLY",
    "refs/exps/celery/stash",
    "refs/exps/my/tool/x",
    `refs/exps/aa/${"a".repeat(38)}`,
    `refs/exps/aa/${"a".repeat(38)}/x/y`,
    `refs/exps/aa/${"g".repeat(38)}/x`,
  ]) {
    expect(parseExperimentRef(ref), ref).toBeUndefined();
  }
});

test.each([".env", "live/.env.local", "secrets/id_rsa", "tls/server.KEY", "home/.aws/config", "kaggle.json"])(
  "%s looks like a credential",
  (path) => expect(looksSensitive(path)).toBe(true),
);
test.each([".env.example", "model.bin", "keys.txt", "src/token.ts", "live/metrics.json"])("%s does not", (path) =>
  expect(looksSensitive(path)).toBe(false),
);

test("code, data and logged params decide about a run; what it writes and notes do not", () => {
  const own = { folder: "live", paths: ["model.bin", "dvc.yaml"] };
  const relevant = ["train.js", "params.yaml", "data.csv.dvc", "live/params.yaml", "live2/metrics.json"];
  const irrelevant = [
    ...["live/metrics.json", "live/plots/metrics/a.tsv", "model.bin", "model.bin.dvc", "dvc.yaml"],
    ...["README.md", ".gitignore", "sub/.gitignore", ".dvc/config", ".dvcignore"],
  ];
  expect(relevant.filter((path) => !isRelevant(path, own))).toEqual([]);
  expect(irrelevant.filter((path) => isRelevant(path, own))).toEqual([]);
  const atRoot = { folder: "", paths: [] };
  expect(["train.js", "params.yaml"].every((path) => isRelevant(path, atRoot))).toBe(true);
  expect(["plots/metrics/a.tsv", "metrics.json"].some((path) => isRelevant(path, atRoot))).toBe(false);
});

test("a chain has one commit per step, and one more at most", () => {
  const base = { step: 5, hasFiles: true, hadFiles: true, lastStep: 4, isSameTree: () => false };
  expect(findPlace({ ...base, status: "running" })).toEqual({ step: 5, replaces: false });
  expect(findPlace({ ...base, status: "running", lastStep: 5 })).toEqual({ step: 5, replaces: true });
  expect(findPlace({ ...base, status: "finished", hasFiles: false })).toEqual({ step: undefined, replaces: false });
  expect(findPlace({ ...base, status: "finished", lastStep: 5 })).toEqual({ step: 5, replaces: true });
  expect(findPlace({ ...base, status: "failed", lastStep: 5 })).toEqual({ step: undefined, replaces: false });
  expect(findPlace({ ...base, status: "failed", lastStep: 5, isSameTree: () => true })).toEqual({
    ...{ step: 5, replaces: true },
  });
  expect(findPlace({ ...base, status: "interrupted", hasFiles: false, hadFiles: false })).toEqual({
    ...{ step: 5, replaces: false },
  });
});
