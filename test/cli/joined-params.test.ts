import { beforeEach, expect, test } from "vitest";
import { TestRun } from "../experiments/support.ts";
import { waymark } from "../support/cli.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";

let repo: GitRepo;

async function show(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await waymark(["exp", "show", ...args], { cwd: repo.root, env: GIT_TEST_ENV });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

function runWith(name: string, lr: number): void {
  repo.write("params.yaml", `lr: ${lr}\n`);
  repo.write("live/params.yaml", `lr: ${lr}\nepochs: 3\n`);
  const run = new TestRun(repo, { name });
  repo.write("dvc.yaml", "params:\n- live/params.yaml\nmetrics:\n- live/metrics.json\n");
  run.end(0, "finished", { paths: [] });
  repo.write("live/.waymark/run.json", "{}");
}

/** Two experiments whose runs log the param that params.yaml has. */
beforeEach(() => {
  repo = gitRepo({
    "params.yaml": "lr: 0.1\n",
    "dvc.yaml": "params:\n- live/params.yaml\nmetrics:\n- live/metrics.json\n",
  });
  runWith("slow", 0.1);
  runWith("fast", 0.5);
});

test("a param of two files that never disagree is shown once", async () => {
  expect((await show()).split("\n")[0]).toMatch(/State +lr +epochs$/u);
  expect((await show("--md")).split("\n")[0]).toMatch(/State +\| lr +\| epochs +\|$/u);
  // The baseline has one of the two files only.
  const row = (await show("--hide-workspace")).split("\n").find((line) => line.startsWith("main"));
  expect(row).toMatch(/0\.1 +!$/u);
});

test("for other programs, each file has its column", async () => {
  expect((await show("--csv")).split("\r\n")[0]).toMatch(/,live\/params\.yaml:lr,epochs,params\.yaml:lr$/u);
});

test("it can be sorted by, dropped and compared under its name, and dropped for one file", async () => {
  const sorted = await show("--sort-by", "lr", "--sort-order", "desc");
  expect(sorted.indexOf("fast")).toBeLessThan(sorted.indexOf("slow"));
  expect(await show("--drop", "lr")).not.toContain("lr");
  expect((await show("--drop", "live/params.yaml:lr")).split("\n")[0]).toMatch(/ lr( |$)/u);
  expect((await show("--only-changed")).split("\n")[0]).toMatch(/ lr( |$)/u);
});

test("files that disagree anywhere keep their columns", async () => {
  repo.write("params.yaml", "lr: 0.7\n");
  const header = (await show()).split("\n")[0];
  expect(header).toContain("live/params.yaml:lr");
  expect(header).toContain(" params.yaml:lr");
});
