import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  editDvcFileContent,
  editYamlContent,
  formatDvcFileContent,
  formatDvcFileIdentity,
  InvalidProjectFileError,
  parseDvcFileContent,
  parseYaml,
} from "@waymark/core";

const IMPORTED = {
  deps: [{ md5: "aab7e3691d8e56dbebe8c22e116a21f4", size: 2, hash: "md5", path: "/data/ext/f.txt" }],
  outs: [{ md5: "aab7e3691d8e56dbebe8c22e116a21f4", size: 2, hash: "md5", path: "f.txt" }],
};

describe("formatDvcFileContent", () => {
  it("writes keys in DVC's order, whatever order they come in", () => {
    const text = formatDvcFileContent({
      outs: [{ path: "f.txt", push: false, hash: "md5", remote: "cold", md5: "a", cache: false, nfiles: 1, size: 2 }],
      frozen: true,
      deps: [{ repo: { url: "../other" }, path: "f.txt" }],
      md5: "0",
      wdir: "..",
      desc: "d",
    });
    expect(text).toBe(`desc: d
md5: '0'
wdir: ..
frozen: true
deps:
- path: f.txt
  repo:
    url: ../other
outs:
- md5: a
  size: 2
  nfiles: 1
  hash: md5
  path: f.txt
  cache: false
  remote: cold
  push: false
`);
  });
});

describe("formatDvcFileIdentity", () => {
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

  it("gives the checksum that DVC records for imported data", () => {
    expect(md5(formatDvcFileIdentity(IMPORTED))).toBe("a7d4b6adacb010abd64199dee40b5893");
  });

  it("does not depend on annotations, sizes, the checksum itself, or a wdir that says nothing", () => {
    const annotated = {
      md5: "old",
      desc: "words",
      frozen: true,
      meta: { size: 1 },
      wdir: ".",
      deps: IMPORTED.deps,
      outs: [{ ...IMPORTED.outs[0], desc: "x", labels: ["a"], nfiles: 3, isexec: true }],
    };
    expect(formatDvcFileIdentity(annotated)).toBe(formatDvcFileIdentity(IMPORTED));
    expect(formatDvcFileIdentity({ ...IMPORTED, wdir: "sub" })).not.toBe(formatDvcFileIdentity(IMPORTED));
  });
});

describe("parseDvcFileContent", () => {
  it("refuses what DVC refuses, and says where it stands", () => {
    expect(() => parseDvcFileContent("colour: red\n", { path: "a.dvc" })).toThrow(/a\.dvc:1:1: .*colour/);
    expect(() => parseDvcFileContent("outs:\n- path: a\n  colour: red\n")).toThrow(InvalidProjectFileError);
    expect(() => parseDvcFileContent("- a\n")).toThrow(InvalidProjectFileError);
  });

  it("takes every key of the format, and an empty file", () => {
    expect(parseDvcFileContent("")).toEqual({});
    const text =
      "desc: d\nmd5: aaa\nwdir: .\nfrozen: true\nalways_changed: true\nmeta: {a: 1}\n" +
      "deps:\n- path: p\n  repo: {url: u, rev: r, rev_lock: l}\n- db: {connection: c}\n- etag: eee\n  path: s3://b/k\n  version_id: v\n" +
      "outs:\n- md5: aaa\n  size: 1\n  nfiles: 1\n  isexec: true\n  hash: md5\n  path: o\n  desc: d\n  type: t\n  labels: [l]\n" +
      "  meta: 1\n  cache: true\n  persist: true\n  remote: r\n  push: true\n  fs_config: {a: b}\n  files: [{relpath: f, md5: aaa}]\n  cloud: {r: {etag: eee}}\n";
    expect(Object.keys(parseDvcFileContent(text))).toHaveLength(8);
  });
});

describe("editDvcFileContent", () => {
  it("keeps comments, order, quotes and layout of what stays", () => {
    const text = `# where it came from
frozen: true   # do not update
deps:
- path: "/data/ext/f.txt"
  md5: 0cc175b9c0f1b6a831c399e269772661  # old
outs:
- size: 1
  path: f.txt
meta: {owner:   'ada'}
`;
    const content = parseDvcFileContent(text);
    const [dep] = content["deps"] as Record<string, unknown>[];
    const edited = editDvcFileContent(text, {
      ...content,
      deps: [{ ...dep, md5: "aab7e3691d8e56dbebe8c22e116a21f4", hash: "md5" }],
      outs: [{ path: "g.txt", size: 2 }],
      md5: "a7d4b6adacb010abd64199dee40b5893",
    });
    expect(edited).toBe(`# where it came from
frozen: true   # do not update
deps:
- path: "/data/ext/f.txt"
  md5: aab7e3691d8e56dbebe8c22e116a21f4  # old
  hash: md5
outs:
- size: 2
  path: g.txt
meta: {owner:   'ada'}
md5: a7d4b6adacb010abd64199dee40b5893
`);
  });

  it("writes a new file, and fills an empty one", () => {
    expect(editDvcFileContent(undefined, IMPORTED)).toBe(formatDvcFileContent(IMPORTED));
    expect(editDvcFileContent("\n", IMPORTED)).toBe(formatDvcFileContent(IMPORTED));
  });
});

describe("editYamlContent", () => {
  it("takes the first key of a list's item out", () => {
    expect(editYamlContent("outs:\n- a: 1\n  b: 2\n", { outs: [{ b: 2 }] })).toBe("outs:\n- b: 2\n");
    expect(editYamlContent("outs:\n-   a: 1\n", { outs: [{ b: 2 }] })).toBe("outs:\n- b: 2\n");
  });

  it("holds what is wanted, whatever it held before", () => {
    const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("a", "1_000", "true", "~", "x: y", "it's"));
    const key = fc.constantFrom("a", "b", "c", "path");
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: "small" }, scalar, tie("list"), tie("map")),
      list: fc.array(tie("value"), { maxLength: 3 }),
      map: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(tree.map, tree.map, fc.boolean(), (before, wanted, isFlow) => {
        const content = before;
        const text = isFlow ? `${JSON.stringify(content)}\n` : formatDvcFileContent(content);
        const edited = editYamlContent(text, wanted);
        expect(parseYaml(edited)).toEqual(wanted);
        expect(editYamlContent(edited, wanted)).toBe(edited);
      }),
    );
  });
});
