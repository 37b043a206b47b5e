import { chmodSync, mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ContentCache, hashBytes, type DataStore } from "@waymark/store";
import { dataProject, flipBit, letTimePass } from "./data-folder.ts";
import { DVC_TEST_ENV } from "./folder.ts";

const FILES = Object.fromEntries(Array.from({ length: 550 }, (_, at) => [`data/file-${at}`, `content ${at}`]));

/** A store whose cache holds a folder that is large enough to be remembered, and its manifest. */
async function largeFolder(): Promise<{ root: string; store: DataStore; md5: string; reopen: () => DataStore }> {
  const { root, store, reopen } = dataProject(FILES);
  const { md5 } = await store.add(join(root, "data"));
  await letTimePass();
  return { root, store, md5, reopen };
}

/** Whether the manifest had to be read to tell. */
function isRead(store: DataStore, md5: string): boolean {
  const { cache } = store;
  const listMissing = cache.listMissing.bind(cache);
  let isAsked = false;
  cache.listMissing = (name) => {
    isAsked = true;
    return listMissing(name);
  };
  store.isComplete(md5);
  return isAsked;
}

describe("DataStore.isComplete", () => {
  it("looks once, also from one process to the next, as long as the cache stays as it is", async () => {
    const { store, md5, reopen } = await largeFolder();
    expect(store.isComplete(md5)).toBe(true);
    expect(isRead(store, md5)).toBe(false);
    expect(isRead(reopen(), md5)).toBe(false);
    expect(reopen().isComplete(md5)).toBe(true);
  });

  it("notices an object that is gone, moved away, or in another folder than before", async () => {
    const { store, md5, reopen } = await largeFolder();
    const first = store.cache.objectPath(hashBytes(Buffer.from("content 0")).md5);
    const second = store.cache.objectPath(hashBytes(Buffer.from("content 1")).md5);
    expect(store.isComplete(md5)).toBe(true);
    // Whoever removes it may put the times of its folder back, but not that of the change.
    unlinkSync(first);
    utimesSync(dirname(first), new Date(0), new Date(0));
    expect(reopen().isComplete(md5)).toBe(false);
    writeFileSync(first, "content 0");
    await letTimePass();
    expect(store.isComplete(md5)).toBe(true);
    renameSync(second, `${second}.away`);
    expect(reopen().isComplete(md5)).toBe(false);
  });

  it("looks at a manifest again that is another one, or gone", async () => {
    const { store, md5, reopen } = await largeFolder();
    expect(store.isComplete(md5)).toBe(true);
    flipBit(store.cache.objectPath(md5));
    expect(() => reopen().isComplete(md5)).toThrow("do not match its name");
    unlinkSync(store.cache.objectPath(md5));
    expect(reopen().isComplete(md5)).toBe(false);
  });

  it("remembers nothing while the cache has just changed, nor of small folders and files", async () => {
    const { root, store, md5 } = await largeFolder();
    const folder = dirname(store.cache.objectPath(md5));
    // Later than now, however long this takes.
    utimesSync(folder, new Date(), new Date(Date.now() + 3_600_000));
    expect(isRead(store, md5)).toBe(true);
    expect(isRead(store, md5)).toBe(true);
    utimesSync(folder, new Date(), new Date(0));
    mkdirSync(join(root, "small"));
    writeFileSync(join(root, "small/a"), "a");
    const small = await store.add(join(root, "small"));
    await letTimePass();
    expect(store.isComplete(small.md5)).toBe(true);
    expect(isRead(store, small.md5)).toBe(true);
    expect(store.isComplete(hashBytes(Buffer.from("a")).md5)).toBe(true);
    expect(store.isComplete(hashBytes(Buffer.from("b")).md5)).toBe(false);
  });

  it("finds objects where DVC 2 keeps them", async () => {
    const { store, md5 } = await largeFolder();
    const { cacheDir } = ContentCache.open(dirname(store.cache.cacheDir), { env: DVC_TEST_ENV });
    const object = hashBytes(Buffer.from("content 0")).md5;
    const old = join(cacheDir, object.slice(0, 2), object.slice(2));
    mkdirSync(dirname(old), { recursive: true });
    renameSync(store.cache.objectPath(object), old);
    chmodSync(old, 0o444);
    await letTimePass();
    expect(store.isComplete(md5)).toBe(true);
    unlinkSync(old);
    expect(store.isComplete(md5)).toBe(false);
  });
});
