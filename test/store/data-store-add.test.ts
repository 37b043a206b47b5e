import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MissingSourceError } from "@waymark/store";
import {
  dataProject,
  findDamage,
  flipBit,
  letTimePass,
  readTree,
  HELLO,
  THREE_FILES,
  THREE_FILES_MD5,
} from "./data-folder.ts";

describe("DataStore.add", () => {
  it("keeps a file under the name of its hash, read-only", async () => {
    const { root, store } = dataProject({ "hello.txt": "hello\n" });
    await store.add(join(root, "hello.txt"));
    const object = join(root, ".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184");
    expect(readFileSync(object, "utf8")).toBe("hello\n");
    expect(statSync(object).mode & 0o777).toBe(0o444);
    expect(statSync(object).ino).not.toBe(statSync(join(root, "hello.txt")).ino);
    expect(readdirSync(join(root, ".dvc/cache/files/.waymark-tmp"))).toEqual([]);
  });

  it("keeps a folder with the manifest that DVC writes", async () => {
    const { root, store } = dataProject(THREE_FILES);
    const { md5 } = await store.add(join(root, "data"));
    expect(md5).toBe(THREE_FILES_MD5);
    expect(readFileSync(store.cache.objectPath(md5), "utf8")).toBe(
      '[{"md5": "e650f8d4343a4278d3450e0a1d737e54", "relpath": "sub/readme.txt"}, ' +
        '{"md5": "b2bfedbf7a0f5bf84cea4ab7fc2fe2f5", "relpath": "test.csv"}, ' +
        '{"md5": "e5ebd4c02cefbe7955977c67ada242b7", "relpath": "train.csv"}]',
    );
    expect(store.cache.listMissing(md5)).toEqual([]);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
  });

  it("only hashes when it is told not to commit", async () => {
    const { root, store } = dataProject(THREE_FILES);
    expect((await store.add(join(root, "data"), { commit: false })).md5).toBe(THREE_FILES_MD5);
    expect(store.cache.has(THREE_FILES_MD5)).toBe(false);
  });

  it.each([
    ["hardlink", "hardlink,copy"],
    ["symlink", "symlink"],
    ["copy", "copy"],
  ])("links what it added back as configured: %s", async (type, types) => {
    const { root, store } = dataProject({ ...THREE_FILES, single: "hello\n" }, `[cache]\n    type = "${types}"\n`);
    for (const path of ["data", "single", "data"]) await store.add(join(root, path));
    const object = store.cache.objectPath(HELLO);
    const own = lstatSync(join(root, "single"));
    expect(own.isSymbolicLink()).toBe(type === "symlink");
    if (type === "symlink") expect(readlinkSync(join(root, "single"))).toBe(object);
    expect(own.ino === statSync(object).ino).toBe(type === "hardlink");
    expect(readTree(join(root, "data"))).toEqual({
      ...{ "sub/readme.txt": "note\n", "test.csv": "a,b\n3,4\n", "train.csv": "a,b\n1,2\n" },
    });
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect(readdirSync(join(root, ".dvc/cache/files/.waymark-tmp"))).toEqual([]);
    expect((await store.hash(join(root, "data"))).md5).toBe(THREE_FILES_MD5);
  });

  it("leaves files alone that a program goes on to write", async () => {
    const { root, store } = dataProject({ model: "one" }, '[cache]\n    type = "hardlink"\n');
    const { md5 } = await store.add(join(root, "model"), { relink: false });
    writeFileSync(join(root, "model"), "two");
    expect(store.cache.verify(md5)).toBe("intact");
  });

  it("gives a program that can be executed bytes of its own", async () => {
    const { root, store } = dataProject({ "run.sh": "#!/bin/sh\n" }, '[cache]\n    type = "hardlink"\n');
    chmodSync(join(root, "run.sh"), 0o755);
    const { md5, isExecutable } = await store.add(join(root, "run.sh"));
    expect(isExecutable).toBe(true);
    expect(statSync(join(root, "run.sh")).mode & 0o100).toBe(0o100);
    expect(statSync(store.cache.objectPath(md5)).mode & 0o777).toBe(0o444);
  });

  it("turns symbolic links inside a folder into files", async () => {
    const { root, store } = dataProject({ "data/a": "1", elsewhere: "far away" });
    symlinkSync(join(root, "elsewhere"), join(root, "data/link"));
    await store.add(join(root, "data"));
    expect(lstatSync(join(root, "data/link")).isFile()).toBe(true);
    expect(readFileSync(join(root, "data/link"), "utf8")).toBe("far away");
    expect(readFileSync(join(root, "elsewhere"), "utf8")).toBe("far away");
  });

  it("replaces a damaged object by what is added, and puts a lost one back", async () => {
    const { root, store } = dataProject({ "data/a": "first", "data/b": "second" });
    await letTimePass();
    const { md5, manifest } = await store.add(join(root, "data"));
    const [first, second] = (manifest ?? []).map((entry) => store.cache.objectPath(entry.md5));
    unlinkSync(first ?? "");
    await store.add(join(root, "data"));
    expect(store.cache.listMissing(md5)).toEqual([]);
    flipBit(second ?? "");
    writeFileSync(join(root, "copy"), readFileSync(join(root, "data/b")));
    writeFileSync(join(root, "copy-of-a"), readFileSync(join(root, "data/a")));
    for (const path of ["copy", "copy-of-a"]) await store.add(join(root, path));
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
  });

  it("shares the folders it makes with the group when asked to", async () => {
    const { root, store } = dataProject({ x: "x" }, "[cache]\n    shared = group\n");
    const { md5 } = await store.add(join(root, "x"));
    expect(statSync(join(store.cache.objectPath(md5), "..")).mode & 0o7777).toBe(0o2775);
    expect(statSync(store.cache.objectPath(md5)).mode & 0o777).toBe(0o444);
  });

  it("makes the folders of a cache anew that somebody removed meanwhile", async () => {
    for (const type of ["copy", "hardlink"]) {
      const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`many/${at}`, `content ${at}`]));
      const { root, store } = dataProject({ "first/a": "1", ...files }, `[cache]\n    type = ${type}\n`);
      await store.add(join(root, "first"));
      for (const folder of ["cache/files", "cache", "tmp"]) {
        rmSync(join(root, ".dvc", folder), { recursive: true });
        const { md5 } = await store.add(join(root, "many"));
        expect(store.cache.listMissing(md5)).toEqual([]);
        rmSync(join(root, ".dvc", "cache", "files"), { recursive: true });
        expect(store.cache.verify(store.cache.insertSync(join(root, "first")).md5)).toBe("intact");
      }
    }
  });

  it("puts only a part of a folder into the cache when asked to, and names all of it", async () => {
    const { root, store } = dataProject({ "data/a/1": "one", "data/ab": "two", "data/c": "three" });
    const { md5, manifest } = await store.add(join(root, "data"), { part: "a" });
    expect(md5).toBe((await store.hash(join(root, "data"))).md5);
    expect(store.cache.readDirectory(md5).map(({ relpath }) => relpath)).toEqual(["a/1", "ab", "c"]);
    const cached = manifest?.filter((entry) => store.cache.has(entry.md5)).map(({ relpath }) => relpath);
    expect(cached).toEqual(["a/1"]);
  });

  it("adds a large file piece by piece, with what it holds", async () => {
    const { root, store } = dataProject({}, "");
    const block = Buffer.alloc(1024 * 1024 + 17, "0123456789abcdef-");
    writeFileSync(join(root, "large"), Buffer.concat(Array.from({ length: 12 }, () => block)));
    const bytes: number[] = [];
    const { md5, sizeBytes } = await store.add(join(root, "large"), {
      onProgress: (progress) => bytes.push(progress.bytes),
    });
    expect(sizeBytes).toBe(12 * block.length);
    expect(bytes.at(-1)).toBe(sizeBytes);
    expect(store.cache.verify(md5)).toBe("intact");
    expect((await store.hash(join(root, "large"))).md5).toBe(md5);
  });
});

describe("DataStore.unprotect", () => {
  it.each(["hardlink", "symlink"])("makes linked files safe to change: %s", async (type) => {
    const { root, store } = dataProject(THREE_FILES, `[cache]\n    type = ${type}\n`);
    const { md5 } = await store.add(join(root, "data"));
    expect(store.unprotect(join(root, "data"))).toBe(3);
    expect(store.unprotect(join(root, "data"))).toBe(0);
    writeFileSync(join(root, "data/test.csv"), "changed");
    expect(lstatSync(join(root, "data/test.csv")).nlink).toBe(1);
    expect(store.cache.listMissing(md5)).toEqual([]);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect(() => store.unprotect(join(root, "none"))).toThrow(MissingSourceError);
  });
});

describe("DataStore.migrate", () => {
  it("gives objects of DVC 2 their new name beside the old, and leaves damaged ones", async () => {
    const { root, store } = dataProject({});
    const put = (name: string, content: string): string => {
      const path = join(root, ".dvc/cache", name.slice(0, 2), name.slice(2));
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, content, { mode: 0o444 });
      return path;
    };
    const crlf = put("dd8c6a395b5dd36c56d23275028f526c", "a\r\nb\r\n");
    put(HELLO, "hello\n");
    put("d751713988987e9331980363e24189ce.dir", "[]");
    const damaged = "e650f8d4343a4278d3450e0a1d737e54";
    put(damaged, "not the note");
    expect(await store.migrate({ isDryRun: true })).toEqual({ found: 4, migrated: 0, damaged: [] });
    expect(await store.migrate()).toEqual({ found: 4, migrated: 3, damaged: [damaged] });
    const moved = store.cache.objectPath("59b0d7772f0561efb95518f3cb8abc60");
    expect(statSync(moved).ino).toBe(statSync(crlf).ino);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect(store.cache.has("d751713988987e9331980363e24189ce.dir")).toBe(true);
    expect(await store.migrate()).toMatchObject({ migrated: 0 });
  });
});
