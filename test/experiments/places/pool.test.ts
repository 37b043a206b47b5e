import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tryLockPlace } from "../../../packages/experiments/src/places/pool.ts";

const FILES = new URL("../../../packages/files/dist/index.js", import.meta.url).href;

function poolFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-pool-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a work tree is taken by one at a time", () => {
  const pool = poolFolder();
  const first = tryLockPlace(pool, 1);
  expect(tryLockPlace(pool, 1)).toBeUndefined();
  expect(tryLockPlace(pool, 2)).toBeDefined();
  first?.release();
  expect(tryLockPlace(pool, 1)).toBeDefined();
});

test("one that a process had which was killed is free", () => {
  const pool = poolFolder();
  const take = `import { acquireFolderLock } from ${JSON.stringify(FILES)};
    acquireFolderLock(${JSON.stringify(pool)}, { name: "1.lock" });
    process.kill(process.pid, "SIGKILL");`;
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", take]).signal).toBe("SIGKILL");
  expect(tryLockPlace(pool, 1)).toBeDefined();
});

test.runIf(process.getuid?.() === 0)("one of another user is passed by", () => {
  const pool = poolFolder();
  chmodSync(pool, 0o755);
  mkdirSync(join(pool, "1.lock"), { mode: 0o755 });
  process.seteuid?.(65_534);
  try {
    expect(tryLockPlace(pool, 1)).toBeUndefined();
    // Where nothing can be made at all, there is no use in trying other numbers.
    expect(() => tryLockPlace(pool, 2)).toThrow(/EACCES/u);
  } finally {
    process.seteuid?.(0);
  }
});
