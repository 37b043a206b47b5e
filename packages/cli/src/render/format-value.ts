import { FloatValue, formatPythonFloat, formatPythonNumber, IntValue } from "@waymark/core";
import { quotePython } from "@waymark/core/formats/python-repr";

/** Digits that show exactly whether a value lies halfway between two others. */
const EXACT_DIGITS = 100;

/**
 * Formats a value for a table cell as DVC prints it: numbers and booleans the way Python does, lists and maps as Python
 * literals.
 *
 * @param value - A value as parsed with its number kinds kept; a whole plain number is an integer.
 * @param precision - Significant digits of floats; all of them when not given.
 * @returns `undefined` for a missing value or null.
 */
export function formatValue(value: unknown, precision: number | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : formatLiteral(value, precision);
}

function formatLiteral(value: unknown, precision: number | undefined): string {
  if (value === null || value === undefined) return "None";
  switch (typeof value) {
    case "boolean":
      return value ? "True" : "False";
    case "string":
      return quotePython(value);
    case "bigint":
      return formatPythonNumber(value);
    case "number":
      return Number.isInteger(value) ? formatPythonNumber(value) : formatFloat(value, precision);
    default:
  }
  if (value instanceof FloatValue) return formatFloat(value.value, precision);
  if (value instanceof IntValue) return formatPythonNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => formatLiteral(item, precision)).join(", ")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).map(
      ([key, item]) => `${quotePython(key)}: ${formatLiteral(item, precision)}`,
    );
    return `{${members.join(", ")}}`;
  }
  return typeof value;
}

function formatFloat(value: number, precision: number | undefined): string {
  return precision === undefined ? formatPythonFloat(value) : formatSignificant(value, precision);
}

/** Formats a float with so many significant digits at most, as `%g` does: no trailing zeros, exponents for the rest. */
export function formatSignificant(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatPythonFloat(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const digits = Math.min(100, Math.max(1, precision));
  const [mantissa = "", exponentText = "0"] = toExponentialEven(value, digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return trimZeros(shiftPoint(mantissa, exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${trimZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** As `toExponential`, except that what lies exactly halfway goes to the even digit, as in Python. */
function toExponentialEven(value: number, decimals: number): string {
  const rounded = value.toExponential(decimals);
  const [shortest = ""] = value.toExponential().split("e");
  // Digits up to the last one that is kept, and the point where there is one.
  const length = shortest.indexOf(".") === -1 ? 0 : shortest.indexOf(".") + 1 + decimals;
  // Halfway is one digit more, and that a five: the shortest way to write the number then has just these.
  if (shortest.length !== length + 1 || !shortest.endsWith("5")) return rounded;
  const [exact = "", exponent = "0"] = value.toExponential(EXACT_DIGITS).split("e");
  const kept = exact.slice(0, length).replace(/\.$/u, "");
  return /^50*$/u.test(exact.slice(length)) && "02468".includes(kept.at(-1) ?? "") ? `${kept}e${exponent}` : rounded;
}

/** Writes a mantissa such as `-1.23` and its exponent without the exponent. */
function shiftPoint(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/gu, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const decimals = digits.slice(exponent + 1);
  return sign + whole + (decimals === "" ? "" : `.${decimals}`);
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/u, "") : text;
}
