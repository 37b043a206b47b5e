import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareCodePoints,
  float,
  formatCompactPythonJson,
  formatPythonJson,
  MalformedJsonError,
  NotSerializableError,
  parsePythonJson,
} from "@waymark/core";
import { readGolden } from "../support/golden.ts";

const EVERY_CHARACTER = `${Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join("")}日本😀\u2028\ufeff`;

const SAMPLE = {
  text: EVERY_CHARACTER,
  empty: [{}, [], ""],
  numbers: [0, -1, 10n ** 20n, float(1), -0, 1e-5, float(1e16), 0.1, Number.NaN, Infinity, -Infinity],
  words: [true, false, null],
  nested: { a: { b: [1, [2, { c: [] }]] } },
  'é\n"': 1,
};

describe("formatPythonJson", () => {
  const golden = readGolden("json.json") as { indented: string; compact: string; sorted: string };

  it("writes the bytes of Python's json module", () => {
    expect(formatPythonJson(SAMPLE)).toBe(golden.indented);
    expect(formatCompactPythonJson(SAMPLE)).toBe(golden.compact);
    expect(formatCompactPythonJson(SAMPLE, { sortKeys: true })).toBe(golden.sorted);
  });

  it("writes an empty summary on one line", () => {
    expect(formatPythonJson({})).toBe("{}\n");
  });

  it("keeps maps, typed arrays and objects without prototype, and leaves undefined members out", () => {
    const value = new Map<unknown, unknown>([
      ["b", new Float64Array([0.5, 2])],
      [1, Object.assign(Object.create(null) as object, { x: undefined, y: 1 })],
      [true, null],
    ]);
    expect(formatCompactPythonJson(value)).toBe('{"b": [0.5, 2], "1": {"y": 1}, "true": null}');
  });

  it.each([
    [{ a: [1, () => 1] }, "$.a[1] is a function"],
    [{ a: new Date(0) }, "$.a is a Date"],
    [Symbol("x"), "$ is a symbol"],
    [new Map([[{}, 1]]), "key that is an object"],
  ])("refuses what JSON has no form for and says where it stands", (value, message) => {
    expect(() => formatPythonJson(value)).toThrow(NotSerializableError);
    expect(() => formatPythonJson(value)).toThrow(message);
  });

  it("refuses a value that contains itself", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => formatPythonJson(loop)).toThrow("deeper than 500 levels");
  });

  it("sorts by code point, where UTF-16 order differs", () => {
    expect(["😀", "Ａ", "a/b", "a.b", "a-b"].toSorted(compareCodePoints)).toEqual(["a-b", "a.b", "a/b", "Ａ", "😀"]);
  });
});

describe("parsePythonJson", () => {
  it("gives back what was formatted", () => {
    fc.assert(
      // JSON of JavaScript's own has no -0; ours keeps it, as Python does.
      fc.property(fc.jsonValue({ maxDepth: 5 }), (drawn) => {
        const value: unknown = JSON.parse(JSON.stringify(drawn));
        expect(JSON.parse(JSON.stringify(parsePythonJson(formatPythonJson(value))))).toEqual(value);
        expect(parsePythonJson(formatCompactPythonJson(value))).toEqual(parsePythonJson(JSON.stringify(value)));
      }),
    );
  });

  it("reads the bare words that only Python writes", () => {
    expect(parsePythonJson("[NaN, Infinity, -Infinity]")).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  it("keeps the kind of numbers when asked", () => {
    const value = parsePythonJson("[1, 1.0, 1e2, 12345678901234567890]", { keepNumberKinds: true });
    expect(value).toEqual([1, float(1), float(100), 12345678901234567890n]);
  });

  it("takes every key for a key, also those of prototypes", () => {
    const value = parsePythonJson('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ["", "f.json:1:1: the text ends early"],
    ['{"a": 1,\n "b" 2}', "f.json:2:6: expected ':' after a key"],
    ["[1, 2", "f.json:1:6: expected ',' or ']'"],
    ["[1,]", "f.json:1:4: expected a value"],
    ["{'a': 1}", "f.json:1:2: expected a quoted key"],
    ['"a\nb"', "f.json:1:3: a string may not hold a bare control character"],
    ['"\\x"', "f.json:1:2: unknown escape"],
    ['"\\u12g4"', "f.json:1:2: '\\u' needs four hex digits"],
    ["1 2", "f.json:1:3: unexpected text after the value"],
    ["01", "f.json:1:2: unexpected text after the value"],
  ])("says where %j is wrong", (text, message) => {
    expect(() => parsePythonJson(text, { path: "f.json" })).toThrow(MalformedJsonError);
    expect(() => parsePythonJson(text, { path: "f.json" })).toThrow(message);
  });

  it("refuses bottomless nesting instead of overflowing the stack", () => {
    expect(() => parsePythonJson("[".repeat(1e6))).toThrow("nested deeper than");
  });
});
