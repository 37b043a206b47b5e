import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfigText } from "../../packages/store/src/config/config-text.ts";
import { formatConfigValue, parseConfigValue } from "../../packages/store/src/config/config-value.ts";

function parse(text: string): Record<string, Record<string, unknown>> {
  const sections = [...parseConfigText(text, "config")];
  return Object.fromEntries(
    sections.map(([name, { entries }]) => [
      name,
      Object.fromEntries([...entries].map(([key, { value }]) => [key, value])),
    ]),
  );
}

describe("sections and keys", () => {
  test("are read as DVC writes them", () => {
    const text = "[core]\n    remote = main\n['remote \"main\"']\n    url = ../storage\n";
    expect(parse(text)).toEqual({ core: { remote: "main" }, 'remote "main"': { url: "../storage" } });
  });

  test("may be without quotes and indentation, and in any case", () => {
    expect(parse('[Core]\nAutoStage = True\n[remote "Main"]\nURL=x\n')).toEqual({
      core: { autostage: "True" },
      'remote "main"': { url: "x" },
    });
  });

  test("may stand inside one another", () => {
    expect(parse("[remote]\n[[main]]\nurl = x\n[core]\nremote = main\n")).toEqual({
      remote: {},
      'remote "main"': { url: "x" },
      core: { remote: "main" },
    });
  });

  test("know their lines, comments and a byte order mark counted", () => {
    const section = parseConfigText('\uFEFF# first\r\n[core]\r\n\r\n  remote = """a\r\nb"""\r\n', "config").get("core");
    expect(section).toMatchObject({ line: 2, lastLine: 5 });
    expect(section?.entries.get("remote")).toEqual({ value: "a\nb", line: 4, lastLine: 5 });
  });

  test("take values of each other, and of DEFAULT", () => {
    const text = '[DEFAULT]\nhome = /data\n[remote "a"]\nuser = %(name)s\nname = ada\nurl = %(home)s/%(user)s\n';
    expect(parse(text)['remote "a"']).toEqual({ user: "ada", name: "ada", url: "/data/ada" });
  });
});

describe("a line that is wrong is named", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["neither section nor key", "[core]\nremote\n", "config:2: expected `[section]` or `key = value`"],
    ["a key before any section", "a = 1\n", "config:1: 'a' stands before the first section"],
    [
      "a quote without end",
      '[core]\nremote = "x\n',
      "config:2: the value of 'remote' has quotes or commas out of place",
    ],
    ["three quotes without end", '[core]\nremote = """x\n', "config:2: the value of 'remote' has quotes"],
    ["a key that comes twice", "[core]\na = 1\na = 2\n", "config:3: 'a' is there twice"],
    ["a section that comes twice", "[core]\n[core]\n", "config:2: the section 'core' is there twice"],
    ["brackets that do not match", "[[core]\n", "config:1: expected `[section]`"],
    ["deep nesting", "[a]\n[[b]]\n[[[c]]]\n", "config:3: sections are nested too deep"],
    ["a value that is missing", "[a]\nb = %(c)s\n", "config:2: there is no value to put in for '%(c)s'"],
    ["values that need each other", "[a]\nb = %(c)s\nc = %(b)s\n", "config:2: there is no value to put in"],
  ];
  test.each(cases)("%s", (_, text, message) => {
    expect(() => parseConfigText(text, "config")).toThrow(message);
  });
});

describe("a value", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["plain text", "plain text"],
    ["plain # comment", "plain"],
    ["a#b", "a"],
    ['"a#b" # comment', "a#b"],
    ["'a, b'", "a, b"],
    ["a, b , 'c d'", ["a", "b", "c d"]],
    ["a,", ["a"]],
    [",", []],
    ["", ""],
    ['""', ""],
    ['"it\'s"', "it's"],
    ['"a" b', undefined],
    ["a,,b", undefined],
    ["'a", undefined],
  ];
  test.each(cases)("%s", (text, value) => {
    expect(parseConfigValue(text)).toEqual(value);
  });

  test("reads back as it was, in quotes where it needs them", () => {
    expect(formatConfigValue("hardlink,symlink")).toBe('"hardlink,symlink"');
    expect(formatConfigValue(["hardlink", "copy"])).toBe("hardlink, copy");
    expect(formatConfigValue('say "so" # not')).toBe("'say \"so\" # not'");
    const text = fc.string({ unit: fc.constantFrom(..."ab ,#'\"=[]%\n\té") });
    const isWritable = (value: string): boolean =>
      !(value.includes("'") && value.includes('"')) && !value.includes("\n") && !/%\(.*\)s/u.test(value);
    fc.assert(
      fc.property(fc.oneof(text.filter(isWritable), fc.array(text.filter(isWritable))), (value) => {
        const [section] = parseConfigText(`[a]\nb = ${formatConfigValue(value)}\n`, "config").values();
        expect(section?.entries.get("b")?.value).toEqual(value);
      }),
    );
  });

  test("with line breaks or both quotes is written in three quotes", () => {
    for (const value of ["a\nb", 'it\'s "so" here', "'\"x"]) {
      const [section] = parseConfigText(`[a]\nb = ${formatConfigValue(value)}\n`, "config").values();
      expect(section?.entries.get("b")?.value).toBe(value);
    }
  });

  test("that cannot be written is refused", () => {
    expect(() => formatConfigValue(['it\'s "so"'])).toThrow("has no quotes for such a value");
    expect(() => formatConfigValue("%(x)s")).toThrow("value of another key");
  });
});
