import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  acquireDvcLock,
  CacheConfigError,
  DvcLockedError,
  findDvcRoot,
  hashFileSync,
  initDvcFolder,
  readDvcConfig,
} from "@waymark/store";
import { DVC_TEST_ENV, dvcProject } from "./folder.ts";

describe("initDvcFolder", () => {
  it("writes what dvc init writes, and keeps what is there", () => {
    const { root } = dvcProject();
    expect(readFileSync(join(root, ".dvc/config"), "utf8")).toBe("");
    expect(hashFileSync(join(root, ".dvc/.gitignore")).md5).toBe("a5d6c4bb3813b904789a8a68767d076c");
    expect(hashFileSync(join(root, ".dvcignore")).md5).toBe("34659c119a2634fe318cd6a4822df435");
    expect(existsSync(join(root, ".dvc/tmp/btime"))).toBe(true);
    expect(existsSync(join(root, ".dvc/cache"))).toBe(false);
    writeFileSync(join(root, ".dvc/config"), "[core]\n    autostage = true\n");
    expect(initDvcFolder(root).created).toEqual([]);
    expect(readDvcConfig(join(root, ".dvc"), DVC_TEST_ENV).isAutostaging).toBe(true);
  });

  it("is found from below, and not above the limit", () => {
    const { root } = dvcProject({ "a/b/c": "" });
    expect(findDvcRoot(join(root, "a/b"))).toBe(root);
    expect(findDvcRoot(join(root, "a/b"), join(root, "a"))).toBeUndefined();
  });
});

describe("readDvcConfig", () => {
  it("merges the levels and reads DVC's dialect", () => {
    const { root } = dvcProject(
      {},
      '# note\n[core]\n    remote = s3 # main\n[cache]\ntype = "reflink,hardlink"\n[\'remote "s3"\']\n    url = s3://b/p\n',
    );
    writeFileSync(
      join(root, ".dvc/config.local"),
      "[CACHE]\n    Type = symlink\n    dir = /big/cache\n[core]\nhardlink_lock = True\n",
    );
    expect(readDvcConfig(join(root, ".dvc"), DVC_TEST_ENV)).toMatchObject({
      cacheDir: "/big/cache",
      linkTypes: ["symlink"],
      usesHardlinkLock: true,
      hasNoScm: false,
    });
  });

  it("names file and line of what it cannot read", () => {
    const { root } = dvcProject();
    writeFileSync(join(root, ".dvc/config"), "[core]\nnonsense\n");
    expect(() => readDvcConfig(join(root, ".dvc"), DVC_TEST_ENV)).toThrow(/\.dvc\/config:2: expected/);
    writeFileSync(join(root, ".dvc/config"), "[cache]\ntype = floppy\n");
    expect(() => readDvcConfig(join(root, ".dvc"), DVC_TEST_ENV)).toThrow(CacheConfigError);
  });
});

describe("acquireDvcLock", () => {
  it("excludes others until it is released, and says who holds it", async () => {
    const { root } = dvcProject();
    const lock = acquireDvcLock(join(root, ".dvc"));
    if (lock.kind === "unavailable") {
      // Only the reason can be checked where the machine has no such program.
      expect(lock.reason).toMatch(/flock/);
      return;
    }
    expect(readFileSync(join(root, ".dvc/tmp/lock"), "utf8")).toBe(` ${process.pid}\n`);
    expect(() => acquireDvcLock(join(root, ".dvc"), { waitMs: 0 })).toThrow(DvcLockedError);
    expect(await tryFromElsewhere(root)).toBe(1);
    lock.release();
    lock.release();
    expect(await tryFromElsewhere(root)).toBe(0);
    const again = acquireDvcLock(join(root, ".dvc"), { waitMs: 0 });
    expect(again.kind).toBe("held");
    if (again.kind === "held") again.release();
  });
});

function tryFromElsewhere(root: string): Promise<number | null> {
  const child = spawn("flock", ["-n", "-x", join(root, ".dvc/tmp/lock"), "true"], { stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}
