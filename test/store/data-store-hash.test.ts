import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MissingSourceError, UnsupportedEntryError } from "@waymark/store";
import { dataProject, letTimePass, HELLO, THREE_FILES, THREE_FILES_MD5 } from "./data-folder.ts";

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
