import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acquireDvcLock, DvcLockedError } from "@waymark/store";
import { runProgram } from "../support/cli.ts";
import { dvcProject } from "./folder.ts";

const project = (): {
  readonly dvcDir: string;
  readonly lockFile: string;
  readonly claims: () => readonly string[];
} => {
  const dvcDir = join(dvcProject().root, ".dvc");
  const claims = (): readonly string[] => readdirSync(join(dvcDir, "tmp")).filter((name) => name.includes("|"));
  return { dvcDir, lockFile: join(dvcDir, "tmp/lock"), claims };
};
const take = (dvcDir: string, waitMs = 0): ReturnType<typeof acquireDvcLock> =>
  acquireDvcLock(dvcDir, { usesHardlinkLock: true, waitMs });

describe("the lock of core.hardlink_lock", () => {
  it("is a link to a claim that holds its own name, until it is given back", () => {
    const { dvcDir, lockFile, claims } = project();
    const lock = take(dvcDir);
    if (lock.kind !== "held") throw new Error(lock.reason);
    const claim = readFileSync(lockFile, "utf8");
    expect(claim).toMatch(new RegExp(`^${lockFile}\\|${hostname()}\\|${process.pid}\\|\\d+$`));
    expect(statSync(claim).ino).toBe(statSync(lockFile).ino);
    expect(statSync(lockFile).mtimeMs).toBeGreaterThan(Date.now() + 360 * 24 * 3600 * 1000);
    expect(() => take(dvcDir)).toThrow(DvcLockedError);
    expect(() => take(dvcDir)).toThrow(String(process.pid));
    expect(claims().length).toBe(1);
    lock.release();
    lock.release();
    expect([existsSync(lockFile), claims()]).toEqual([false, []]);
    const again = take(dvcDir);
    expect(again.kind).toBe("held");
    if (again.kind === "held") again.release();
  });

  it("of a process of this host that is gone is taken over; any other is not", async () => {
    const { dvcDir, lockFile, claims } = project();
    const store = new URL("../../packages/store/dist/dvc-lock.js", import.meta.url).href;
    const script = (end: string): string =>
      `import { acquireDvcLock } from ${JSON.stringify(store)};
       acquireDvcLock(${JSON.stringify(dvcDir)}, { usesHardlinkLock: true, waitMs: 0 }); ${end}`;
    // One that ends by itself gives it back.
    await runProgram(["--input-type=module", "--eval", script("process.exit(0)")]);
    expect([existsSync(lockFile), claims()]).toEqual([false, []]);
    await runProgram(["--input-type=module", "--eval", script('process.kill(process.pid, "SIGKILL")')]);
    expect([existsSync(lockFile), claims().length]).toEqual([true, 1]);
    const lock = take(dvcDir);
    expect([lock.kind, claims().length]).toEqual(["held", 1]);
    if (lock.kind === "held") lock.release();
    expect([existsSync(lockFile), claims()]).toEqual([false, []]);
    for (const text of [`${lockFile}|elsewhere|1|2`, join(dvcDir, "tmp/0123.lock"), ""]) {
      writeFileSync(lockFile, text);
      expect(() => take(dvcDir)).toThrow(DvcLockedError);
      expect(readFileSync(lockFile, "utf8")).toBe(text);
    }
  });

  it("is not kept from those who ask by what the other kind of lock left, only by one that is held", () => {
    const { dvcDir, lockFile } = project();
    const other = acquireDvcLock(dvcDir, { waitMs: 0 });
    if (other.kind !== "held") {
      expect(other.reason).toMatch(/flock/);
      return;
    }
    expect(() => take(dvcDir)).toThrow(DvcLockedError);
    other.release();
    expect(existsSync(lockFile)).toBe(true);
    const lock = take(dvcDir);
    expect(lock.kind).toBe("held");
    if (lock.kind === "held") lock.release();
  });

  it("lets one in at a time, whoever leaves it behind", { timeout: 60_000 }, async () => {
    const { dvcDir } = project();
    const store = new URL("../../packages/store/dist/dvc-lock.js", import.meta.url).href;
    const log = join(dvcDir, "tmp/log");
    const script = `
      import { acquireDvcLock } from ${JSON.stringify(store)};
      import { appendFileSync } from "node:fs";
      for (let round = 0; round < 5; round += 1) {
        const lock = acquireDvcLock(${JSON.stringify(dvcDir)}, { usesHardlinkLock: true, waitMs: 30000 });
        appendFileSync(${JSON.stringify(log)}, "in\\n");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        appendFileSync(${JSON.stringify(log)}, "out\\n");
        if (round === 4) process.kill(process.pid, "SIGKILL");
        lock.release();
      }`;
    await Promise.all(Array.from({ length: 4 }, async () => runProgram(["--input-type=module", "--eval", script])));
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines).toEqual(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? "in" : "out")));
  });
});
