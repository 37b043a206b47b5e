import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runStageCommand, shellCommand, splitStageCommand, StageCommandError } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import { dvcProject } from "../store/folder.ts";

const ENV = { PATH: process.env["PATH"], SHELL: "/bin/sh" };

interface Ran {
  readonly output: string;
  readonly commands: readonly string[];
}

async function run(command: string | readonly string[], cwd = dvcProject().root, env = {}): Promise<Ran> {
  let output = "";
  const commands: string[] = [];
  await runStageCommand("train", command, {
    cwd,
    env: { ...ENV, ...env },
    onOutput: (data, stream) => (output += `${stream === "stderr" ? "!" : ""}${Buffer.from(data).toString()}`),
    onCommand: (line) => commands.push(line),
  });
  return { output, commands };
}

describe("splitStageCommand", () => {
  test("splits a text at every line break Python knows, and leaves lists alone", () => {
    expect(splitStageCommand("a\nb\r\nc\n")).toEqual(["a", "b", "c"]);
    expect(splitStageCommand("a\n\n b\u2028c\vd\x1ce")).toEqual(["a", "", " b", "c", "d", "e"]);
    expect(splitStageCommand(["a\nb", "c"])).toEqual(["a\nb", "c"]);
  });
});

describe("shellCommand", () => {
  test("keeps start-up files of the shell out", () => {
    expect(shellCommand("x", "/bin/bash")).toEqual(["/bin/bash", "--noprofile", "--norc", "-c", "x"]);
    expect(shellCommand("x", "/usr/bin/zsh")).toEqual(["/usr/bin/zsh", "--no-rcs", "-c", "x"]);
    expect(shellCommand("x", "/bin/dash")).toEqual(["/bin/dash", "-c", "x"]);
    expect(shellCommand("x", undefined)).toEqual(["/bin/sh", "-c", "x"]);
    expect(shellCommand("x", "")).toEqual(["/bin/sh", "-c", "x"]);
  });
});

describe("runStageCommand", () => {
  test("runs each line in a shell of its own", async () => {
    const { output, commands } = await run("x=1; echo one\necho two $x\n\ncd / && pwd\npwd");
    expect(commands).toEqual(["x=1; echo one", "echo two $x", "", "cd / && pwd", "pwd"]);
    expect(output).toMatch(/^one\ntwo\n\/\n\/.+\n$/);
  });

  test("gives the command its folder, its variables and both streams", async () => {
    const { root } = dvcProject();
    const { output } = await run(['echo "$DVC_STAGE in $(pwd)"', "echo problem >&2"], root, { DVC_STAGE: "train" });
    expect(output).toBe(`train in ${root}\n!problem\n`);
  });

  test("stops at the first line that fails, and tells which and how", async () => {
    const { root } = dvcProject();
    const failing = run("echo one > one\nexit 3\necho two > two", root);
    await expect(failing).rejects.toThrow(StageCommandError);
    await expect(failing).rejects.toMatchObject({ stage: "train", command: "exit 3", exitCode: 3 });
    await expect(failing).rejects.toThrow("Stage 'train' failed: its command exited with 3: exit 3");
    expect([existsSync(join(root, "one")), existsSync(join(root, "two"))]).toEqual([true, false]);
  });

  test("tells which signal ended a command", async () => {
    await expect(run("kill -9 $$")).rejects.toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  test("does not wait for what a command leaves running", async () => {
    const { output } = await run("echo first; sleep 30 & echo last");
    expect(output).toBe("first\nlast\n");
  });
});

describe("an abort", () => {
  /** Starts a command, and aborts it once it has made the file `ready`. */
  async function abortWhenReady(command: string, graceMs = 10_000): Promise<{ root: string; outcome: unknown }> {
    const { root } = dvcProject();
    const controller = new AbortController();
    const running = runStageCommand("train", command, {
      cwd: root,
      env: ENV,
      signal: controller.signal,
      interruptGraceMs: graceMs,
      terminateGraceMs: graceMs,
      onOutput: (data) => {
        if (Buffer.from(data).toString().includes("ready")) controller.abort(new Error("interrupted"));
      },
    });
    const outcome = await running.then(
      () => "finished",
      (error: unknown) => error,
    );
    return { root, outcome };
  }

  /** Without what has ended and waits to be asked for its result. */
  function isAlive(root: string, file: string): boolean {
    const pid = readFileSync(join(root, file), "utf8").trim();
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" });
    return !["", "Z"].includes(stdout.trim().slice(0, 1));
  }

  test("interrupts the whole process group", async () => {
    const { root, outcome } = await abortWhenReady(
      "sh -c 'echo $$ > inner; exec sleep 600' & while [ ! -s inner ]; do sleep 0.01; done; echo ready; wait; sleep 600",
    );
    expect(outcome).toMatchObject({ message: "interrupted" });
    expect(isAlive(root, "inner")).toBe(false);
  });

  test("ends what ignores the interrupt", async () => {
    const { root, outcome } = await abortWhenReady(
      "trap '' INT TERM; echo $$ > pid; echo ready; while true; do sleep 0.05; done",
      50,
    );
    expect(outcome).toMatchObject({ message: "interrupted" });
    expect(isAlive(root, "pid")).toBe(false);
  });

  test("takes a command that saves its work and ends well for done", async () => {
    const { root, outcome } = await abortWhenReady(
      "trap 'echo saved > model; exit 0' INT; echo ready; while true; do sleep 0.05; done",
    );
    expect(outcome).toBe("finished");
    expect(readFileSync(join(root, "model"), "utf8")).toBe("saved\n");
  });

  test("lets no further line begin", async () => {
    const { root, outcome } = await abortWhenReady(
      "trap 'exit 0' INT; echo ready; while true; do sleep 0.05; done\necho two > two",
    );
    expect(outcome).toMatchObject({ message: "interrupted" });
    expect(existsSync(join(root, "two"))).toBe(false);
  });

  test("before the start runs nothing", async () => {
    const { root } = dvcProject();
    writeFileSync(join(root, "x"), "");
    const running = runStageCommand("train", "rm x", {
      cwd: root,
      env: ENV,
      signal: AbortSignal.abort(new Error("stop")),
    });
    await expect(running).rejects.toThrow("stop");
    expect(existsSync(join(root, "x"))).toBe(true);
  });
});
