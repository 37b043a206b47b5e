import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { chooseWatched, EntryWatch } from "../../viewer/src/server/discovery/entry-watch.ts";
import { findLiveFolders } from "../../viewer/src/server/discovery/find-folders.ts";
import { FolderMap } from "../../viewer/src/server/discovery/folder-map.ts";
import { projectFolder } from "../support/live-folder.ts";

/** Follows folders, and lets a test wait for what is told of them. */
async function watching(...paths: string[]): Promise<{
  told: string[];
  next: () => Promise<void>;
  follow: (...folders: string[]) => void;
}> {
  const told: string[] = [];
  let waiting: (() => void)[] = [];
  const watch = new EntryWatch((path) => {
    told.push(path);
    for (const resolve of waiting) resolve();
    waiting = [];
  });
  onTestFinished(() => watch.close());
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  // Folders that changed since they were looked into are told of as soon as they are watched.
  const follow = (...folders: string[]): void =>
    watch.follow(folders.map((path) => ({ path, entries: 1, identity: String(statSync(path).ino), changedMs: 0 })));
  const begun = next();
  follow(...paths);
  await begun;
  told.length = 0;
  return { told, next, follow };
}

describe("EntryWatch", () => {
  it("tells of folders that come and go in the folders it follows", async () => {
    const root = projectFolder();
    const { told, next } = await watching(root);
    let event = next();
    mkdirSync(join(root, ".waymark"));
    await event;
    event = next();
    rmSync(join(root, ".waymark"), { recursive: true });
    await event;
    event = next();
    mkdirSync(join(root, "runs"));
    await event;
    expect(told).toEqual([join(root, ".waymark"), join(root, ".waymark"), join(root, "runs")]);
  });

  it("leaves out files, folders that never hold runs, and what happens further down", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "sub"));
    const { told, next } = await watching(root);
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "node_modules"));
    mkdirSync(join(root, "sub", "deeper"));
    const event = next();
    mkdirSync(join(root, "runs"));
    await event;
    expect(told).toEqual([join(root, "runs")]);
  });

  it("still sees folders come where a file is written all the time", async () => {
    const root = projectFolder();
    const { next } = await watching(root);
    // So many events make it ask the folder itself, which it says by beginning anew.
    let event = next();
    const writing = setInterval(() => appendFileSync(join(root, "train.log"), "line\n"), 2);
    onTestFinished(() => clearInterval(writing));
    await event;
    event = next();
    mkdirSync(join(root, "runs"));
    await expect(event).resolves.toBeUndefined();
  });

  it("follows a folder that was removed and made again", async () => {
    const folder = join(projectFolder(), "runs");
    mkdirSync(folder);
    const { next, follow } = await watching(folder);
    renameSync(folder, `${folder}-before`);
    mkdirSync(folder);
    let event = next();
    follow(folder);
    await event;
    event = next();
    mkdirSync(join(folder, "live"));
    await expect(event).resolves.toBeUndefined();
  });

  it("bounds how many folders are watched and how many entries are looked at", () => {
    const folders = (count: number, entries: number) =>
      Array.from({ length: count }, (_, i) => ({ path: `/${entries}/${i}`, entries, identity: "", changedMs: 0 }));
    expect(chooseWatched(folders(5000, 1))).toHaveLength(1500);
    expect(chooseWatched(folders(100, 1000))).toHaveLength(20);
    const chosen = chooseWatched([...folders(1, 100_000), ...folders(3, 5)]);
    expect(chosen.map(({ path }) => path)).toEqual(["/5/0", "/5/1", "/5/2"]);
  });
});

it("findLiveFolders says how much each folder holds that it looked into, the highest first", async () => {
  const root = projectFolder();
  mkdirSync(join(root, "a", "b"), { recursive: true });
  mkdirSync(join(root, "live", "plots", "metrics"), { recursive: true });
  mkdirSync(join(root, ".venv", "lib"), { recursive: true });
  writeFileSync(join(root, "a", "file"), "");
  expect(await findLiveFolders(root)).toMatchObject({
    found: [{ folder: "live" }],
    searched: [
      { path: root, entries: 3 },
      { path: join(root, "a"), entries: 2 },
      { path: join(root, "a", "b"), entries: 0 },
    ],
  });
});

describe("FolderMap", () => {
  it("knows after looks at what changed what a search of everything would find", async () => {
    const root = projectFolder();
    const map = new FolderMap(root);
    map.replaceAll(await findLiveFolders(root));
    const changes: [path: string, change: (path: string) => void][] = [
      ["runs", (path) => mkdirSync(join(path, "a", "live", "plots", "metrics"), { recursive: true })],
      ["runs/a/live/rank-1", (path) => mkdirSync(join(path, ".waymark"), { recursive: true })],
      ["runs/a/live/plots/images", (path) => mkdirSync(path)],
      ["b", (path) => mkdirSync(join(path, "plots", "old"), { recursive: true })],
      // Turns the folder around it into a live folder, whose parts are not searched.
      ["b/plots", (path) => mkdirSync(join(path, "metrics"))],
      ["node_modules", (path) => mkdirSync(join(path, "live", "plots", "metrics"), { recursive: true })],
      ["a-link", (path) => symlinkSync(join(root, "b"), path)],
      ["runs/a/live", (path) => rmSync(path, { recursive: true })],
      ["b/plots", (path) => rmSync(path, { recursive: true })],
      ["runs", (path) => rmSync(path, { recursive: true })],
      ["1/2/3/4/5/6", (path) => mkdirSync(join(path, "7", "plots", "metrics"), { recursive: true })],
    ];
    for (const [name, change] of changes) {
      change(join(root, name));
      await map.lookAt(join(root, name.startsWith("1/") ? "1" : name));
      const { found, searched } = await findLiveFolders(root);
      const live = (folders: readonly { folder: string }[]): string[] => folders.map(({ folder }) => folder).toSorted();
      expect(live(map.found()), name).toEqual(live(found));
      const paths = (folders: readonly { path: string }[]): string[] => folders.map(({ path }) => path).toSorted();
      expect(paths(map.searched()), name).toEqual(paths(searched));
    }
  });
});
