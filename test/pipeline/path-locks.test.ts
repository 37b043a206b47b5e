import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PathBusyError, PathLocks, PathLocksCorruptError, type PathLockHolder } from "@waymark/pipeline";
import { DvcLockedError } from "@waymark/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { dvcProject } from "../store/folder.ts";

function open(onStale?: (holder: PathLockHolder) => void): { locks: PathLocks; dvcDir: string; file: string } {
  const dvcDir = join(dvcProject().root, ".dvc");
  const locks = new PathLocks(dvcDir, onStale === undefined ? {} : { onStale });
  return { locks, dvcDir, file: join(dvcDir, "tmp", "rwlock") };
}

/** A process that is alive until the test ends. */
function neighbour(): number {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid ?? 0;
}

const GONE = 2 ** 22 + 12345;

test("writes what DVC writes, and clears it again", () => {
  const { locks, file } = open();
  const held = locks.acquire({ read: ["/p/in"], write: ["/p/out"] }, "waymark repro a");
  const holder = `{"pid": ${process.pid}, "cmd": "waymark repro a"}`;
  expect(readFileSync(file, "utf8")).toBe(`{"write": {"/p/out": ${holder}}, "read": {"/p/in": [${holder}]}}`);
  held.release();
  held.release();
  expect(readFileSync(file, "utf8")).toBe("{}");
});

test("is whole at every moment: a kill leaves the old locks or the new ones", () => {
  const { locks, file } = open();
  locks.acquire({ read: ["/p/in"], write: [] }, "waymark repro a");
  const before = readFileSync(file, "utf8");
  const descriptor = openSync(file, "r");
  onTestFinished(() => closeSync(descriptor));
  locks.acquire({ read: [], write: ["/p/out"] }, "waymark repro b");
  expect(readFileSync(descriptor, "utf8")).toBe(before);
  expect(readFileSync(file, "utf8")).toContain("/p/out");
});

describe("another process", () => {
  test.each([
    ["reads what is to be written", "read", "/p/a", { read: [], write: ["/p/a"] }],
    ["reads inside of what is to be written", "read", "/p/a/b", { read: [], write: ["/p/a"] }],
    ["writes what is to be read", "write", "/p/a", { read: ["/p/a"], write: [] }],
    ["writes around what is to be read", "write", "/p", { read: ["/p/a"], write: [] }],
    ["writes what is to be written", "write", "/p/a", { read: [], write: ["/p/a"] }],
  ] as const)("that %s is named", (_, mode, path, wanted) => {
    const { locks, file } = open();
    locks.acquire({ read: [], write: [] }, "x").release();
    const holder = { pid: neighbour(), cmd: "dvc repro train" };
    writeFileSync(file, JSON.stringify({ [mode]: { [path]: mode === "read" ? [holder] : holder } }));
    const attempt = (): unknown => locks.acquire(wanted, "ours");
    expect(attempt).toThrow(PathBusyError);
    expect(attempt).toThrow(`process ${holder.pid} (dvc repro train)`);
  });

  test("may read what we read, and work elsewhere", () => {
    const { locks, file } = open();
    locks.acquire({ read: [], write: [] }, "x").release();
    const holder = { pid: neighbour(), cmd: "dvc repro train" };
    const before = { read: { "/p/in": [holder] }, write: { "/p/other": holder, "/p/input": holder } };
    writeFileSync(file, JSON.stringify(before));
    locks.acquire({ read: ["/p/in"], write: ["/p/out"] }, "ours").release();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(before);
  });

  test("that is gone holds nothing", () => {
    const stale: PathLockHolder[] = [];
    const { locks, file } = open((holder) => stale.push(holder));
    locks.acquire({ read: [], write: [] }, "x").release();
    writeFileSync(file, JSON.stringify({ write: { "/p/a": { pid: GONE, cmd: "killed" } } }));
    locks.acquire({ read: ["/p/a"], write: [] }, "ours").release();
    expect(stale).toEqual([{ pid: GONE, cmd: "killed" }]);
    expect(readFileSync(file, "utf8")).toBe("{}");
  });
});

test("two stages of one process share what they read", () => {
  const { locks, file } = open();
  const first = locks.acquire({ read: ["/p/in"], write: ["/p/a"] }, "repro (a)");
  const second = locks.acquire({ read: ["/p/in"], write: ["/p/b"] }, "repro (b)");
  first.release();
  expect(Object.keys((JSON.parse(readFileSync(file, "utf8")) as { read: object }).read)).toEqual(["/p/in"]);
  second.release();
});

test.each(["{", "[]", '{"write": []}', '{"read": {"/p": {"pid": 1}}}'])("refuses a damaged file: %s", (text) => {
  const { locks, file } = open();
  locks.acquire({ read: [], write: [] }, "x").release();
  writeFileSync(file, text);
  expect(() => locks.acquire({ read: [], write: ["/p"] }, "ours")).toThrow(PathLocksCorruptError);
});

test("waits while flock(1) holds the guard, and says so in the end", { timeout: 20_000 }, async () => {
  const { locks, dvcDir } = open();
  locks.acquire({ read: [], write: [] }, "x").release();
  const guard = join(dvcDir, "tmp", "rwlock.lock");
  const child = spawn("flock", ["--no-fork", guard, "sh", "-c", "echo held; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  expect(() => locks.acquire({ read: [], write: ["/p"] }, "ours")).toThrow(DvcLockedError);
  child.kill("SIGKILL");
  await once(child, "exit");
  locks.acquire({ read: [], write: ["/p"] }, "ours").release();
  expect(spawnSync("flock", ["-n", guard, "true"]).status).toBe(0);
});
