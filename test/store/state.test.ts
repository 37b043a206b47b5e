import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSettled, type FileStamp } from "../../packages/store/src/state/file-stamp.ts";
import { readFolderState, writeFolderState } from "../../packages/store/src/state/folder-state.ts";
import { StampList } from "../../packages/store/src/state/stamp-list.ts";
import { formatStateBlock } from "../../packages/store/src/state/state-blocks.ts";
import { StateLog } from "../../packages/store/src/state/state-log.ts";
import type { FileList } from "../../packages/store/src/walk-folder.ts";
import { dvcProject } from "./folder.ts";

const MD5 = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";

function stamp(size: number): FileStamp {
  // As large as file systems make them: more than a number can hold.
  return { dev: 66305n, ino: -5n, size: BigInt(size), mtimeNs: 1_795_000_000_123_456_789n, ctimeNs: 7n };
}

function logPath(): string {
  return join(dvcProject().root, ".dvc/tmp/waymark/state/files");
}

describe("StateLog", () => {
  it("remembers from one process to the next, the last word counts", () => {
    const path = logPath();
    const first = new StateLog(path);
    first.set("données/a b", { stamp: stamp(1), md5: MD5 });
    first.flush();
    first.set("données/a b", { stamp: stamp(2), md5: OTHER });
    first.set("c", { stamp: stamp(3), md5: MD5 });
    expect(new StateLog(path).get("c")).toBeUndefined();
    first.flush();
    const next = new StateLog(path);
    expect(next.get("données/a b")).toEqual({ stamp: stamp(2), md5: OTHER });
    expect(next.get("c")).toEqual({ stamp: stamp(3), md5: MD5 });
    expect(next.get("d")).toBeUndefined();
  });

  it("does not grow when there is nothing new", () => {
    const path = logPath();
    const log = new StateLog(path);
    log.set("a", { stamp: stamp(1), md5: MD5 });
    log.flush();
    const { size } = statSync(path);
    log.set("a", { stamp: stamp(1), md5: MD5 });
    log.flush();
    expect(statSync(path).size).toBe(size);
  });

  it("loses nothing when two processes write in turns", () => {
    const path = logPath();
    const [one, two] = [new StateLog(path), new StateLog(path)];
    for (let turn = 0; turn < 20; turn += 1) {
      one.set(`one-${turn}`, { stamp: stamp(turn), md5: MD5 });
      two.set(`two-${turn}`, { stamp: stamp(turn), md5: OTHER });
      one.flush();
      two.flush();
    }
    const log = new StateLog(path);
    for (let turn = 0; turn < 20; turn += 1) {
      expect(log.get(`one-${turn}`)).toEqual({ stamp: stamp(turn), md5: MD5 });
      expect(log.get(`two-${turn}`)).toEqual({ stamp: stamp(turn), md5: OTHER });
    }
  });

  it("becomes short again once most of it is outdated", () => {
    const path = logPath();
    const log = new StateLog(path);
    for (let turn = 0; turn < 200; turn += 1) {
      for (let file = 0; file < 50; file += 1) log.set(`f-${file}`, { stamp: stamp(turn), md5: MD5 });
      log.flush();
    }
    expect(statSync(path).size).toBeLessThan(400 * 1024);
    expect(new StateLog(path).get("f-49")).toEqual({ stamp: stamp(199), md5: MD5 });
  });

  it.each([
    ["cut short", (path: string) => truncateSync(path, statSync(path).size - 3)],
    ["of another program", (path: string) => writeFileSync(path, "SQLite format 3\0, or anything")],
    ["damaged", (path: string) => writeFileSync(path, readFileSync(path).fill(7, 30, 40))],
    [
      "followed by half a block",
      (path: string) => appendFileSync(path, formatStateBlock(Buffer.alloc(99)).subarray(0, 60)),
    ],
  ])("starts anew with a file that is %s", (_, damage) => {
    const path = logPath();
    const before = new StateLog(path);
    before.set("a", { stamp: stamp(1), md5: MD5 });
    before.flush();
    damage(path);
    const log = new StateLog(path);
    expect([undefined, MD5]).toContain(log.get("a")?.md5);
    log.set("b", { stamp: stamp(2), md5: OTHER });
    log.flush();
    expect(new StateLog(path).get("b")).toEqual({ stamp: stamp(2), md5: OTHER });
  });

  it("does without a file it may not write", () => {
    const { root } = dvcProject({ "no-folder": "" });
    const log = new StateLog(join(root, "no-folder/state"));
    log.set("a", { stamp: stamp(1), md5: MD5 });
    expect(() => log.flush()).not.toThrow();
    expect(log.get("a")?.md5).toBe(MD5);
  });
});

describe("the state of a folder", () => {
  const list = (names: readonly string[], size = 1): FileList => {
    const stamps = new StampList();
    for (const [index] of names.entries()) stamps.push(stamp(size + index));
    return { relpaths: names, stamps, links: new Set(), dangling: [] };
  };
  const known = [MD5, OTHER, MD5].map((md5, index) => ({ index, md5 }));
  const summary = { md5: `${OTHER}.dir`, sizeBytes: 6 };

  it("answers for the whole as long as every file looks the same", () => {
    const path = logPath();
    writeFolderState(path, "data", list(["a", "b", "ü/😀"]), known, summary);
    const state = readFolderState(path, "data");
    expect(state?.summary).toEqual(summary);
    expect(state?.isAsBefore(list(["a", "b", "ü/😀"]))).toBe(true);
    expect(state?.isAsBefore(list(["a", "b", "ü/😁"]))).toBe(false);
    expect(state?.isAsBefore(list(["a", "b"]))).toBe(false);
    expect(state?.isAsBefore(list(["a", "b", "ü/😀"], 2))).toBe(false);
    expect(readFolderState(path, "other")).toBeUndefined();
  });

  it("answers file by file for those that look the same, in any order", () => {
    const path = logPath();
    writeFolderState(path, "data", list(["a", "b", "c"]), known, summary);
    const now = list(["c", "new", "a", "b"]);
    now.stamps.set(0, stamp(3));
    now.stamps.set(2, stamp(1));
    now.stamps.set(3, stamp(77));
    expect(readFolderState(path, "data")?.lookUp(now)).toEqual([MD5, undefined, MD5, undefined]);
  });

  it("has no answer for the whole when a file has to be read again", () => {
    const path = logPath();
    writeFolderState(path, "data", list(["a", "b", "c"]), known.slice(0, 2), summary);
    const state = readFolderState(path, "data");
    expect(state?.summary).toBeUndefined();
    expect(state?.isAsBefore(list(["a", "b", "c"]))).toBe(false);
    expect(state?.lookUp(list(["a", "b", "c"]))).toEqual([MD5, OTHER, undefined]);
  });

  it("is nothing when its file is torn", () => {
    const path = logPath();
    writeFolderState(path, "data", list(["a", "b", "c"]), known, summary);
    truncateSync(path, statSync(path).size - 1);
    expect(readFolderState(path, "data")).toBeUndefined();
  });
});

describe("isSettled", () => {
  const at = (mtimeNs: bigint): FileStamp => ({ ...stamp(1), mtimeNs, ctimeNs: mtimeNs });

  it("does not trust a file that was touched just before it was read", () => {
    const touchedNs = 1_795_000_000_123_456_789n;
    expect(isSettled(at(touchedNs), 1_795_000_000_130)).toBe(false);
    expect(isSettled(at(touchedNs), 1_795_000_000_200)).toBe(true);
    expect(isSettled(at(touchedNs), 1_794_999_999_000)).toBe(false);
  });

  it("waits longer where times are coarse", () => {
    const touchedNs = 1_795_000_000_000_000_000n;
    expect(isSettled(at(touchedNs), 1_795_000_001_000)).toBe(false);
    expect(isSettled(at(touchedNs), 1_795_000_002_500)).toBe(true);
  });
});
