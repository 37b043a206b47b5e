import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfigText } from "../../packages/store/src/config/config-text.ts";
import { editConfigFile, removeConfigSection, renameConfigSection } from "@waymark/store";

const TEXT = `# ours
[core]
    remote = main   # the fast one
  # about analytics
    analytics = false

# where data goes
['remote "main"']
    url = ../storage
`;

describe("setting a value", () => {
  test("in an empty file writes what DVC writes", () => {
    const one = editConfigFile("", 'remote "main"', "url", "../storage");
    expect(one).toBe("['remote \"main\"']\n    url = ../storage\n");
    expect(editConfigFile(one, "core", "remote", "main")).toBe(
      "[core]\n    remote = main\n['remote \"main\"']\n    url = ../storage\n",
    );
  });

  test("changes its line only, and keeps the comment behind it", () => {
    expect(editConfigFile(TEXT, "core", "remote", "other")).toBe(TEXT.replace("remote = main   #", "remote = other #"));
    expect(editConfigFile("[core]\nremote='a # b' # c\n", "core", "remote", "d")).toBe("[core]\nremote = d # c\n");
  });

  test("adds a key behind the last one, indented like it", () => {
    expect(editConfigFile(TEXT, "core", "autostage", "true")).toBe(
      TEXT.replace("analytics = false\n", "analytics = false\n    autostage = true\n"),
    );
    expect(editConfigFile("[core]\n\tremote = x", "core", "autostage", "true")).toBe(
      "[core]\n\tremote = x\n\tautostage = true\n",
    );
  });

  test("puts a new section before the remotes, and a new remote last", () => {
    expect(editConfigFile(TEXT, "cache", "dir", "/data")).toBe(
      TEXT.replace("# where", "[cache]\n    dir = /data\n# where"),
    );
    expect(editConfigFile(TEXT, 'remote "b"', "url", "/b")).toBe(`${TEXT}['remote "b"']\n    url = /b\n`);
  });

  test("keeps the line ends of the file", () => {
    expect(editConfigFile("[core]\r\n    remote = a\r\n", "core", "autostage", "true")).toBe(
      "[core]\r\n    remote = a\r\n    autostage = true\r\n",
    );
    expect(editConfigFile("[core]\r\n    remote = a\r\n", "core", "remote", "b")).toBe("[core]\r\n    remote = b\r\n");
  });

  test("replaces all lines of a value that has several", () => {
    expect(editConfigFile('[core]\nremote = """a\nb"""\nautostage = true\n', "core", "remote", "c")).toBe(
      "[core]\nremote = c\nautostage = true\n",
    );
  });
});

describe("removing", () => {
  test("a value leaves everything else", () => {
    expect(editConfigFile(TEXT, "core", "remote", undefined)).toBe(
      TEXT.replace("    remote = main   # the fast one\n", ""),
    );
    expect(editConfigFile(TEXT, "core", "nope", undefined)).toBe(TEXT);
  });

  test("the last value takes the section with it", () => {
    expect(editConfigFile("[core]\n    remote = a\n[cache]\n    dir = b\n", "core", "remote", undefined)).toBe(
      "[cache]\n    dir = b\n",
    );
  });

  test("a section takes what speaks of it along", () => {
    expect(removeConfigSection(TEXT, 'remote "main"')).toBe(TEXT.slice(0, TEXT.indexOf("# where")));
    expect(removeConfigSection(TEXT, 'remote "nope"')).toBe(TEXT);
  });
});

test("renaming a section keeps what is in it", () => {
  expect(renameConfigSection(TEXT, 'remote "main"', 'remote "new"')).toBe(
    TEXT.replace("['remote \"main\"']", "['remote \"new\"']"),
  );
  expect(renameConfigSection("[remote]\n[[a]] # here\nurl = x\n", 'remote "a"', 'remote "b"')).toBe(
    "[remote]\n[[b]] # here\nurl = x\n",
  );
});

test("an edit changes what it is about and nothing else, whatever the file", () => {
  const line = fc.constantFrom(
    ...["# note", "", "    remote = a # b", "    analytics = 'x, y'", '    site_cache_dir = """p\nq"""', "  # inner"],
  );
  const file = fc
    .tuple(fc.subarray(["[core]", "[cache]", "['remote \"x\"']"]), fc.array(fc.uniqueArray(line), { minLength: 3 }))
    .map(([headers, bodies]) =>
      headers.map((header, at) => `${[header, ...(bodies[at] ?? [])].join("\n")}\n`).join("# between\n"),
    );
  const section = fc.constantFrom("core", "cache", "exp", 'remote "x"', 'remote "new"');
  const key = fc.constantFrom("remote", "analytics", "dir");
  const value = fc.option(fc.constantFrom("plain", "with, comma", "a # b", "it's"), { nil: undefined });
  const read = (text: string): Map<string, unknown> =>
    new Map(
      [...parseConfigText(text, "config")].flatMap(([name, { entries }]) =>
        [...entries].map(([each, entry]) => [`${name}.${each}`, entry.value] as const),
      ),
    );
  fc.assert(
    fc.property(file, section, key, value, (text, name, option, wanted) => {
      const after = editConfigFile(text, name, option, wanted);
      const expected = read(text);
      if (wanted === undefined) expected.delete(`${name}.${option}`);
      else expected.set(`${name}.${option}`, wanted);
      expect(read(after)).toEqual(expected);
      const notes = (of: string): number => of.split("#").length;
      // A comment goes only with the value that it stands behind.
      expect(notes(after)).toBeGreaterThanOrEqual(notes(text) - 1);
    }),
  );
});
