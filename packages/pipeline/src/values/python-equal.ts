import { FloatValue } from "@waymark/core";
import { isMapping } from "./values.ts";

/**
 * Compares two values read from files as Python's `==` does: `1`, `1.0` and `true` are equal, the order of keys does
 * not matter, NaN equals nothing.
 */
export function isPythonEqual(a: unknown, b: unknown): boolean {
  const [left, right] = [numberOf(a), numberOf(b)];
  // Not strict: a bigint equals the number it is.
  // oxlint-disable-next-line eqeqeq
  if (left !== undefined && right !== undefined) return left == right;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => isPythonEqual(item, b[at]));
  }
  if (isMapping(a) && isMapping(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isPythonEqual(a[key], b[key]))
    );
  }
  return a === b;
}

function numberOf(value: unknown): number | bigint | undefined {
  if (value instanceof FloatValue) return value.value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}
