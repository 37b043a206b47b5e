import { float, int } from "@waymark/core";
import { formatPythonRepr, formatPythonStr, quotePython } from "@waymark/core/formats/python-repr";
import { expect, test } from "vitest";

test.each([
  [null, "None"],
  [true, "True"],
  [3, "3"],
  [float(3), "3.0"],
  [int(12345678901234567890n), "12345678901234567890"],
  [1e-7, "1e-07"],
  [[1, "a", [false]], "[1, 'a', [False]]"],
  [{ a: { b: null } }, "{'a': {'b': None}}"],
  [[], "[]"],
])("%j is written as %s", (value, text) => {
  expect(formatPythonRepr(value)).toBe(text);
});

test("strings are quoted with single quotes unless only double ones spare an escape", () => {
  expect(quotePython("it's")).toBe(`"it's"`);
  expect(quotePython(`it's "so"`)).toBe(`'it\\'s "so"'`);
  expect(quotePython(`say "so"`)).toBe(`'say "so"'`);
});

test("what cannot be seen is escaped", () => {
  expect(quotePython("a\n\t\\\u0001\u007f\u00a0\u200b\u{e0001}é 日")).toBe(
    String.raw`'a\n\t\\\x01\x7f\xa0\u200b\U000e0001é 日'`,
  );
});

test("a string alone is its own text", () => {
  expect(formatPythonStr("it's")).toBe("it's");
  expect(formatPythonStr(["it's"])).toBe(`["it's"]`);
});
