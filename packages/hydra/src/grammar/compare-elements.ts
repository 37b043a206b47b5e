import { numberOf } from "../values.ts";
import type { Element } from "./element.ts";
import { CastError } from "./python-casts.ts";

/**
 * Orders two values as Python's `<` does: numbers and booleans by value, text by code point, lists item by item.
 *
 * @throws {@link CastError} for values that have no order, such as a number and text.
 */
export function compareElements(a: Element, b: Element): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
      const order = compareElements(a[at] as Element, b[at] as Element);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  throw new CastError("values of different kinds have no order");
}

/** Orders text by code point: Python knows no surrogates. */
export function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
