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
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  checkoutSync,
  CorruptObjectError,
  ObjectNotCachedError,
  PathEscapesError,
  planCheckoutSync,
} from "@waymark/store";
import { dvcProject } from "./folder.ts";

describe("checkoutSync", () => {
  it("gives files and folders back byte for byte, and takes away what is not theirs", () => {
    const { root, cache } = dvcProject({ model: "one", "data/a": "1", "data/sub/b": "2" });
    chmodSync(join(root, "model"), 0o755);
    const model = cache.insertSync(join(root, "model"));
    const data = cache.insertSync(join(root, "data"));
    writeFileSync(join(root, "model"), "two");
    rmSync(join(root, "data/sub"), { recursive: true });
    writeFileSync(join(root, "data/extra"), "3");
    const targets = [
      { md5: model.md5, path: "model", isExecutable: model.isExecutable },
      { md5: data.md5, path: "data" },
    ];
    const plan = planCheckoutSync(cache, targets, { root });
    expect(plan).toEqual({
      write: [
        { path: "model", md5: model.md5, isExecutable: true, isLegacy: false },
        { path: "data/sub/b", md5: "c81e728d9d4c2f636f067f89cc14862c", isExecutable: false, isLegacy: false },
      ],
      remove: ["data/extra"],
      unsaved: ["model", "data/extra"],
      unchanged: ["data/a"],
    });
    expect(existsSync(join(root, "data/extra"))).toBe(true);
    checkoutSync(cache, targets, { root });
    expect(readFileSync(join(root, "model"), "utf8")).toBe("one");
    expect(statSync(join(root, "model")).mode & 0o100).toBe(0o100);
    expect(readFileSync(join(root, "data/sub/b"), "utf8")).toBe("2");
    expect(readdirSync(join(root, "data"))).toEqual(["a", "sub"]);
    expect(planCheckoutSync(cache, targets, { root })).toMatchObject({ write: [], remove: [], unsaved: [] });
  });

  it("leaves what .dvcignore hides where it is", () => {
    const { root, cache } = dvcProject({ "data/a": "1", ".dvcignore": "*.log\ncache/\n" });
    const { md5 } = cache.insertSync(join(root, "data"));
    writeFileSync(join(root, "data/train.log"), "mine");
    mkdirSync(join(root, "data/cache"));
    writeFileSync(join(root, "data/cache/x"), "mine");
    writeFileSync(join(root, "data/extra"), "not mine");
    expect(checkoutSync(cache, [{ md5, path: "data" }], { root }).remove).toEqual(["data/extra"]);
    expect(readdirSync(join(root, "data"))).toEqual(["a", "cache", "train.log"]);
  });

  it("takes a target away that is to hold nothing, with the folders it leaves empty", () => {
    const { root, cache } = dvcProject({ "deep/er/model": "one" });
    cache.insertSync(join(root, "deep/er/model"));
    checkoutSync(cache, [{ md5: undefined, path: "deep/er/model" }], { root });
    expect(existsSync(join(root, "deep"))).toBe(false);
  });

  it("puts a file where a folder stands, and a folder where a file stands", () => {
    const { root, cache } = dvcProject({ file: "1", "folder/a": "2" });
    const file = cache.insertSync(join(root, "file"));
    const folder = cache.insertSync(join(root, "folder"));
    rmSync(join(root, "file"));
    mkdirSync(join(root, "file/empty"), { recursive: true });
    rmSync(join(root, "folder"), { recursive: true });
    writeFileSync(join(root, "folder"), "in the way");
    checkoutSync(
      cache,
      [
        { md5: file.md5, path: "file" },
        { md5: folder.md5, path: "folder" },
      ],
      { root },
    );
    expect(readFileSync(join(root, "file"), "utf8")).toBe("1");
    expect(readFileSync(join(root, "folder/a"), "utf8")).toBe("2");
  });

  it("links where it is told to, and a link shows the object", () => {
    const { root, cache } = dvcProject({ model: "one" });
    const { md5 } = cache.insertSync(join(root, "model"));
    rmSync(join(root, "model"));
    checkoutSync(cache, [{ md5, path: "model" }], { root, linkTypes: ["hardlink"] });
    expect(statSync(join(root, "model")).ino).toBe(statSync(cache.objectPath(md5)).ino);
    rmSync(join(root, "model"));
    checkoutSync(cache, [{ md5, path: "model" }], { root, linkTypes: ["symlink"] });
    expect(lstatSync(join(root, "model")).isSymbolicLink()).toBe(true);
    expect(statSync(cache.objectPath(md5)).mode & 0o777).toBe(0o444);
  });

  it.each(["copy", "hardlink", "symlink"] as const)("names a damaged object and leaves the file alone (%s)", (type) => {
    const { root, cache } = dvcProject({ model: "one" });
    const { md5 } = cache.insertSync(join(root, "model"));
    writeFileSync(join(root, "model"), "mine");
    chmodSync(cache.objectPath(md5), 0o644);
    writeFileSync(cache.objectPath(md5), "onf");
    chmodSync(cache.objectPath(md5), 0o444);
    const checkout = (): unknown => checkoutSync(cache, [{ md5, path: "model" }], { root, linkTypes: [type] });
    expect(checkout).toThrow(CorruptObjectError);
    expect(checkout).toThrow(`Cache object ${md5} is damaged`);
    expect(readFileSync(join(root, "model"), "utf8")).toBe("mine");
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("changes nothing when content is missing", () => {
    const { root, cache } = dvcProject({ a: "1", b: "2" });
    const a = cache.insertSync(join(root, "a"));
    writeFileSync(join(root, "a"), "changed");
    const targets = [
      { md5: a.md5, path: "a" },
      { md5: "f".repeat(32), path: "b" },
    ];
    expect(() => checkoutSync(cache, targets, { root })).toThrow(ObjectNotCachedError);
    expect(readFileSync(join(root, "a"), "utf8")).toBe("changed");
  });

  it("writes nothing outside, by name or through a link", () => {
    const { root, cache } = dvcProject({ model: "one" });
    const { md5 } = cache.insertSync(join(root, "model"));
    const outside = dvcProject({ precious: "keep" }).root;
    symlinkSync(outside, join(root, "way-out"));
    for (const path of ["../x", "/etc/x", "way-out/precious", ".git/hooks/x", "a/../../x"]) {
      expect(() => checkoutSync(cache, [{ md5, path }], { root })).toThrow(PathEscapesError);
    }
    expect(readFileSync(join(outside, "precious"), "utf8")).toBe("keep");
  });
});
