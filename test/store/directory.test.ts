import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CorruptObjectError, formatDirectory, hashBytes, parseDirectory } from "@waymark/store";

const SOURCE = { md5: "0".repeat(32), path: "/cache/object.dir" };

function entriesOf(files: Readonly<Record<string, string>>): { relpath: string; md5: string }[] {
  return Object.entries(files).map(([relpath, text]) => ({ relpath, md5: hashBytes(Buffer.from(text)).md5 }));
}

function manifest(text: string): Uint8Array {
  return Buffer.from(text);
}

describe("formatDirectory", () => {
  it("gives the bytes DVC gives three files", () => {
    const data = formatDirectory(
      entriesOf({ "train.csv": "a,b\n1,2\n", "test.csv": "a,b\n3,4\n", "sub/readme.txt": "note\n" }),
    );
    expect(data.byteLength).toBe(211);
    expect(hashBytes(data).md5).toBe("bd9bfcaee72c7addb469323026812f67");
  });

  it("sorts by code point and escapes as Python does", () => {
    const sorted = formatDirectory(entriesOf({ "a-b": "3", "a.b": "5", "a/b": "4", "Ａ.txt": "1", "😀.txt": "2" }));
    expect(hashBytes(sorted).md5).toBe("34d9b913fd7d7f7498e5de85a4eebe2a");
    const escaped = formatDirectory(
      entriesOf({
        B: "A",
        _: "_",
        a: "a",
        "crlf.txt": "a\r\nb\r\n",
        "del\u007fx": "z",
        empty: "",
        "run.sh": "#!/bin/sh\n",
        "tab\tname": "t",
        'é/naïve "q" \\ b.txt': "x",
        "日本/😀.bin": "y",
      }),
    );
    expect(hashBytes(escaped).md5).toBe("650b353b8fdf9f7307c5c8bb6bd9a502");
  });

  it("gives an empty folder DVC's hash", () => {
    expect(hashBytes(formatDirectory([])).md5).toBe("d751713988987e9331980363e24189ce");
  });

  it("is refused when it would write the settings of a project", () => {
    const text = `[{"md5": "${"0".repeat(32)}", "relpath": "sub/.dvc/config"}]`;
    expect(() => parseDirectory(manifest(text), SOURCE)).toThrow(CorruptObjectError);
  });

  it("is read back as it was written", () => {
    const part = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 6 })
      .filter((text) => !/[/\0]|^\.+$|git/i.test(text));
    const relpath = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const entries = fc.uniqueArray(fc.record({ relpath, md5: fc.stringMatching(/^[0-9a-f]{32}$/) }), {
      selector: (entry) => entry.relpath,
    });
    fc.assert(
      fc.property(entries, (list) => {
        const read = parseDirectory(formatDirectory(list), SOURCE);
        expect(read.toSorted(byPath)).toEqual(list.toSorted(byPath));
      }),
    );
  });
});

describe("parseDirectory", () => {
  it.each([
    "../x",
    "/etc/passwd",
    "a/../../x",
    "",
    "a//b",
    ".git/hooks/post-checkout",
    "sub/.GIT/config",
    "git~1/x",
    "a\\u0000b",
  ])("refuses the path %j", (relpath) => {
    const text = `[{"md5": "${"a".repeat(32)}", "relpath": "${relpath}"}]`;
    expect(() => parseDirectory(manifest(text), SOURCE)).toThrow(CorruptObjectError);
  });

  it("refuses what is no list of files, and names the object", () => {
    for (const text of [
      "",
      "{}",
      "[1]",
      '[{"relpath": "a"}]',
      '[{"relpath": "a", "md5": "xyz"}]',
      "[".repeat(100_000),
    ]) {
      expect(() => parseDirectory(manifest(text), SOURCE)).toThrow(/^Cache object 0{32} is damaged/);
    }
    const twice = `{"md5": "${"a".repeat(32)}", "relpath": "x"}`;
    expect(() => parseDirectory(manifest(`[${twice}, ${twice}]`), SOURCE)).toThrow("stands twice");
  });
});

function byPath(a: { relpath: string }, b: { relpath: string }): number {
  return a.relpath < b.relpath ? -1 : 1;
}
