import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CorruptObjectError, CorruptObjectsError, PathEscapesError } from "@waymark/store";
import { dataProject, flipBit, readTree } from "./data-folder.ts";

const THREE_FILES = {
  "data/train.csv": "a,b\n1,2\n",
  "data/test.csv": "a,b\n3,4\n",
  "data/sub/readme.txt": "note\n",
};

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
