import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runGit } from "../support/checker.ts";
import { type ProgramResult, waymark } from "../support/cli.ts";
import { makePipelineExample } from "../support/pipeline-example.ts";

const STAGES = ["prepare", "featurize", "train", "evaluate"];

let root: string;
let first: ProgramResult;

async function succeed(...args: readonly string[]): Promise<ProgramResult> {
  const result = await waymark(args, { cwd: root });
  if (result.code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${result.code}:\n${result.stderr}`);
  return result;
}

/** Stages whose command ran, in order. */
function stagesRun(result: ProgramResult): readonly string[] {
  return [...`${result.stdout}${result.stderr}`.matchAll(/Running stage '([^']+)'/gu)].map(([, name]) => name ?? "");
}

beforeAll(async () => {
  root = await makePipelineExample();
  await succeed("init");
  await succeed("add", "data/digits");
  first = await succeed("repro");
  runGit(root, ["add", "-A"]);
  runGit(root, ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "first"]);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("the pipeline runs from raw images to a model that reads nine digits of ten", () => {
  expect(stagesRun(first)).toEqual(STAGES);
  const { accuracy } = JSON.parse(readFileSync(join(root, "eval/metrics.json"), "utf8")) as { accuracy: number };
  expect(accuracy).toBeGreaterThan(0.9);
});

test("nothing runs again as long as nothing changed", async () => {
  const again = await succeed("repro");
  expect(stagesRun(again)).toEqual([]);
  expect((await succeed("status", "--json")).stdout.trim()).toBe("{}");
});

test("a changed param runs what depends on it, and the difference can be looked at", { timeout: 120_000 }, async () => {
  const params = readFileSync(join(root, "params.yaml"), "utf8");
  writeFileSync(join(root, "params.yaml"), params.replace("epochs: 8", "epochs: 2"));
  expect(stagesRun(await succeed("repro"))).toEqual(["train", "evaluate"]);
  expect(JSON.parse((await succeed("params", "diff", "--json")).stdout)).toEqual({
    "params.yaml": { "train.epochs": { old: 8, new: 2, diff: -6 } },
  });
  const metrics = JSON.parse((await succeed("metrics", "diff", "--json")).stdout) as Record<string, object>;
  expect(metrics["live/metrics.json"]).toMatchObject({ step: { old: 7, new: 1, diff: -6 } });
  // Images of the last commit lie in the cache, inside of a folder.
  expect((await succeed("plots", "diff")).stderr).toBe("");
  expect(existsSync(join(root, "dvc_plots/static/HEAD_eval_plots_images_hardest.png"))).toBe(true);
  const page = readFileSync(join(root, "dvc_plots/index.html"), "utf8");
  expect(page).toContain("Confusion");

  writeFileSync(join(root, "params.yaml"), params);
  // What ran before is taken from the run cache.
  expect(stagesRun(await succeed("repro"))).toEqual([]);
  expect(runGit(root, ["status", "--porcelain", "--untracked-files=no"]).trim()).toBe("");
});
