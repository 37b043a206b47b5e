import {
  chmodSync,
  existsSync,
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
import {
  CorruptObjectError,
  CorruptObjectsError,
  MissingSourceError,
  PathEscapesError,
  UnsupportedEntryError,
} from "@waymark/store";
import { dataProject, findDamage, flipBit, letTimePass, readTree } from "./data-folder.ts";

const HELLO = "b1946ac92492d2347c6235b4d2611184";
const THREE_FILES = {
  "data/train.csv": "a,b\n1,2\n",
  "data/test.csv": "a,b\n3,4\n",
  "data/sub/readme.txt": "note\n",
};
const THREE_FILES_MD5 = "bd9bfcaee72c7addb469323026812f67.dir";

describe("DataStore.hash", () => {
  it("hashes a file, and stores nothing", async () => {
    const { root, store } = dataProject({ "hello.txt": "hello\n" });
    chmodSync(join(root, "hello.txt"), 0o755);
    expect(await store.hash(join(root, "hello.txt"))).toEqual({
      ...{ md5: HELLO, sizeBytes: 6, fileCount: undefined, isExecutable: true },
    });
    expect(existsSync(join(root, ".dvc/cache"))).toBe(false);
  });

  it("hashes a folder as DVC does, and names its files", async () => {
    const { root, store } = dataProject(THREE_FILES);
    const { manifest, ...content } = await store.hash(join(root, "data"));
    expect(content).toEqual({ md5: THREE_FILES_MD5, sizeBytes: 21, fileCount: 3, isExecutable: false });
    expect(manifest?.map(({ relpath }) => relpath).toSorted()).toEqual(["sub/readme.txt", "test.csv", "train.csv"]);
  });

  it("orders and escapes names as Python does", async () => {
    const order = dataProject({ "d/a-b": "3", "d/a.b": "5", "d/a/b": "4", "d/Ａ.txt": "1", "d/😀.txt": "2" });
    const { md5 } = await order.store.add(join(order.root, "d"));
    expect(md5).toBe("34d9b913fd7d7f7498e5de85a4eebe2a.dir");
    const object = readFileSync(order.store.cache.objectPath(md5), "latin1");
    expect([...object.matchAll(/"relpath": "([^"]*)"/g)].map(([, name]) => name)).toEqual([
      ...["a-b", "a.b", "a/b", "\\uff21.txt", "\\ud83d\\ude00.txt"],
    ]);
    const escapes = dataProject({
      ...{ "d/B": "A", "d/_": "_", "d/a": "a", "d/crlf.txt": "a\r\nb\r\n", "d/del\u007fx": "z", "d/empty": "" },
      ...{ "d/run.sh": "#!/bin/sh\n", "d/tab\tname": "t", 'd/é/naïve "q" \\ b.txt': "x", "d/日本/😀.bin": "y" },
    });
    expect(await escapes.store.hash(join(escapes.root, "d"))).toMatchObject({
      ...{ md5: "650b353b8fdf9f7307c5c8bb6bd9a502.dir", sizeBytes: 23, fileCount: 10 },
    });
  });

  it("takes line ends for one another where DVC 2 did", async () => {
    const { root, store } = dataProject({ "crlf.txt": "a\r\nb\r\n", "binary.bin": "\0a\r\n" });
    const raw = await store.hash(join(root, "crlf.txt"));
    const legacy = await store.hash(join(root, "crlf.txt"), { isLegacy: true });
    expect([raw.md5, legacy.md5]).toEqual(["59b0d7772f0561efb95518f3cb8abc60", "dd8c6a395b5dd36c56d23275028f526c"]);
    const binary = join(root, "binary.bin");
    expect((await store.hash(binary, { isLegacy: true })).md5).toBe((await store.hash(binary)).md5);
  });

  it("hashes an empty folder, and one that is another project as empty", async () => {
    const { root, store } = dataProject({ "nested/.dvc/config": "", "nested/x": "1", "data/inner/.dvc/config": "" });
    mkdirSync(join(root, "void/deeper"), { recursive: true });
    const empty = { md5: "d751713988987e9331980363e24189ce.dir", sizeBytes: 0, fileCount: 0 };
    for (const folder of ["void", "nested", "data"]) expect(await store.hash(join(root, folder))).toMatchObject(empty);
  });

  it("names what it cannot hash", async () => {
    const { root, store } = dataProject({ "a/.dvcignore": "*.log\n", "b/x": "1" });
    symlinkSync("nowhere", join(root, "b/dangling"));
    mkdirSync(join(root, "c"));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/c/`), Buffer.from([0x66, 0xff, 0xfe])]), "x");
    await expect(store.hash(join(root, "gone"))).rejects.toThrow(MissingSourceError);
    await expect(store.hash(join(root, "a"))).rejects.toThrow("a .dvcignore may not lie inside tracked data");
    await expect(store.hash(join(root, "b"))).rejects.toThrow(UnsupportedEntryError);
    await expect(store.hash(join(root, "b"))).rejects.toThrow("dangling' cannot be put into the cache");
    await expect(store.hash(join(root, "c"))).rejects.toThrow("its name is not valid UTF-8");
  });

  it("sees a change whatever it remembers", async () => {
    const { root, reopen } = dataProject({ "data/a": "one", "data/b": "two", single: "x" });
    await letTimePass();
    const hashBoth = async (): Promise<readonly string[]> => {
      const store = reopen();
      return [(await store.hash(join(root, "data"))).md5, (await store.hash(join(root, "single"))).md5];
    };
    const before = await hashBoth();
    expect(await hashBoth()).toEqual(before);
    writeFileSync(join(root, "data/b"), "2wo");
    writeFileSync(join(root, "single"), "y");
    const after = await hashBoth();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    // Written again at once, with the same size: their times may not have moved since.
    writeFileSync(join(root, "data/b"), "two");
    writeFileSync(join(root, "single"), "x");
    expect(await hashBoth()).toEqual(before);
    unlinkSync(join(root, "data/a"));
    expect((await hashBoth())[0]).not.toBe(before[0]);
  });

  it("tells how far it has come, and stops when it is asked to", async () => {
    const { root, store } = dataProject({ "data/a": "x".repeat(1000), "data/b": "y".repeat(2000) });
    const seen: unknown[] = [];
    await store.hash(join(root, "data"), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ files: 2, totalFiles: 2, bytes: 3000, totalBytes: 3000 });
    const stopped = AbortSignal.abort(new Error("enough"));
    await expect(store.add(join(root, "data"), { signal: stopped })).rejects.toThrow("enough");
  });
});

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

describe("DataStore.checkout", () => {
  it("gives files and folders back byte for byte, and says what it did", async () => {
    const { root, store } = dataProject({ ...THREE_FILES, model: "one", old: "x" });
    chmodSync(join(root, "model"), 0o755);
    const model = await store.add(join(root, "model"));
    const data = await store.add(join(root, "data"));
    await store.add(join(root, "old"));
    const before = readTree(join(root, "data"));
    rmSync(join(root, "model"));
    rmSync(join(root, "data/sub"), { recursive: true });
    writeFileSync(join(root, "data/extra"), "x");
    const targets = [
      { path: "model", md5: model.md5, isExecutable: true },
      { path: "data", md5: data.md5 },
      { path: "old", md5: undefined },
    ];
    expect(await store.checkout(targets)).toEqual({
      ...{ added: ["model"], modified: ["data"], deleted: ["old"], missing: [], unsaved: [] },
    });
    expect(readTree(join(root, "data"))).toEqual(before);
    expect(statSync(join(root, "model")).mode & 0o777).toBe(0o744 & ~process.umask());
    expect(existsSync(join(root, "old"))).toBe(false);
    expect(await store.checkout(targets)).toMatchObject({ added: [], modified: [], deleted: [] });
  });

  it("does nothing at all when something would be lost, unless it is forced", async () => {
    const { root, store } = dataProject({ model: "one", ...THREE_FILES });
    const model = await store.add(join(root, "model"));
    const data = await store.add(join(root, "data"));
    rmSync(join(root, "model"));
    writeFileSync(join(root, "data/test.csv"), "only here");
    writeFileSync(join(root, "data/notes"), "only here, too");
    const targets = [
      { path: "model", md5: model.md5 },
      { path: "data", md5: data.md5 },
    ];
    const report = await store.checkout(targets);
    expect(report.unsaved.toSorted()).toEqual(["data/notes", "data/test.csv"]);
    expect(report.added).toEqual([]);
    expect(existsSync(join(root, "model"))).toBe(false);
    expect(readFileSync(join(root, "data/test.csv"), "utf8")).toBe("only here");
    expect(await store.checkout(targets, { force: true })).toMatchObject({ added: ["model"], modified: ["data"] });
    expect(existsSync(join(root, "data/notes"))).toBe(false);
  });

  it("leaves a target as it is when the cache lacks some of it, and does the others", async () => {
    const { root, store } = dataProject({ model: "one", ...THREE_FILES });
    const model = await store.add(join(root, "model"));
    const data = await store.add(join(root, "data"));
    const lost = data.manifest?.find(({ relpath }) => relpath === "test.csv")?.md5 ?? "";
    unlinkSync(store.cache.objectPath(lost));
    rmSync(join(root, "data"), { recursive: true });
    rmSync(join(root, "model"));
    const targets = [
      { path: "data", md5: data.md5 },
      { path: "model", md5: model.md5 },
      { path: "gone", md5: `${"f".repeat(32)}.dir` },
    ];
    expect(await store.checkout(targets)).toMatchObject({ added: ["model"], missing: ["data", "gone"] });
    expect(existsSync(join(root, "data"))).toBe(false);
    expect(await store.checkout(targets, { isPartial: true })).toMatchObject({ added: ["data"] });
    expect(Object.keys(readTree(join(root, "data")))).toEqual(["sub/readme.txt", "train.csv"]);
  });

  it.each(["copy", "hardlink", "symlink"] as const)(
    "names every damaged object and shows none of them: %s",
    async (type) => {
      const { root, store } = dataProject({ ...THREE_FILES, single: "hello\n" }, `[cache]\n    type = ${type}\n`);
      const data = await store.add(join(root, "data"));
      const single = await store.add(join(root, "single"));
      const damaged = data.manifest?.find(({ relpath }) => relpath === "test.csv")?.md5 ?? "";
      rmSync(join(root, "data"), { recursive: true });
      rmSync(join(root, "single"));
      for (const md5 of [damaged, single.md5]) flipBit(store.cache.objectPath(md5));
      const checkout = store.checkout([
        { path: "data", md5: data.md5 },
        { path: "single", md5: single.md5 },
      ]);
      await expect(checkout).rejects.toThrow(CorruptObjectsError);
      await expect(checkout).rejects.toThrow(`${damaged} for '${join(root, "data/test.csv")}'`);
      await expect(checkout).rejects.toThrow(single.md5);
      expect(Object.keys(readTree(join(root, "data")))).toEqual(["sub/readme.txt", "train.csv"]);
      expect(existsSync(join(root, "single"))).toBe(false);
      flipBit(store.cache.objectPath(data.md5));
      await expect(store.checkout([{ path: "data", md5: data.md5 }])).rejects.toThrow(CorruptObjectError);
    },
  );

  it("changes how files share bytes when it is asked to link again", async () => {
    const { root, store, reopen } = dataProject({ ...THREE_FILES }, "[cache]\n    type = copy\n");
    const { md5, manifest } = await store.add(join(root, "data"));
    const target = [{ path: "data", md5 }];
    const entry = manifest?.find(({ relpath }) => relpath === "test.csv");
    const file = join(root, "data/test.csv");
    const object = store.cache.objectPath(entry?.md5 ?? "");
    for (const type of ["hardlink", "symlink", "copy"]) {
      writeFileSync(join(root, ".dvc/config"), `[cache]\n    type = ${type}\n`);
      const next = reopen();
      expect(await next.checkout(target)).toMatchObject({ modified: [] });
      await next.checkout(target, { relink: true });
      expect(lstatSync(file).isSymbolicLink()).toBe(type === "symlink");
      expect(lstatSync(file).ino === statSync(object).ino).toBe(type === "hardlink");
      expect(readFileSync(file, "utf8")).toBe("a,b\n3,4\n");
      const { ino } = lstatSync(file);
      await next.checkout(target, { relink: true });
      expect(lstatSync(file).ino).toBe(ino);
    }
    expect(statSync(file).mode & 0o200).toBe(0o200);
  });

  it("leaves what .dvcignore hides and links to folders where they are", async () => {
    const { root, store } = dataProject({ "data/a": "1", ".dvcignore": "*.log\n", "other/x": "2" });
    const { md5 } = await store.add(join(root, "data"));
    writeFileSync(join(root, "data/train.log"), "mine");
    symlinkSync("../other", join(root, "data/linked"));
    expect(await store.checkout([{ md5, path: "data" }])).toMatchObject({ modified: [], unsaved: [] });
    expect(readdirSync(join(root, "data")).toSorted()).toEqual(["a", "linked", "train.log"]);
  });

  it("puts a file where a folder stands, and a folder where a file stands", async () => {
    const { root, store } = dataProject({ file: "1", "folder/a": "2" });
    const file = await store.add(join(root, "file"));
    const folder = await store.add(join(root, "folder"));
    rmSync(join(root, "file"));
    mkdirSync(join(root, "file/empty"), { recursive: true });
    rmSync(join(root, "folder"), { recursive: true });
    symlinkSync("nowhere", join(root, "folder"));
    const targets = [
      { md5: file.md5, path: "file" },
      { md5: folder.md5, path: "folder" },
    ];
    await store.checkout(targets);
    expect(readFileSync(join(root, "file"), "utf8")).toBe("1");
    expect(readTree(join(root, "folder"))).toEqual({ a: "2" });
  });

  it("writes nothing outside, by name or through a link", async () => {
    const { root, store } = dataProject({ model: "one" });
    const { md5 } = await store.add(join(root, "model"));
    const outside = dataProject({ precious: "keep" }).root;
    symlinkSync(outside, join(root, "way-out"));
    for (const path of ["../x", "/etc/x", "way-out/precious", ".git/hooks/x", "a/../../x"]) {
      await expect(store.checkout([{ md5, path }], { force: true })).rejects.toThrow(PathEscapesError);
    }
    expect(readFileSync(join(outside, "precious"), "utf8")).toBe("keep");
  });

  it("checks out what DVC 2 recorded, and notices when that is damaged", async () => {
    const { root, store } = dataProject({});
    const name = "dd8c6a395b5dd36c56d23275028f526c";
    const object = join(root, ".dvc/cache/dd", name.slice(2));
    mkdirSync(join(object, ".."), { recursive: true });
    writeFileSync(object, "a\r\nb\r\n", { mode: 0o444 });
    const target = [{ md5: name, path: "crlf.txt", isLegacy: true }];
    expect(await store.checkout(target)).toMatchObject({ added: ["crlf.txt"] });
    expect(readFileSync(join(root, "crlf.txt"), "utf8")).toBe("a\r\nb\r\n");
    expect(await store.checkout(target)).toMatchObject({ added: [], modified: [] });
    rmSync(join(root, "crlf.txt"));
    flipBit(object);
    await expect(store.checkout(target)).rejects.toThrow(CorruptObjectsError);
    expect(existsSync(join(root, "crlf.txt"))).toBe(false);
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
