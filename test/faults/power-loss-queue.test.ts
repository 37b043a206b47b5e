import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN } from "../support/cli.ts";
import { canTrace } from "../support/fault-run.ts";
import { findUnflushed, FLUSH_CALLS } from "../support/flush-trace.ts";
import { type KilledQueue, makeQueueProject } from "../support/killed-queue.ts";

/** Objects of Git, loose and packed. */
const isObject = (path: string): boolean => /\.git\/objects\/(?:[0-9a-f]{2}\/[0-9a-f]{38}|pack\/pack-.*)$/u.test(path);
/** Refs by which a task, or what it has made, is found. */
const isName = (path: string): boolean => {
  return /refs\/(?:waymark\/queue\/(?:waiting|active|done)|exps\/.*)\/(?!.*\.lock$)[^/]*$/u.test(path);
};

let queue: KilledQueue;
beforeAll(async () => {
  queue = await makeQueueProject("cp params.yaml result.txt\n");
}, 60_000);
afterAll(() => queue.remove());

/** Runs a command and lists what it flushed and renamed, with paths from the root of the file system. */
function trace(argv: readonly string[]): string {
  const list = `${queue.log}.trace`;
  const under = ["-f", "-y", "-qq", "-s", "400", "-o", list, "-e", `trace=${FLUSH_CALLS},link`];
  const { status, stderr } = spawnSync("strace", [...under, process.execPath, BIN, ...argv], {
    ...{ cwd: queue.root, encoding: "utf8" },
    env: { ...(queue.env as NodeJS.ProcessEnv) },
  });
  expect(status, stderr).toBe(0);
  const text = readFileSync(list, "utf8");
  rmSync(list);
  // Git gives objects their names by links.
  return text.replaceAll(/\blink\(/gu, "rename(");
}

describe.runIf(canTrace)("when the power fails", () => {
  test("a task that was said to be queued is on the disk with its files, and so is what it has made", () => {
    expect(findUnflushed(trace(["exp", "run", "--queue", "-n", "a", "-S", "lr=2"]), isObject, isName)).toEqual([]);
    const calls = trace(["queue", "work", "--idle", "0.01s"]);
    expect(calls.match(/rename\(.*"[^"]*refs\/(?:exps|waymark\/queue\/done)\/[^"]*"\) += 0/gu)?.length).toBe(2);
    expect(findUnflushed(calls, isObject, isName)).toEqual([]);
  });
});
