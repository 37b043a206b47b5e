import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLONE, runProgram, startProgram, waymark } from "../support/cli.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-quickstart-"));
  copyFileSync(join(CLONE, "examples/quickstart/train.js"), join(folder, "train.js"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, ".gitignore"), "/node_modules\n");
  symlinkSync(join(CLONE, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

function readLosses(): string[] {
  return readFileSync(join(folder, "live/plots/metrics/train/loss.tsv"), "utf8").trimEnd().split("\n");
}

test("the example is at most 30 lines and needs nothing but waymark", () => {
  const text = readFileSync(join(folder, "train.js"), "utf8");
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  const imports = [...text.matchAll(/from "([^"]+)"/gu)].map(([, name]) => name);
  expect(imports.filter((name) => !(name ?? "").startsWith("node:"))).toEqual(["waymark"]);
});

describe("in a Git repository", () => {
  beforeEach(() => {
    git("init", "--quiet");
    git("config", "user.name", "A");
    git("config", "user.email", "a@example.org");
    git("add", "--all");
    git("commit", "--quiet", "--message", "Start");
  });

  test("every checkpoint becomes a commit, and HEAD and the index stay", async () => {
    const head = git("rev-parse", "HEAD");
    const { code, stderr } = await runProgram(["train.js"], { cwd: folder });
    expect(stderr).not.toContain("warning");
    expect(code).toBe(0);
    expect(readLosses()).toHaveLength(101);

    const [ref = "", ...others] = git("for-each-ref", "--format=%(refname)", "refs/exps").trimEnd().split("\n");
    expect(others).toEqual([]);
    const steps = git("log", "--format=%(trailers:key=Waymark-Step,valueonly)", `HEAD..${ref}`).match(/\d+/gu);
    expect(steps).toEqual(["99", "80", "60", "40", "20", "0"]);
    expect(git("log", "-1", "--format=%(trailers:key=Waymark-Status,valueonly)", ref).trim()).toBe("finished");
    expect(git("rev-parse", "HEAD")).toBe(head);
    expect(git("diff", "--cached", "--name-only")).toBe("");

    const name = ref.slice(ref.lastIndexOf("/") + 1);
    const list = await waymark(["exp", "list"], { cwd: folder });
    expect(list).toMatchObject({ code: 0, stderr: "" });
    expect(list.stdout).toContain(name);
  });

  test("a run that Ctrl-C stopped goes on where it was and ends as one that never was stopped", async () => {
    const whole = await runProgram(["train.js"], { cwd: folder });
    expect(whole.code).toBe(0);
    const expected = { losses: readLosses(), model: readFileSync(join(folder, "model.json"), "utf8") };

    const program = startProgram(["train.js"], { cwd: folder });
    await untilLine(join(folder, "live/.waymark/step"), /^4\d /u);
    program.kill("SIGINT");
    const stopped = await program.ended;
    expect(stopped.signal).toBe("SIGINT");
    expect(stopped.stderr).toContain("@40");

    const resumed = await runProgram(["train.js", "--resume"], { cwd: folder });
    expect(resumed.code).toBe(0);
    expect({ losses: readLosses(), model: readFileSync(join(folder, "model.json"), "utf8") }).toEqual(expected);
  });
});

test("in a folder without Git there is everything but the commits", async () => {
  const env = { GIT_CEILING_DIRECTORIES: tmpdir() };
  const { code, stderr } = await runProgram(["train.js"], { cwd: folder, env });
  expect(code).toBe(0);
  expect(stderr.match(/warning/gu)).toHaveLength(1);
  expect(stderr).toContain("Git");
  expect(readLosses()).toHaveLength(101);
  expect(existsSync(join(folder, "live/metrics.json"))).toBe(true);
  expect(existsSync(join(folder, "live/params.yaml"))).toBe(true);
  expect(existsSync(join(folder, "model.json"))).toBe(true);
  expect(existsSync(join(folder, ".git"))).toBe(false);

  const resumed = await runProgram(["train.js", "--resume"], { cwd: folder, env });
  expect(resumed.code).toBe(0);
  expect(readLosses()).toHaveLength(101);
});

/** Waits until a small file that another process writes begins as wanted. */
async function untilLine(path: string, pattern: RegExp): Promise<void> {
  while (!existsSync(path) || !pattern.test(readFileSync(path, "utf8"))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
