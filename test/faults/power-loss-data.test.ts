import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BIN } from "../support/cli.ts";
import { canTrace } from "../support/fault-run.ts";
import { findUnflushed, FLUSH_CALLS } from "../support/flush-trace.ts";

const isObject = (path: string): boolean => path.includes("/cache/files/md5/");
const isName = (path: string): boolean => /(\.dvc|dvc\.lock|[0-9a-f]{30}\.dir)$/.test(path);

/** A project without Git whose folder holds files. */
function makeProject(files: number, config = ""): string {
  const root = mkdtempSync(join(tmpdir(), "waymark-power-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, ".dvc"));
  writeFileSync(join(root, ".dvc/config"), `[core]\n    no_scm = True\n${config}`);
  mkdirSync(join(root, "data"));
  for (let at = 0; at < files; at += 1) writeFileSync(join(root, "data", `${at}.txt`), `content ${at}\n`);
  return root;
}

/** Runs a command and lists what it wrote down and renamed. */
function trace(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const list = join(root, ".dvc", "calls.txt");
  const under = ["-f", "-y", "-qq", "-s", "400", "-o", list, "-e", `trace=${FLUSH_CALLS}`];
  const run = spawnSync("strace", [...under, process.execPath, BIN, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  expect(run.status, run.stderr).toBe(0);
  return readFileSync(list, "utf8");
}

describe.runIf(canTrace)("when the power fails", () => {
  test("what a .dvc file names is on the disk, of few files and of many, copied and linked", () => {
    for (const [files, config] of [
      [3, ""],
      [3, "[cache]\n    type = hardlink\n"],
      [60, ""],
      [60, "[cache]\n    type = symlink\n"],
    ] as const) {
      const root = makeProject(files, config);
      const calls = trace(root, ["add", "-q", "data"]);
      expect(findUnflushed(calls, isObject, isName)).toEqual([]);
      expect(calls).toMatch(/rename\("[^"]*\/\.dvc\/tmp\/waymark\/unfinished\/[^"]*", "[^"]*\/data\.dvc"\) = 0/);
      // Many are flushed by one request.
      expect(calls.match(/\bf(data)?sync\(/g)?.length).toBeLessThan(20);
    }
  });

  test("what dvc.lock names is on the disk", () => {
    const root = makeProject(40);
    const commands = "cp -r data out && echo 1 > one.txt";
    writeFileSync(
      join(root, "dvc.yaml"),
      `stages:\n  a: {cmd: "${commands}", deps: [data], outs: [out, one.txt]}\n  b: {cmd: cp one.txt two.txt, deps: [one.txt], outs: [two.txt]}\n`,
    );
    const calls = trace(root, ["repro", "-q"]);
    expect(findUnflushed(calls, isObject, isName)).toEqual([]);
    expect(calls.match(/rename\(.*dvc\.lock"\) = 0/g)).toHaveLength(2);
    // A kill in between leaves nothing among the user's own files.
    expect(calls.match(/rename\("[^"]*\/\.dvc\/tmp\/waymark\/unfinished\/[^"]*", .*dvc\.lock"\) = 0/g)).toHaveLength(2);
  });

  test("each object is flushed by itself where no program can flush all", () => {
    const root = makeProject(60);
    const programs = join(root, ".dvc", "programs");
    mkdirSync(programs);
    writeFileSync(join(programs, "sync"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const calls = trace(root, ["add", "-q", "data"], { PATH: `${programs}:${process.env["PATH"]}` });
    expect(calls).not.toContain("syncfs");
    expect(findUnflushed(calls, isObject, isName)).toEqual([]);
  });

  test("the check notices bytes, names and orders that are wrong", () => {
    const object = 'rename("/p/tmp/1", "/p/cache/files/md5/aa/bb") = 0';
    const name = ["fsync(3</p/d.tmp>) = 0", 'rename("/p/d.tmp", "/p/d.dvc") = 0', "fsync(3</p>) = 0"];
    const check = (...calls: readonly string[]): readonly string[] => findUnflushed(calls.join("\n"), isObject, isName);
    const flushed = ["fsync(3</p/tmp/1>) = 0", object, "fsync(3</p/cache/files/md5/aa>) = 0"];
    expect(check(...flushed, ...name)).toEqual([]);
    expect(check(object, "syncfs(3</p>) = 0", ...name)).toEqual([]);
    expect(check(object, ...name, "syncfs(3</p>) = 0")).toEqual([
      "the bytes of /p/cache/files/md5/aa/bb are not on the disk before /p/d.dvc",
    ]);
    expect(check(...flushed.slice(0, 2), ...name)[0]).toContain("the name of /p/cache/files/md5/aa/bb");
    expect(check(...name, ...flushed.slice(1))).toEqual([
      "the bytes of /p/cache/files/md5/aa/bb are not on the disk before the end",
    ]);
    expect(check(...name.slice(1))[0]).toBe("/p/d.dvc gets its name before its bytes are on the disk");
  });
});
