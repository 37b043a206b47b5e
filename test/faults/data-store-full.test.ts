import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataStore, initDvcFolder } from "@waymark/store";
import { findDamage, readTree } from "../store/data-folder.ts";
import { DVC_TEST_ENV } from "../store/folder.ts";

const mountPoint = mkdtempSync(join(tmpdir(), "waymark-store-full-"));
/** Only root may mount. */
const canMount = process.getuid?.() === 0 && existsSync("/bin/mount");
const FILES = 40;

describe.runIf(canMount)("a disk that fills up under the data store", () => {
  beforeAll(() => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mountPoint]);
  });

  afterAll(() => {
    execFileSync("umount", [mountPoint]);
    rmdirSync(mountPoint);
  });

  test.each([16, 120, 400, 900])("with %i kB left: nothing torn, and the next add completes", async (left) => {
    const root = join(mountPoint, `project-${left}`);
    mkdirSync(join(root, "data"), { recursive: true });
    initDvcFolder(root);
    for (let index = 0; index < FILES; index += 1) {
      writeFileSync(join(root, `data/f${index}`), Buffer.alloc(index === 0 ? 300_000 : 20_000, `${index} `));
    }
    const before = readTree(join(root, "data"));
    const ballast = join(mountPoint, "ballast");
    const used = Number(execFileSync("df", ["-k", "--output=avail", mountPoint]).toString().split("\n")[1]);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, used - left) * 1024));
    const store = DataStore.open(join(root, ".dvc"), { env: DVC_TEST_ENV });
    await expect(store.add(join(root, "data"))).rejects.toThrow("ENOSPC");
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect(readTree(join(root, "data"))).toEqual(before);
    rmSync(ballast);
    const { md5 } = await store.add(join(root, "data"));
    expect(store.cache.listMissing(md5)).toEqual([]);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    rmSync(join(root, "data"), { recursive: true });
    const room = Number(execFileSync("df", ["-k", "--output=avail", mountPoint]).toString().split("\n")[1]);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, room - left) * 1024));
    await expect(store.checkout([{ path: "data", md5 }])).rejects.toThrow("ENOSPC");
    rmSync(ballast);
    // What came back before is right, and the rest comes now.
    await store.checkout([{ path: "data", md5 }], { force: true });
    expect(readTree(join(root, "data"))).toEqual(before);
    await store.close();
    rmSync(root, { recursive: true });
  });
});
