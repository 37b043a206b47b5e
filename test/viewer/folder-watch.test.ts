import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FolderWatch } from "../../viewer/src/server/live-folder/folder-watch.ts";
import { projectFolder } from "../support/live-folder.ts";

/** Counts events, and lets a test wait for the next one. */
function watching(): {
  watch: FolderWatch;
  next: () => Promise<void>;
  count: () => number;
} {
  let count = 0;
  let waiting: (() => void)[] = [];
  const watch = new FolderWatch(() => {
    count++;
    for (const resolve of waiting) resolve();
    waiting = [];
  });
  onTestFinished(() => watch.close());
  return { watch, count: () => count, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

describe("FolderWatch", () => {
  it("tells of changes in the folders it follows, and of no others", async () => {
    const root = projectFolder();
    const { watch, next, count } = watching();
    mkdirSync(join(root, "a"));
    mkdirSync(join(root, "b"));
    watch.follow([join(root, "a"), join(root, "not-there")]);
    let event = next();
    writeFileSync(join(root, "a", "file"), "1");
    await event;
    watch.follow([join(root, "b")]);
    const before = count();
    writeFileSync(join(root, "a", "file"), "2");
    event = next();
    writeFileSync(join(root, "b", "file"), "1");
    await event;
    expect(count()).toBeGreaterThan(before);
  });

  it("follows a folder that was removed and made again", async () => {
    const folder = join(projectFolder(), "live");
    mkdirSync(folder);
    const { watch, next } = watching();
    watch.follow([folder]);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    watch.follow([folder]);
    const event = next();
    writeFileSync(join(folder, "file"), "1");
    await expect(event).resolves.toBeUndefined();
  });
});
