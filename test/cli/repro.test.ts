import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parseDvcLock } from "@waymark/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { BIN, startProgram, waymark, type ProgramResult } from "../support/cli.ts";
import { gitRepo, GIT_TEST_ENV, type GitRepo } from "../support/git-repo.ts";
import { DATA_ENV, dataRepo } from "../pipeline/data-project.ts";

const TWO = `stages:
  a: {cmd: echo out of a; echo err of a >&2; cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
`;

function project(text = TWO): GitRepo {
  return dataRepo({ "dvc.yaml": text, "in.txt": "one\n" });
}

function run(repo: GitRepo, args: readonly string[], folder = ""): Promise<ProgramResult> {
  return waymark(args, { cwd: repo.path(folder), env: { ...DATA_ENV, SHELL: "/bin/sh" } });
}

async function runOk(repo: GitRepo, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(repo, args);
  if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}: ${stderr}`);
}

describe("waymark repro", () => {
  test("runs what changed, shows what commands print, and says what to add to Git", async () => {
    const repo = project();
    const { code, stdout, stderr } = await run(repo, ["repro"]);
    expect(code).toBe(0);
    expect(stdout).toBe("out of a\n");
    expect(stderr).toBe(
      `Running stage 'a':
> echo out of a; echo err of a >&2; cp in.txt a.txt
err of a

Running stage 'b':
> cp a.txt b.txt
To track the changes with Git:
  git add .gitignore dvc.lock
`,
    );
  });

  test("says so when there is nothing to do", async () => {
    const repo = project();
    await runOk(repo, ["repro", "-q"]);
    const { code, stdout, stderr } = await run(repo, ["repro"]);
    expect([code, stdout]).toEqual([0, "Data and pipelines are up to date.\n"]);
    expect(stderr).toBe("Stage 'a' did not change.\nStage 'b' did not change.\n");
    expect(await run(repo, ["repro", "-q"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("ends with 255 and names stage, command and exit code when a command fails", async () => {
    const repo = project(TWO.replace("cp a.txt b.txt", "exit 3"));
    const { code, stderr } = await run(repo, ["repro"]);
    expect(code).toBe(255);
    expect(stderr).toContain(
      "error: Failed to reproduce stage 'b'\n  because: Stage 'b' failed: its command exited with 3: exit 3\nhint: ",
    );
  });

  test("puts the name of the stage before what it prints when several run at a time", async () => {
    const text = `stages:
  a: {cmd: "printf 'one\\\\ntwo'; printf '10%%\\\\r99%%\\\\n' >&2; touch a.txt", outs: [a.txt]}
  b: {cmd: "echo three; touch b.txt", outs: [b.txt]}
`;
    const { code, stdout, stderr } = await run(project(text), ["repro", "-j", "2"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").toSorted()).toEqual(["a | one", "a | two", "b | three"]);
    expect(stderr).toContain("a | 99%\n");
    expect(stderr).toContain("b | > echo three; touch b.txt\n");
  });

  test("goes on as -k and --ignore-errors say", async () => {
    const text = TWO.replace("cp in.txt a.txt", "exit 1").concat(
      "  c: {cmd: cp in.txt c.txt, deps: [in.txt], outs: [c.txt]}\n",
    );
    const kept = project(text);
    const { code, stderr } = await run(kept, ["repro", "-k"]);
    expect([code, kept.has("c.txt")]).toEqual([255, true]);
    expect(stderr).toContain("warning: Skipped, since stage 'a' failed: 'b'.");
    const ignored = project(text);
    expect((await run(ignored, ["repro", "--ignore-errors"])).code).toBe(0);
    expect(ignored.has("c.txt")).toBe(true);
  });

  test("prints a plan with --dry, and makes nothing", async () => {
    const repo = project();
    const { code, stderr } = await run(repo, ["repro", "--dry", "a"]);
    expect(code).toBe(0);
    expect(stderr).toBe("Running stage 'a':\n> echo out of a; echo err of a >&2; cp in.txt a.txt\n");
    expect([repo.has("a.txt"), repo.has("dvc.lock")]).toEqual([false, false]);
  });

  test("without a terminal takes a question for a no", async () => {
    const repo = project();
    const { code, stderr } = await run(repo, ["repro", "-i"]);
    expect(code).toBe(255);
    expect(stderr).toContain("Stage 'a' was not to be reproduced");
  });

  test("answers with DVC's codes outside of a project, for wrong options and for unknown stages", async () => {
    const outside = gitRepo({ x: "" });
    expect((await waymark(["repro"], { cwd: outside.root, env: GIT_TEST_ENV })).code).toBe(253);
    expect((await run(project(), ["repro", "--nope"])).code).toBe(254);
    expect((await run(project(), ["repro", "-j", "0"])).code).toBe(254);
    expect((await run(project(), ["repro", "nope"])).code).toBe(255);
  });

  test(
    "waits as long as DVC for the lock of the repository, and then names its holder",
    { timeout: 30_000 },
    async () => {
      const repo = project();
      await runOk(repo, ["repro", "-q"]);
      const child = spawn("flock", ["--no-fork", repo.path(".dvc/tmp/lock"), "sh", "-c", "echo held; exec sleep 60"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      await once(child.stdout, "data");
      const { code, stderr } = await run(repo, ["repro"]);
      expect(code).toBe(255);
      expect(stderr).toContain("warning: Waiting for another command");
      expect(stderr).toContain(".dvc/tmp/lock");
    },
  );

  test(
    "interrupted ends the command with everything it started, and leaves the last state",
    { timeout: 30_000 },
    async () => {
      const repo = project();
      await runOk(repo, ["repro", "-q"]);
      const lock = repo.read("dvc.lock");
      repo.write(
        "dvc.yaml",
        // Ready when the shell waits for its last command: in the middle of a fork some shells miss the signal.
        TWO.replace("cp a.txt b.txt", "echo half > b.txt; echo $$$$ > pid; (sleep 0.3; echo ready) & sleep 600"),
      );
      const program = startProgram([BIN, "repro"], { cwd: repo.root, env: { ...DATA_ENV, SHELL: "/bin/sh" } });
      await program.seen(/^ready$/m);
      program.kill("SIGINT");
      const { code } = await program.ended;
      expect(code).toBe(130);
      expect([repo.read("b.txt"), repo.read("dvc.lock")]).toEqual(["one\n", lock]);
      expect(() => process.kill(-Number(repo.read("pid")), 0)).toThrow("ESRCH");
    },
  );
});

describe("two at a time", () => {
  const TEXT = `stages:
  a: {cmd: "touch a.on; while [ ! -e go ]; do sleep 0.02; done; cp in.txt a.txt", deps: [in.txt], outs: [a.txt]}
  b: {cmd: cp in.txt b.txt, deps: [in.txt], outs: [b.txt]}
`;

  test("record each its own stages, and keep off the paths of the other", { timeout: 60_000 }, async () => {
    const repo = project(TEXT);
    const first = startProgram([BIN, "repro", "a"], { cwd: repo.root, env: { ...DATA_ENV, SHELL: "/bin/sh" } });
    await first.seen(/> touch/);
    const busy = await run(repo, ["repro", "a"]);
    expect(busy.code).toBe(255);
    expect(busy.stderr).toContain(`process ${first.pid} (waymark repro a (a)) works on it`);
    await runOk(repo, ["repro", "b"]);
    repo.write("go", "");
    expect((await first.ended).code).toBe(0);
    expect(Object.keys(parseDvcLock(repo.read("dvc.lock")).stages).toSorted()).toEqual(["a", "b"]);
    expect((await run(repo, ["repro"])).stdout).toBe("Data and pipelines are up to date.\n");
  });
});

describe("waymark commit", () => {
  test("refuses what changed without -f, and records it with it", async () => {
    const repo = project();
    await runOk(repo, ["repro", "-q"]);
    repo.write("b.txt", "by hand\n");
    const refused = await run(repo, ["commit"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Stage 'b' is not recorded: its outputs changed (b.txt)");
    const { code, stderr } = await run(repo, ["commit", "-f", "b"]);
    expect(code).toBe(0);
    expect(stderr).toContain("git add dvc.lock");
    expect((await run(repo, ["repro"])).stdout).toBe("Data and pipelines are up to date.\n");
    expect(readFileSync(repo.path("b.txt"), "utf8")).toBe("by hand\n");
  });
});
