import { formatYaml, MalformedYamlError, parseYaml } from "@waymark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSimpleYaml } from "../../packages/core/src/formats/yaml-simple.ts";

/** What a reader made of a text: its value, or that it refused. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof MalformedYamlError) return "refused";
    throw error;
  }
}

/** The full parser: what begins with a mark is never taken for simple. */
function parseFully(text: string): unknown {
  return outcome(() => parseYaml(`---\n${text}`, { keepNumberKinds: true }));
}

function isSimple(text: string): boolean {
  return (
    parseSimpleYaml(
      text,
      (plain) => plain,
      (key) => String(key),
    ) !== undefined
  );
}

/** Lines that are likely to fit together, and to be misread. */
const LINE = fc
  .tuple(
    fc.constantFrom("", "", "  ", "    ", " "),
    fc.constantFrom("", "", "- ", "-  ", "- - ", "-"),
    fc.constantFrom("", "a: ", "b:", "c:  ", "1: ", "x.y:", "null: ", "a b: ", "'q': ", "? k", "é: ", "1_0: ", "<<: "),
    fc.constantFrom(
      ...[
        "",
        "",
        "v",
        "1",
        "1.0",
        "0x1F",
        "1_000",
        "true",
        "~",
        "null",
        "'q'",
        '"d"',
        "'it''s'",
        '"\\n"',
        "[]",
        "{}",
        "[1]",
      ],
      ...[
        "a: b",
        "a #c",
        "# c",
        "-1",
        "- 1",
        "--x",
        "...",
        "---",
        "|",
        ">-",
        "&a v",
        "*a",
        "!t v",
        "@x",
        "a:",
        "a:b",
        "é",
        "2020-01-01",
      ],
      ...[
        "http://h:1/p",
        "1e400",
        "12345678901234567890",
        ",x",
        "%x",
        "=",
        "<<",
        "'a' b",
        "v  ",
        "x, y] }",
        "\\",
        "'",
        "\tv",
        "\u00a0v",
      ],
    ),
  )
  .map((parts) => parts.join(""));

/** Lines that fit together more often: some keys, each with something behind it or below. */
const SIMPLE_LINE = fc
  .tuple(
    fc.constantFrom("", "", "", "  ", "    "),
    fc.constantFrom("", "", "- "),
    fc.constantFrom("a", "b", "c", "d", "e.f", "1", "1.0", "true", "g"),
    fc.constantFrom(":", ": "),
    fc.constantFrom("", "", "v", "1.50", "'1'", '"x"', "[]", "{}", "a:b", "-x", "~", "0b1", " #", "é", "x ]"),
  )
  .map((parts) => parts.join(""));

describe("the quick way to read YAML", () => {
  test("reads what DVC writes", () => {
    const text =
      "schema: '2.0'\nstages:\n  a@b-1.0:\n    cmd:\n    - x --y 1\n    - 'z: 1'\n    deps:\n    - path: p\n      md5: '0e4'\n      size: 6\n    params: {}\n# end\n\n  b:\n    cmd: mkdir -p prep && sort raw.txt > prep/a.txt\n";
    expect(isSimple(text)).toBe(true);
    expect(outcome(() => parseYaml(text, { keepNumberKinds: true }))).toEqual(parseFully(text));
  });

  test("reads whatever we write as the full parser does", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.oneof(
          fc.string(),
          fc.integer(),
          fc.double(),
          fc.boolean(),
          fc.constant(null),
          fc.stringMatching(/^[ -~]{0,8}$/),
        ),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[\w.-]{1,5}$/), tie("any"), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]\w{0,4}$/), value, { minKeys: 1, maxKeys: 4 }), (content) => {
        const text = formatYaml(content);
        expect(outcome(() => parseYaml(text, { keepNumberKinds: true }))).toEqual(parseFully(text));
      }),
    );
  });

  test("reads any text as the full parser does, or leaves it to that", () => {
    let simple = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(LINE, SIMPLE_LINE, SIMPLE_LINE), { minLength: 1, maxLength: 6 }), (lines) => {
        const text = lines.join("\n");
        if (!isSimple(text)) return;
        simple += 1;
        expect(outcome(() => parseYaml(text, { keepNumberKinds: true }))).toEqual(parseFully(text));
      }),
      { numRuns: 20_000 },
    );
    // Else this would have compared the full parser with itself.
    expect(simple).toBeGreaterThan(200);
  });

  test.each([
    ["a second key of the same name", "a: 1\na: 2\n"],
    ["a value that goes on", "a: b\n  c\n"],
    ["an item that goes on", "a:\n- b\n  c\n"],
    ["a list without a key", "- a\n"],
    ["a text alone", "a\n"],
    ["columns that do not fit", "a:\n    b: 1\n  c: 2\n"],
    ["an item where a key belongs", "a:\n  b: 1\n  - c\n"],
    ["nothing", ""],
    ["comments", "# a\n"],
    ["deep nesting", Array.from({ length: 90 }, (_, at) => `${" ".repeat(at)}a:`).join("\n")],
  ])("leaves %s to the full parser", (_, text) => {
    expect(isSimple(text)).toBe(false);
  });
});
