import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  FolderInUseError,
  acquireFolderLock,
  isProcessAlive,
  processIdentity,
  processState,
  removeTemporaryFilesSync,
  replaceFileSync,
} from "@waymark/files";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("replacing a file", () => {
  test("makes the file and its folders, and leaves nothing else behind", () => {
    const folder = temporaryFolder();
    const path = join(folder, "a", "b.json");
    replaceFileSync(path, "one");
    replaceFileSync(path, new Uint8Array([116, 119, 111]), { durable: true });
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(join(folder, "a"))).toEqual(["b.json"]);
  });

  test("keeps the mode of the file and the link that points to it", () => {
    const folder = temporaryFolder();
    const path = join(folder, "real");
    writeFileSync(path, "one");
    chmodSync(path, 0o640);
    symlinkSync("real", join(folder, "link"));
    replaceFileSync(join(folder, "link"), "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("keeps the old content and no temporary file when it fails", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "taken"));
    expect(() => replaceFileSync(join(folder, "taken"), "x")).toThrow(expect.objectContaining({ code: "EISDIR" }));
    expect(readdirSync(folder)).toEqual(["taken"]);
  });

  test("writes its temporary file where it is told, made if need be", () => {
    const folder = temporaryFolder();
    const own = join(folder, "own");
    replaceFileSync(join(folder, "a"), "one", { temporaryFolder: own });
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("one");
    expect(readdirSync(own)).toEqual([]);
  });

  test("what a killed writer left is removed, and nothing else", () => {
    const folder = temporaryFolder();
    for (const name of [".a.json.123-1.tmp", "notes.tmp", ".hidden"]) writeFileSync(join(folder, name), "");
    removeTemporaryFilesSync(folder);
    removeTemporaryFilesSync(join(folder, "missing"));
    expect(readdirSync(folder).toSorted()).toEqual([".hidden", "notes.tmp"]);
  });
});

describe("processes", () => {
  test("this process is alive", () => {
    expect(processState(processIdentity())).toBe("alive");
    expect(isProcessAlive(processIdentity())).toBe(true);
  });

  test("a number that was given to another process, or belongs to an earlier boot, is dead", () => {
    const own = processIdentity();
    expect(processState({ ...own, processStart: "1" })).toBe("dead");
    expect(processState({ ...own, bootId: "another" })).toBe("dead");
    expect(processState({ ...own, pid: -1 })).toBe("dead");
  });

  test("a process elsewhere cannot be judged from here", () => {
    const own = processIdentity();
    expect(processState({ ...own, host: `not-${hostname()}` })).toBe("elsewhere");
    expect(processState({ ...own, pidNamespace: "pid:[1]" })).toBe("elsewhere");
    expect(isProcessAlive({ ...own, host: `not-${hostname()}` })).toBe(true);
  });

  test("a process that ended is dead", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    const identity = { ...processIdentity(), pid: child.pid ?? 0, processStart: null };
    await new Promise((resolve) => child.on("close", resolve));
    expect(processState(identity)).toBe("dead");
  });
});

describe("the lock of a folder", () => {
  test("is held once, and free again when it is given back", () => {
    const folder = temporaryFolder();
    const lock = acquireFolderLock(folder);
    expect(() => acquireFolderLock(folder)).toThrow(FolderInUseError);
    lock.release();
    lock.release();
    acquireFolderLock(folder).release();
    expect(readdirSync(join(folder, "lock"))).toEqual([]);
  });

  test("the error names the holder, since when, and a way out", () => {
    const folder = temporaryFolder();
    const { path } = acquireFolderLock(folder);
    expect(() => acquireFolderLock(folder)).toThrow(
      expect.objectContaining({ code: "FOLDER_IN_USE", pid: process.pid, host: hostname(), lockFile: path, folder }),
    );
  });

  test("a dead holder is replaced without a word", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "lock"));
    const dead = { ...processIdentity(), processStart: "1", since: new Date(0).toISOString() };
    writeFileSync(join(folder, "lock", "1-aa.json"), JSON.stringify(dead));
    writeFileSync(join(folder, "lock", "2-bb.json"), "");
    const lock = acquireFolderLock(folder);
    expect(readdirSync(join(folder, "lock"))).toHaveLength(1);
    lock.release();
  });

  test("a holder on another host is not touched; the error names the file to remove", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "lock"));
    const path = join(folder, "lock", "1-aa.json");
    const since = "2026-01-02T03:04:05.000Z";
    writeFileSync(path, JSON.stringify({ ...processIdentity(), host: "node7", since }));
    expect(() => acquireFolderLock(folder)).toThrow(
      expect.objectContaining({ host: "node7", since, hint: expect.stringContaining(path) }),
    );
    expect(readdirSync(join(folder, "lock"))).toEqual(["1-aa.json"]);
  });

  test("of processes that start at once one holds it at a time", async () => {
    const folder = temporaryFolder();
    const built = new URL("../../packages/files/dist/index.js", import.meta.url).href;
    const script = `
      import { acquireFolderLock } from ${JSON.stringify(built)};
      import { writeFileSync, rmSync } from "node:fs";
      const witness = ${JSON.stringify(join(folder, "witness"))};
      for (let round = 0; round < 20; round += 1) {
        const lock = acquireFolderLock(${JSON.stringify(folder)}, { waitMs: 30_000 });
        writeFileSync(witness, "", { flag: "wx" });
        rmSync(witness);
        lock.release();
      }
    `;
    const codes = await Promise.all(
      Array.from(
        { length: 4 },
        async () =>
          await new Promise((resolve) => {
            spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" }).on("close", resolve);
          }),
      ),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
  });
});
