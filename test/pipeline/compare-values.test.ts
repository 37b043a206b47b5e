import { float, formatCompactPythonJson, parsePythonJson, parseYaml } from "@waymark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareValues } from "../../packages/pipeline/src/values/compare-values.ts";

function compare(old: string, now: string, withUnchanged = false): string {
  const read = (text: string) => new Map([["f", { data: parseYaml(text, { keepNumberKinds: true }) }]]);
  return formatCompactPythonJson(compareValues(read(old), read(now), withUnchanged));
}

describe("compareValues", () => {
  test("tells what changed, came and went, by dotted key", () => {
    expect(compare("a: {b: 1, c: x}\ngone: 2\n", "a: {b: 3, c: x}\nnew: [1, a]\n")).toMatchInlineSnapshot(
      `"{"f": {"a.b": {"old": 1, "new": 3, "diff": 2}, "gone": {"old": 2, "new": null}, "new": {"old": null, "new": "[1, 'a']"}}}"`,
    );
  });

  test("takes numbers for the same across kinds, and booleans for numbers", () => {
    expect(compare("a: 1\nb: true\nc: 2\n", "a: 1.0\nb: 1\nc: 2.5\n")).toBe(
      '{"f": {"c": {"old": 2, "new": 2.5, "diff": 0.5}}}',
    );
    expect(compare("a: 1\nb: true\n", "a: 1.0\nb: 0\n", true)).toBe(
      '{"f": {"a": {"old": 1, "new": 1.0, "diff": 0.0}, "b": {"old": true, "new": 0, "diff": -1}}}',
    );
  });

  test("subtracts integers of any size exactly", () => {
    expect(compare("a: 123456789012345678901\n", "a: 123456789012345678903\n")).toBe(
      '{"f": {"a": {"old": 123456789012345678901, "new": 123456789012345678903, "diff": 2}}}',
    );
  });

  test("writes lists as Python does, whatever is in them", () => {
    expect(compare("a: [1]\n", `a: [true, null, 1.0, "it's", {k: [x]}]\n`)).toBe(
      `{"f": {"a": {"old": "[1]", "new": "[True, None, 1.0, \\"it's\\", {'k': ['x']}]"}}}`,
    );
  });

  test("a file that is one value has no key", () => {
    expect(compare("5", "7")).toBe('{"f": {"": {"old": 5, "new": 7, "diff": 2}}}');
    expect(compare("'5'", "7")).toBe('{"f": {"": {"old": 5, "new": 7, "diff": 2}}}');
    expect(compare("[1]", "[2]")).toBe('{"f": {"": {"old": 1, "new": 2, "diff": 1}}}');
    expect(compare("word", "{a: 1}")).toBe('{"f": {"a": {"old": "unable to parse", "new": 1}}}');
  });

  test("a file that is missing or cannot be read holds nothing", () => {
    const now = new Map([["f", { data: { a: float(1) } }]]);
    expect(formatCompactPythonJson(compareValues(new Map(), now))).toBe('{"f": {"a": {"old": null, "new": 1.0}}}');
  });

  test("keys that every object has are keys like any other", () => {
    expect(compare("constructor: 1\n__proto__: 2\n", "constructor: 2\n__proto__: 2\n")).toBe(
      '{"f": {"constructor": {"old": 1, "new": 2, "diff": 1}}}',
    );
  });

  test("nothing differs from itself, and swapping the sides swaps what is said", () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.boolean(),
    );
    const values = fc.dictionary(fc.string(), fc.oneof(value, fc.array(value), fc.dictionary(fc.string(), value)));
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [left, right] = [a, b].map((data) => {
          const kept = parsePythonJson(JSON.stringify(data), { keepNumberKinds: true });
          return new Map([["f", { data: kept }]]);
        }) as [Map<string, { data: unknown }>, Map<string, { data: unknown }>];
        expect(compareValues(left, left).size).toBe(0);
        const sides = (changes: ReturnType<typeof compareValues>, from: "old" | "new") =>
          [...(changes.get("f") ?? [])].map(([key, change]) => [key, change[from]]);
        const there = compareValues(left, right);
        const back = compareValues(right, left);
        expect(sides(there, "old")).toEqual(sides(back, "new"));
        expect(sides(there, "new")).toEqual(sides(back, "old"));
      }),
    );
  });
});
