import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { followSlurmNews } from "../../packages/cli/src/slurm/bring-news.ts";
import { createUi } from "../../packages/cli/src/ui.ts";
import { BIN, startProgram } from "../support/cli.ts";
import { collectOutput } from "../support/collected-output.ts";
import { GIT_TEST_ENV, GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

const outside = realpathSync(mkdtempSync(join(tmpdir(), "waymark-slurm-")));

/** Programs in the place of Slurm's: one takes every job as number 7, the others do not answer. */
function programs(): string {
  const folder = join(outside, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "sbatch"), "#!/bin/sh\necho 7\n", { mode: 0o755 });
  for (const name of ["squeue", "sacct"]) {
    writeFileSync(join(folder, name), "#!/bin/sh\necho 'nobody is there' >&2\nexit 1\n", { mode: 0o755 });
  }
  return `${folder}:${process.env["PATH"] ?? ""}`;
}

describe("runs that Slurm has, where nodes do not see the project", () => {
  afterAll(() => rmSync(outside, { recursive: true, force: true }));

  const remote = join(outside, "origin.git");
  const repo = new GitRepo(join(outside, "project"));
  const env = { PATH: programs(), TMPDIR: outside };
  const here = async (...args: readonly string[]): Promise<Answer> => runHere(repo.root, args, env);
  const experiments = (): readonly string[] =>
    repo.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split("\n");
  /** Does what the job of an element does, on a node that does not see the project. */
  const carryOut = async (index: number): Promise<void> => {
    const [submission = ""] = readdirSync(repo.path(".dvc/tmp/waymark/slurm"));
    const job = { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: String(index), SLURMD_NODENAME: "n1" };
    const carried = await runHere(outside, ["slurm-task", "--remote", remote, submission], { ...env, ...job });
    expect(carried.code, carried.stderr).toBe(0);
  };

  mkdirSync(repo.root);
  execFileSync("git", ["init", "--quiet", "--bare", remote]);
  repo.git("init", "--quiet", "--initial-branch", "main");
  repo.write("params.yaml", "x: 0\n");
  repo.commitAll("start");

  test("are announced with how many, of what, and how many at a time", async () => {
    repo.git("config", "waymark.slurmRemote", remote);
    const command = ["-n", "many", "-j", "4", "-S", "x=range(1,10)", "--", "cat", "params.yaml"];
    const dry = await here("exp", "run", "--executor", "slurm", "--dry", ...command);
    expect(dry.stderr).toMatch(
      /^Would submit 9 runs of cat params\.yaml: x \(9 values\), at most 4 at a time, to Slurm\.\n/,
    );
    expect(dry.stdout).toMatch(/^sbatch .*--array=0-8%4/);
    const { code, stdout, stderr } = await here("exp", "run", "--executor", "slurm", ...command);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Submitting 9 runs of cat params\.yaml/)]);
    expect(stderr).toContain("many-1: x=1\n");
    expect(stdout).toBe(
      `Submitted 9 tasks to Slurm as job 7: ${Array.from({ length: 9 }, (_, at) => `many-${at + 1}`).join(", ")}\n`,
    );
  });

  test("are announced as well when they wait in the queue", async () => {
    await here("exp", "run", "--queue", "-n", "later", "-S", "x=1,2", "--", "cat", "params.yaml");
    const { code, stdout, stderr } = await here("queue", "start", "--executor", "slurm", "--dry", "-j", "1");
    expect([code, stderr]).toEqual([0, "Would submit 2 tasks to Slurm, at most 1 at a time: later-1, later-2.\n"]);
    expect(stdout).toMatch(/^sbatch .*--array=0-1%1/);
  });

  test("are brought by every command that shows them", async () => {
    await carryOut(0);
    expect((await here("queue", "logs", "many-1")).stdout).toContain("x: 1");
    const { code, stdout, stderr } = await here("exp", "show", "--csv");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/many-1,/);
    expect((await here("queue", "show", "many-1")).stdout).toMatch(/Status +Success\n/);
  });

  test("are brought as long as somebody looks, with one warning for all the looks that nobody answered", async () => {
    const stderr = collectOutput();
    const ui = createUi({ stdout: collectOutput(), stderr, env: {} });
    const controller = new AbortController();
    renameSync(remote, `${remote}.away`);
    const context = { env: { ...GIT_TEST_ENV, ...env }, signal: controller.signal, ui };
    const news = followSlurmNews({ dvcRoot: repo.root }, context, 10);
    await expect
      .poll(() => stderr.text(), { timeout: 20_000 })
      .toMatch(/^warning: What jobs of Slurm have made since could not be brought/);
    renameSync(`${remote}.away`, remote);
    await carryOut(1);
    await expect.poll(experiments, { timeout: 20_000 }).toContain("many-2");
    await news.stop();
    expect(stderr.text().match(/^warning: /gm)).toHaveLength(1);
    // Who has stopped looking looks no more.
    await carryOut(2);
    expect(experiments()).not.toContain("many-3");
  });

  test("are brought by the viewer as long as it is open", async () => {
    const args = ["view", "--no-open", "--port", "0"];
    const viewer = startProgram([BIN, ...args], { cwd: repo.root, env: { ...GIT_TEST_ENV, ...env } });
    onTestFinished(() => viewer.kill("SIGKILL"));
    await viewer.seen(/http:/);
    await expect.poll(experiments, { timeout: 20_000 }).toContain("many-3");
    viewer.kill("SIGINT");
    expect((await viewer.ended).code).toBe(130);
  });

  test("are shown as they are known when nobody answers, with one warning", async () => {
    renameSync(remote, `${remote}.away`);
    for (const words of [
      ["exp", "show", "--csv"],
      ["queue", "logs", "many-1"],
      ["queue", "show", "many-1"],
    ]) {
      const { code, stdout, stderr } = await here(...words);
      expect([code, stderr.match(/^warning: /gm)]).toEqual([0, ["warning: "]]);
      expect(stderr).toMatch(/^warning: What jobs of Slurm have made since could not be brought: /);
      expect(stdout).toMatch(/many-1|x: 1/);
    }
  });
});
