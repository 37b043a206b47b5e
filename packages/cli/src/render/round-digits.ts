import { FloatValue } from "@waymark/core";
import { formatPythonStr } from "@waymark/core/formats/python-repr";

/** Decimals that `toFixed` gives exactly: enough to see whether a value lies halfway between two others. */
const EXACT_DIGITS = 100;
/** From here on there are no decimals, and `toFixed` writes exponents. */
const MAX_FIXED = 1e21;

/** Formats a value as `metrics` commands show it: floats rounded to so many decimals, the rest as Python prints it. */
export function formatRounded(value: unknown, decimals: number): string {
  if (value instanceof FloatValue) return formatPythonStr(new FloatValue(roundDecimals(value.value, decimals)));
  const isFloat = typeof value === "number" && !Number.isInteger(value);
  return formatPythonStr(isFloat ? roundDecimals(value, decimals) : value);
}

/** Rounds to decimals as Python does: what lies exactly halfway goes to the even digit. */
export function roundDecimals(value: number, decimals: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= MAX_FIXED) return value;
  const digits = Math.min(decimals, EXACT_DIGITS);
  const exact = value.toFixed(EXACT_DIGITS);
  const rest = exact.slice(exact.indexOf(".") + 1 + digits);
  if (!/^50*$/u.test(rest)) return Number(value.toFixed(digits));
  const kept = exact.slice(0, exact.length - rest.length);
  const isEven = "02468".includes(kept.replace(/\.$/u, "").at(-1) ?? "");
  // `toFixed` rounds halves up, away from an even digit.
  return isEven ? Number(kept.replace(/\.$/u, "")) : Number(value.toFixed(digits));
}
