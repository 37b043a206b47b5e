import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  finishPortions,
  LOOK_KINDS,
  lookAtPortions,
  newLookMemory,
} from "../../packages/store/src/look/look-portions.ts";
import { walkFolder } from "../../packages/store/src/walk-folder.ts";

/** A folder with some files, links to a file, to a folder and to nothing. */
function folderOf(files: number): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-walk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (let at = 0; at < files; at += 1) {
    if (at % 1000 === 0) mkdirSync(join(folder, String(at)));
    writeFileSync(join(folder, String(at - (at % 1000)), `${at}.txt`), "x".repeat(at % 7));
  }
  symlinkSync("0/1.txt", join(folder, "to-file"));
  symlinkSync("0", join(folder, "to-folder"));
  return folder;
}

describe("walkFolder", () => {
  it("finds the same with threads as without", () => {
    const folder = folderOf(5000);
    const alone = walkFolder(folder);
    const helped = walkFolder(folder, { expectedFiles: 1_000_000 });
    expect(alone.relpaths).toHaveLength(5001);
    expect(helped.relpaths).toEqual(alone.relpaths);
    expect(Buffer.from(helped.stamps.bytes()).equals(Buffer.from(alone.stamps.bytes()))).toBe(true);
    expect([...helped.links].map((index) => helped.relpaths[index])).toEqual(["to-file"]);
    expect(helped.stamps.sizeBytes(helped.relpaths.indexOf("0/6.txt"))).toBe(6);
  });

  it("refuses a link to nothing, or lists it where that is wanted", () => {
    const folder = folderOf(3);
    symlinkSync("nowhere", join(folder, "broken"));
    expect(() => walkFolder(folder)).toThrow("it is a symbolic link to nothing");
    const { dangling, relpaths, links, stamps } = walkFolder(folder, { isStrict: false });
    expect(dangling).toEqual(["broken"]);
    expect(relpaths.toSorted()).toEqual(["0/0.txt", "0/1.txt", "0/2.txt", "to-file"]);
    expect([...links].map((index) => relpaths[index])).toEqual(["to-file"]);
    expect(stamps.length).toBe(4);
  });
});

describe("portions of a list", () => {
  it("that somebody took and never did are done in the end, and errors are thrown there", () => {
    const folder = folderOf(2500);
    const { relpaths } = walkFolder(folder);
    const paths = relpaths.map((relpath) => `${folder}/${relpath}`);
    unlinkSync(paths[2400] ?? "");
    const memory = newLookMemory(paths.length);
    // Another thread took the first portion and died.
    Atomics.add(memory.control, 0, 1);
    lookAtPortions(paths, memory);
    expect([memory.kinds[0], memory.kinds[2100], memory.kinds[2400]]).toEqual([0, LOOK_KINDS.file, LOOK_KINDS.gone]);
    finishPortions(paths, memory);
    expect(memory.kinds[0]).toBe(LOOK_KINDS.file);
    const broken = newLookMemory(1);
    lookAtPortions([`${folder}/${"x".repeat(300)}`], broken);
    expect(() => finishPortions([`${folder}/${"x".repeat(300)}`], broken)).toThrow("ENAMETOOLONG");
  });
});
