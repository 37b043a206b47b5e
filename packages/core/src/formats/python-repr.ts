import { isPlainObject } from "./plain-data.ts";
import { FloatValue, formatPythonFloat, formatPythonNumber, IntValue } from "./python-number.ts";

/** Everything Python's `repr` does not show as it is: other, separators, and the quotes and backslash. */
const ESCAPED = /["'\\]|(?! )[\p{C}\p{Z}]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * Formats a value the way Python's `repr` does, which is how DVC shows a list in a table or in `params diff`.
 *
 * @param value - Plain data as parsed: numbers may be `bigint`, `FloatValue` or `IntValue`; a whole plain number is an
 *   integer.
 */
export function formatPythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quotePython(value);
  if (typeof value === "number" || typeof value === "bigint") return formatPythonNumber(value);
  if (value instanceof FloatValue) return formatPythonFloat(value.value);
  if (value instanceof IntValue) return formatPythonNumber(value);
  if (Array.isArray(value)) return `[${value.map(formatPythonRepr).join(", ")}]`;
  if (!isPlainObject(value)) return typeof value;
  const members = Object.entries(value).map(([key, item]) => `${quotePython(key)}: ${formatPythonRepr(item)}`);
  return `{${members.join(", ")}}`;
}

/** Formats a value the way Python's `str` does: as {@link formatPythonRepr}, except that a string is its own text. */
export function formatPythonStr(value: unknown): string {
  return typeof value === "string" ? value : formatPythonRepr(value);
}

/** Quotes a string as a Python literal: single quotes, unless only double ones spare an escape. */
export function quotePython(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return `${quote}${text.replace(ESCAPED, (character) => escapeCharacter(character, quote))}${quote}`;
}

function escapeCharacter(character: string, quote: string): string {
  if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}
