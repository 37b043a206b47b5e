import { FloatValue } from "@waymark/core";

/** Reads an integer of any size, `_` between digits allowed. */
export function parseInteger(text: string): number | bigint {
  const digits = text.replaceAll("_", "");
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace("+", ""));
}

/** Reads a float as Python does; `inf` and `nan` in any case. */
export function parseFloatText(text: string): FloatValue {
  const digits = text.replaceAll("_", "").toLowerCase();
  if (digits.endsWith("nan")) return new FloatValue(Number.NaN);
  if (digits.endsWith("inf")) return new FloatValue(digits.startsWith("-") ? -Infinity : Infinity);
  return new FloatValue(Number(digits));
}
