import { describe, expect, it } from "vitest";
import { type DvcOutput, editDvcFile, ForeignDvcFileError, formatDvcFile, parseDvcFile } from "@waymark/core";

const FILE: DvcOutput = {
  md5: "b1946ac92492d2347c6235b4d2611184",
  sizeBytes: 6,
  hash: "md5",
  path: "hello.txt",
};

describe("formatDvcFile", () => {
  it("writes a file as `dvc add` does", () => {
    expect(formatDvcFile(FILE)).toBe(
      "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: hello.txt\n",
    );
  });

  it("writes a folder with its count and an executable with its mark", () => {
    const folder = { ...FILE, md5: "bd9bfcaee72c7addb469323026812f67.dir", sizeBytes: 21, fileCount: 3, path: "data" };
    expect(formatDvcFile(folder)).toBe(
      "outs:\n- md5: bd9bfcaee72c7addb469323026812f67.dir\n  size: 21\n  nfiles: 3\n  hash: md5\n  path: data\n",
    );
    expect(formatDvcFile({ ...FILE, isExecutable: true })).toContain("  size: 6\n  isexec: true\n  hash: md5\n");
  });

  it("quotes a hash that looks like a number, and odd names", () => {
    expect(formatDvcFile({ ...FILE, md5: "0e462097431906009519562988736854", path: "#a: b" })).toBe(
      "outs:\n- md5: '0e462097431906009519562988736854'\n  size: 6\n  hash: md5\n  path: '#a: b'\n",
    );
  });

  it("is read back as it was", () => {
    for (const output of [
      FILE,
      { ...FILE, md5: "11111111111111111111111111111111", fileCount: 2, isExecutable: true },
    ]) {
      expect(parseDvcFile(formatDvcFile(output)).outputs).toEqual([
        { fileCount: undefined, isExecutable: false, isCached: true, ...output },
      ]);
    }
  });
});

describe("editDvcFile", () => {
  const ANNOTATED = `# my model
outs:
- path: hello.txt   # where
  md5: "00000000000000000000000000000000"
  size: 3  # old
  desc: 'the  model'
  meta: {k: 1_000,   d: 2020-01-01}
meta:
  long: word word
`;

  it("keeps comments, order, annotations and layout, and adds what is missing last", () => {
    expect(editDvcFile(ANNOTATED, FILE)).toBe(`# my model
outs:
- path: hello.txt   # where
  md5: b1946ac92492d2347c6235b4d2611184
  size: 6  # old
  desc: 'the  model'
  meta: {k: 1_000,   d: 2020-01-01}
  hash: md5
meta:
  long: word word
`);
  });

  it("gives the same bytes when nothing changed, however they are laid out", () => {
    const text = editDvcFile(ANNOTATED, FILE);
    expect(editDvcFile(text, FILE)).toBe(text);
    const windows = formatDvcFile(FILE).replaceAll("\n", "\r\n");
    expect(editDvcFile(windows, FILE)).toBe(windows);
  });

  it("drops what does not apply any more", () => {
    const folder = "outs:\n- nfiles: 2\n  md5: a.dir\n  size: 9\n  isexec: true\n  hash: md5\n  path: hello.txt\n";
    expect(editDvcFile(folder, FILE)).toBe(
      "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: hello.txt\n",
    );
  });

  it("edits an entry on one line", () => {
    expect(editDvcFile("outs: [{md5: a, path: hello.txt}]\n", FILE)).toBe(
      "outs: [{md5: b1946ac92492d2347c6235b4d2611184, path: hello.txt, size: 6, hash: md5}]\n",
    );
  });

  it("starts anew in an empty file", () => {
    expect(editDvcFile("", FILE)).toBe(formatDvcFile(FILE));
  });

  it.each([
    ["another file", "outs:\n- md5: a\n  path: other.txt\n", "tracks 'other.txt'"],
    ["two files", "outs:\n- path: hello.txt\n- path: b.txt\n", "tracks 'hello.txt', 'b.txt'"],
    ["an import", "deps:\n- path: /x\nouts:\n- path: hello.txt\n", "tracks data imported from elsewhere"],
  ])("refuses a file that tracks %s", (_, text, message) => {
    expect(() => editDvcFile(text, FILE)).toThrow(ForeignDvcFileError);
    expect(() => editDvcFile(text, FILE)).toThrow(message);
  });
});

describe("parseDvcFile", () => {
  it("tells what DVC 2 recorded by the missing hash, and an output kept out of the cache", () => {
    const { outputs } = parseDvcFile("outs:\n- md5: abc\n  path: a\n  cache: false\n");
    expect(outputs).toEqual([
      {
        md5: "abc",
        sizeBytes: undefined,
        fileCount: undefined,
        isExecutable: false,
        hash: undefined,
        path: "a",
        isCached: false,
      },
    ]);
  });

  it.each([
    ["- a\n", "m.dvc: expected `outs:` with a list"],
    ["outs: a\n", "m.dvc: 'outs' is not a list"],
    ["outs:\n- a\n", "m.dvc: an entry of 'outs' is not a mapping"],
    ["outs:\n- md5: a\n", "m.dvc: an output has no 'path'"],
    ["outs:\n- path: [\n", /^m\.dvc:\d+:\d+: /],
  ])("refuses %j", (text, message) => {
    expect(() => parseDvcFile(text, { path: "m.dvc" })).toThrow(message);
  });
});
