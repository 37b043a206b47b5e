import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLONE, type ProgramResult, runProgram, startProgram } from "../support/cli.ts";

const DEMO = join(CLONE, "tools/demo.mjs");
let parent: string;
let project: string;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "waymark-demo-"));
  project = join(parent, "project");
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

function demo(...args: readonly string[]): ReturnType<typeof startProgram> {
  // An empty home: Git knows no name to commit under, as on a fresh machine.
  const env = { HOME: parent, XDG_CONFIG_HOME: undefined, INIT_CWD: parent, DISPLAY: undefined };
  return startProgram([DEMO, "--dir", "project", "--no-open", ...args], { cwd: CLONE, env });
}

function lastLine(result: ProgramResult): string | undefined {
  return result.stdout.trimEnd().split("\n").at(-1);
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: project, encoding: "utf8" }).trim();
}

function experiments(): string[] {
  return git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split("\n").filter(Boolean);
}

/** A smaller run: 100 steps an epoch, which are commits a second or two apart. */
function shrink(epochs: number): void {
  const path = join(project, "params.yaml");
  const text = readFileSync(path, "utf8")
    .replace(/^train_images:.*$/mu, "train_images: 6400")
    .replace(/^test_images:.*$/mu, "test_images: 500")
    .replace(/^checkpoint_every:.*$/mu, "checkpoint_every: 50")
    .replace(/^epochs:.*$/mu, `epochs: ${epochs}`);
  writeFileSync(path, text);
}

test("--help says what there is and touches nothing", async () => {
  const { code, stdout } = await runProgram([DEMO, "--help"], { cwd: parent });
  expect(code).toBe(0);
  for (const flag of ["--dir", "--epochs", "--resume", "--no-open", "--exit", "--help"]) expect(stdout).toContain(flag);
  expect(existsSync(project)).toBe(false);
});

test.each([[["--nope"]], [["--epochs", "0"]], [["--epochs", "many"]]])("wrong usage %j is refused", async (args) => {
  const { code, stderr } = await runProgram([DEMO, ...args], { cwd: parent });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: /u);
});

test("a folder with something else in it is refused and left as it is", async () => {
  const foreign = join(parent, "foreign");
  mkdirSync(foreign);
  writeFileSync(join(foreign, "thesis.txt"), "mine");
  const { code, stderr } = await runProgram([DEMO, "--dir", foreign, "--no-open", "--exit"]);
  expect(code).toBe(1);
  expect(stderr).toContain("is not empty and not a project of the demo");
  expect(stderr).toContain("--dir");
  expect(readFileSync(join(foreign, "thesis.txt"), "utf8")).toBe("mine");
});

test("--resume without a project says to run it first", async () => {
  const { code, stderr } = await runProgram([DEMO, "--dir", join(parent, "none"), "--resume", "--no-open", "--exit"]);
  expect(code).toBe(1);
  expect(stderr).toContain("There is no project of the demo");
});

describe("on the real images", () => {
  test("trains, shows the table and what to try next, and names the project last", { timeout: 300_000 }, async () => {
    const result = await demo("--exit", "--epochs", "1").ended;
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expect(lastLine(result)).toBe(`project: ${project}`);
    expect(result.stderr).toMatch(/Watch it at http:\/\/127\.0\.0\.1:\d+\/#token=/u);
    expect(result.stderr).not.toMatch(/warning|error/u);
    const [name = ""] = experiments();
    const [table = "", advice] = result.stdout.split("What to try next");
    expect(table).toContain(name);
    expect(advice).toContain(`waymark exp apply ${name}`);

    expect(git("log", "--format=%s")).toBe("Train a digit classifier");
    expect(git("status", "--porcelain", "params.yaml")).toBe("M params.yaml");
    const metrics = JSON.parse(readFileSync(join(project, "live/metrics.json"), "utf8")) as {
      val: { accuracy: number };
    };
    expect(metrics.val.accuracy).toBeGreaterThan(0.93);
  });

  test("Ctrl-C keeps a checkpoint and says how to go on, which --resume then does", { timeout: 300_000 }, async () => {
    shrink(4);
    const before = experiments();
    const program = demo();
    await program.seen(/step 50 of 400/u);
    program.kill("SIGINT");
    const stopped = await program.ended;
    expect(stopped, stopped.stderr).toMatchObject({ code: 130 });
    expect(lastLine(stopped)).toBe(`project: ${project}`);
    const [name = ""] = experiments().filter((other) => !before.includes(other));
    expect(stopped.stderr).toContain(`${name}@`);
    expect(stopped.stderr).toContain("npm run demo -- --resume --dir");

    const resumed = await demo("--resume", "--exit").ended;
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(resumed.stderr).toContain("Resuming");
    expect(experiments()).toHaveLength(before.length + 1);
    const rows = readFileSync(join(project, "live/plots/metrics/train/loss.tsv"), "utf8").trimEnd().split("\n");
    expect(rows.slice(1).map((row) => Number(row.split("\t")[0]))).toEqual(Array.from({ length: 400 }, (_, at) => at));
  });

  test("without --exit the viewer stays until Ctrl-C", { timeout: 300_000 }, async () => {
    shrink(1);
    const program = demo();
    await program.seen(/Press Ctrl-C to leave/u);
    const [, url = ""] = await program.seen(/Watch it at (http\S+)/u);
    expect((await fetch(url)).status).toBe(200);
    program.kill("SIGINT");
    const result = await program.ended;
    expect(result.code).toBe(0);
    expect(lastLine(result)).toBe(`project: ${project}`);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });
});
