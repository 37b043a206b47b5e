import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CorruptObjectError,
  hashFileSync,
  MissingSourceError,
  ObjectNotCachedError,
  trackSync,
  UnsupportedEntryError,
} from "@waymark/store";
import { dvcProject } from "./folder.ts";

const HELLO = "b1946ac92492d2347c6235b4d2611184";

describe("ContentCache", () => {
  it("keeps a file under the name of its hash, read-only, and leaves the file alone", () => {
    const { root, cache } = dvcProject({ "hello.txt": "hello\n" });
    chmodSync(join(root, "hello.txt"), 0o755);
    expect(cache.insertFileSync(join(root, "hello.txt"))).toEqual({
      md5: HELLO,
      sizeBytes: 6,
      fileCount: undefined,
      isExecutable: true,
    });
    const object = join(root, ".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184");
    expect(cache.objectPath(HELLO)).toBe(object);
    expect(readFileSync(object, "utf8")).toBe("hello\n");
    expect(statSync(object).mode & 0o777).toBe(0o444);
    expect(statSync(object).ino).not.toBe(statSync(join(root, "hello.txt")).ino);
    expect(statSync(join(root, "hello.txt")).mode & 0o777).toBe(0o755);
    expect(cache.verify(HELLO)).toBe("intact");
  });

  it("keeps an object whatever its file becomes", () => {
    const { root, cache } = dvcProject({ model: "one" });
    const first = cache.insertFileSync(join(root, "model"));
    writeFileSync(join(root, "model"), "two");
    const second = cache.insertFileSync(join(root, "model"));
    expect(second.md5).not.toBe(first.md5);
    expect([cache.verify(first.md5), cache.verify(second.md5)]).toEqual(["intact", "intact"]);
  });

  it("leaves no temporary file behind, and clears away old ones", () => {
    const { root, cache } = dvcProject({ model: "one", "model-2": "two" });
    const folder = join(root, ".dvc/cache/files/.waymark-tmp");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "1-left"), "half");
    const lastWeek = Date.now() / 1000 - 7 * 24 * 3600;
    utimesSync(join(folder, "1-left"), lastWeek, lastWeek);
    writeFileSync(join(folder, "1-fresh"), "another process at work");
    cache.insertFileSync(join(root, "model"));
    cache.insertFileSync(join(root, "model"));
    expect(() => cache.insertFileSync(join(root, "not-there"))).toThrow(MissingSourceError);
    expect(readdirSync(folder)).toEqual(["1-fresh"]);
  });

  it("replaces an object that is cut short or that nobody vouches for", () => {
    const { root, cache } = dvcProject({ "hello.txt": "hello\n" });
    const object = cache.objectPath(HELLO);
    cache.insertFileSync(join(root, "hello.txt"));
    chmodSync(object, 0o644);
    writeFileSync(object, "he");
    expect(cache.verify(HELLO)).toBe("corrupt");
    cache.insertFileSync(join(root, "hello.txt"));
    expect(cache.verify(HELLO)).toBe("intact");
  });

  it("records folders as DVC does: links to files followed, links to folders and empty folders dropped", () => {
    const { root, cache } = dvcProject({
      "data/train.csv": "a,b\n1,2\n",
      "data/test.csv": "a,b\n3,4\n",
      "data/sub/readme.txt": "note\n",
    });
    expect(cache.insertDirectorySync(join(root, "data"))).toEqual({
      md5: "bd9bfcaee72c7addb469323026812f67.dir",
      sizeBytes: 21,
      fileCount: 3,
      isExecutable: false,
    });
    mkdirSync(join(root, "data/void"));
    symlinkSync("sub", join(root, "data/linked-folder"));
    expect(cache.insertSync(join(root, "data")).md5).toBe("bd9bfcaee72c7addb469323026812f67.dir");
    symlinkSync("train.csv", join(root, "data/linked-file"));
    const linked = cache.insertSync(join(root, "data"));
    expect(cache.readDirectory(linked.md5).map((entry) => entry.relpath)).toEqual([
      "linked-file",
      "sub/readme.txt",
      "test.csv",
      "train.csv",
    ]);
    expect(cache.listMissing(linked.md5)).toEqual([]);
  });

  it("refuses in folders what the tools would record differently", () => {
    const { root, cache } = dvcProject({ "a/x": "1", "b/.dvcignore": "*\n" });
    symlinkSync("nowhere", join(root, "a/dangling"));
    expect(() => cache.insertSync(join(root, "a"))).toThrow(
      /dangling' cannot be put into the cache: it is a symbolic link to nothing/,
    );
    expect(() => cache.insertSync(join(root, "b"))).toThrow(UnsupportedEntryError);
  });

  it("leaves out of folders what .dvcignore files above them hide", () => {
    const files = ["keep.txt", "x.log", "keep.log", "tmp/a", "sub/tmp/b", "sub/only", "q1.bin", "qa.bin", "deep/er/z"];
    const { root, cache } = dvcProject({
      ...Object.fromEntries(files.map((name) => [`data/${name}`, name])),
      ".dvcignore": "# note\n*.log\n!keep.log\n/data/tmp/\n  data/sub/only  \nq[0-9].bin\ndata/**/z\n",
    });
    const { md5 } = cache.insertSync(join(root, "data"));
    expect(cache.readDirectory(md5).map((entry) => entry.relpath)).toEqual([
      "keep.log",
      "keep.txt",
      "qa.bin",
      "sub/tmp/b",
    ]);
  });

  it("says what is missing and what is damaged", () => {
    const { root, cache } = dvcProject({ "data/a": "1", "data/b": "2" });
    const { md5 } = cache.insertSync(join(root, "data"));
    expect(() => cache.requireObject(HELLO, "hello.txt")).toThrow(ObjectNotCachedError);
    expect(cache.listMissing(HELLO)).toEqual([HELLO]);
    expect(cache.verify(HELLO)).toBe("missing");
    expect(cache.has("../../etc/passwd")).toBe(false);
    chmodSync(cache.objectPath(md5), 0o644);
    appendFileSync(cache.objectPath(md5), " ");
    expect(() => cache.readDirectory(md5)).toThrow(CorruptObjectError);
  });

  it("uses the cache and the sharing that the configuration names", () => {
    const { root, cache } = dvcProject(
      { x: "x" },
      '[cache]\n    dir = ../elsewhere\n    shared = group\n    type = "hardlink,copy"\n',
    );
    const { md5 } = cache.insertFileSync(join(root, "x"));
    expect(cache.objectPath(md5).startsWith(join(root, "elsewhere/files/md5/"))).toBe(true);
    expect(statSync(join(root, "elsewhere/files/md5")).mode & 0o7777).toBe(0o2775);
    expect(cache.config.linkTypes).toEqual(["hardlink", "copy"]);
    expect(statSync(join(root, "x")).nlink).toBe(1);
  });
});

describe("hashFileSync", () => {
  it("hashes files of any size, and names what is no file", () => {
    const { root } = dvcProject({ empty: "", large: "x".repeat(1_000_001) });
    expect(hashFileSync(join(root, "empty"))).toEqual({ md5: "d41d8cd98f00b204e9800998ecf8427e", sizeBytes: 0 });
    expect(hashFileSync(join(root, "large")).sizeBytes).toBe(1_000_001);
    expect(() => hashFileSync(join(root, "none"))).toThrow(MissingSourceError);
    expect(() => hashFileSync(root)).toThrow("it is not a file");
  });
});

describe("trackSync", () => {
  it("writes the .dvc file and the .gitignore entry that dvc add writes, once", () => {
    const { root, cache } = dvcProject({
      "hello.txt": "hello\n",
      "e m/[x]*?#!.bin": "q",
      ".gitignore": "node_modules",
    });
    const tracked = trackSync(cache, join(root, "hello.txt"));
    expect(readFileSync(tracked.dvcFile, "utf8")).toBe(
      `outs:\n- md5: ${HELLO}\n  size: 6\n  hash: md5\n  path: hello.txt\n`,
    );
    expect(readFileSync(join(root, ".gitignore"), "utf8")).toBe("node_modules\n/hello.txt\n");
    const before = statSync(tracked.dvcFile, { bigint: true });
    trackSync(cache, join(root, "hello.txt"));
    expect(statSync(tracked.dvcFile, { bigint: true }).ino).toBe(before.ino);
    trackSync(cache, join(root, "e m/[x]*?#!.bin"));
    expect(readFileSync(join(root, "e m/.gitignore"), "utf8")).toBe("/\\[x\\]\\*\\?\\#\\!.bin\n");
  });

  it("keeps comments and notes of a .dvc file, and adds no entry to what is ignored anyway", () => {
    const { root, cache } = dvcProject({
      m: "1",
      "m.dvc": "# mine\nouts:\n- md5: aaaa\n  size: 9\n  hash: md5\n  path: m\n  desc: note\n",
    });
    const tracked = trackSync(cache, join(root, "m"), { isIgnored: true });
    expect(tracked.ignoreFile).toBeUndefined();
    expect(existsSync(join(root, ".gitignore"))).toBe(false);
    expect(readFileSync(tracked.dvcFile, "utf8")).toBe(
      "# mine\nouts:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  size: 1\n  hash: md5\n  path: m\n  desc: note\n",
    );
  });
});
