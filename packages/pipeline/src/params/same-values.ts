import { FloatValue } from "@waymark/core";
import { isMapping } from "../values/values.ts";

/** Tells whether two values are the same in a file, the kinds of numbers included; the order of keys does not count. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a instanceof FloatValue) return b instanceof FloatValue && Object.is(a.value, b.value);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => isSameValue(item, b[at]));
  }
  if (b instanceof Map) return isSameValue(a, Object.fromEntries(b));
  if (!isMapping(a)) return Object.is(a, b);
  if (!isMapping(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameValue(a[key], b[key]))
  );
}
