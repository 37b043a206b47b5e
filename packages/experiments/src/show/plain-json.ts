import { formatPythonFloat } from "@waymark/core/formats/python-number";

/** Numbers whose kind JavaScript would not tell, or not keep: `1.0`, exponents, long ones, `-0`, and `NaN`. */
const SPECIAL_NUMBER = /\d\.0+(?!\d)|\d[eE][+-]?\d|(?<![.\d])\d{16}|-0(?!\.)|NaN|Infinity/u;
// oxlint-disable-next-line no-control-regex -- anything that is not ASCII is left to others
const BEYOND_ASCII = /[^\u0000-\u007f]/u;
/** Text that JSON writes as it is. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/u;
/** Python writes floats in this range without an exponent, and so does JavaScript. */
const LEAST = 1e-4;
const GREATEST = 1e16;
const MAX_BYTES = 1 << 20;

/**
 * Formats a metrics file of the usual kind as listings write it: JSON with numbers, plain texts, booleans and mappings
 * of these. It takes a fraction of the time of reading it as Python does.
 *
 * @returns `undefined` for any other: what comes out then needs more care.
 */
export function formatPlainJson(data: Uint8Array): string | undefined {
  if (data.byteLength > MAX_BYTES) return undefined;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  if (SPECIAL_NUMBER.test(text) || BEYOND_ASCII.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? formatPlain(value) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function formatPlain(value: unknown): string | undefined {
  switch (typeof value) {
    case "number":
      return formatNumber(value);
    case "boolean":
      return String(value);
    case "string":
      return PLAIN_TEXT.test(value) ? `"${value}"` : undefined;
    case "object":
      return value === null || Array.isArray(value) ? undefined : formatMembers(value as Record<string, unknown>);
    default:
      return undefined;
  }
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || (size >= LEAST && size < GREATEST)) return String(value);
  return formatPythonFloat(value);
}

function formatMembers(value: Readonly<Record<string, unknown>>): string | undefined {
  const members: string[] = [];
  for (const key of Object.keys(value)) {
    // JavaScript puts keys that are numbers first.
    if (/^\d+$/u.test(key) || !PLAIN_TEXT.test(key)) return undefined;
    const member = formatPlain(value[key]);
    if (member === undefined) return undefined;
    members.push(`"${key}": ${member}`);
  }
  return members.length === 0 ? undefined : `{${members.join(", ")}}`;
}
