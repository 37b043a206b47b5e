import { formatCompactPythonJson } from "@waymark/core";
import { parseMetricsFile } from "@waymark/pipeline";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPlainJson } from "../../packages/experiments/src/show/plain-json.ts";

/** The same by way of reading it as Python does. */
function carefully(text: string): string {
  return formatCompactPythonJson(parseMetricsFile("m.json", Buffer.from(text)));
}

describe("a metrics file", () => {
  test("comes out as when it is read with care, or is left to that", () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer().map(String),
      fc.constantFrom("1.0", "-0", "-0.0", "1e5", "0.00001", "0.0001", "1e-7", "12345678901234567", "1E+2", "NaN"),
    );
    const value = fc.oneof(number, fc.constantFrom('"a b"', '"\\u00e9"', '"é"', '"1.0"', "true", "null", "[1]", "{}"));
    const key = fc.constantFrom("a", "b c", "10", "2", "__proto__", "é", "a.b", "constructor");
    const flat = fc.array(fc.tuple(key, value), { maxLength: 4 });
    const file = fc.tuple(flat, key, flat, fc.constantFrom("", " ", "\n    ")).map(([outer, name, inner, space]) => {
      const format = (entries: readonly (readonly [string, string])[]): string =>
        `{${entries.map(([k, v]) => `${space}"${k}":${space}${v}`).join(",")}${space}}`;
      return format([...outer, [name, format(inner)]]);
    });
    fc.assert(
      fc.property(file, (text) => {
        const plain = formatPlainJson(Buffer.from(text));
        if (plain !== undefined) expect(plain).toBe(carefully(text));
      }),
    );
  });

  test("of the usual kind is not left to that", () => {
    const text = '{"loss": 0.3333333333333333, "step": 9, "val": {"acc": 0.00001, "best": true}, "name": "x"}';
    expect(formatPlainJson(Buffer.from(text))).toBe(carefully(text));
  });

  test.each(["", "[1]", "null", "3", '{"a": [1]}', "{}", '{"a": {}}', '{"a": 1.0}', '{"1": 2}', '{"a": "\\n"}', "{"])(
    "%j is",
    (text) => {
      expect(formatPlainJson(Buffer.from(text))).toBeUndefined();
    },
  );
});
