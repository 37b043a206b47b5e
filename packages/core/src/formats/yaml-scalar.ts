import { FloatValue } from "./python-number.ts";

/**
 * How a string looks as a YAML scalar in the files DVC writes (its dumper is ruamel's, block style, YAML 1.2).
 *
 * A string stays plain unless it would read back as something else or hold characters that structure the text.
 */

const WORDS: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
]);
const INTEGER = /^(?=[-+\d])[-+]?(?:0b[01_]+|0o[0-7_]+|[\d_]+|0x[\da-fA-F_]+)$/;
const FLOAT = /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|[-+]?\d[\d_]*[eE][-+]?\d+|[-+]?\.[\d_]+(?:[eE][-+]\d+)?)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?$/;
/** Longer runs of digits are taken for text: turning them into a number takes time that grows with their square. */
const MAX_DIGITS = 4096;

/**
 * Reads a plain scalar as DVC does: YAML 1.2 with `_` in numbers, `0b`, and leading zeros that mean nothing. Dates stay
 * text.
 *
 * @returns A {@link FloatValue} for floats, a number for integers or a bigint beyond 2^53, or a word's value.
 */
export function resolvePlain(text: string): string | boolean | null | number | bigint | FloatValue {
  const word = WORDS.get(text);
  if (word !== undefined) return typeof word === "number" ? new FloatValue(word) : word;
  if (text.length > MAX_DIGITS || !/^[-+.\d]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  if (INTEGER.test(text) && /[\da-fA-F]$/.test(digits) && !/^[-+]?0[box]$/.test(digits)) return parseInteger(digits);
  return FLOAT.test(text) && /\d/.test(digits) ? new FloatValue(Number(digits)) : text;
}

function parseInteger(digits: string): number | bigint {
  const unsigned = digits.replace(/^[-+]/, "");
  const value = BigInt(/^0[box]/.test(unsigned) ? unsigned : unsigned.replace(/^0+(?=\d)/, ""));
  const signed = digits.startsWith("-") ? -value : value;
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

/** Tells whether a plain scalar of this text would be read back as something other than a string. */
export function resolvesToOther(text: string): boolean {
  return (
    WORDS.has(text) ||
    text === "=" ||
    text === "<<" ||
    INTEGER.test(text) ||
    FLOAT.test(text) ||
    DATE.test(text) ||
    TIME.test(text)
  );
}

const STARTS_STRUCTURE = /^[#,[\]{}&*!|>'"%@`]/;
const STARTS_INDICATOR = /^[-?:](?: |$)/;
// oxlint-disable-next-line no-control-regex -- these are the characters YAML cannot print
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff\u0085\u2028\u2029]|\t/u;

/** Formats a string as a scalar on one line: plain, single-quoted or double-quoted, in that order of preference. */
export function formatYamlString(text: string): string {
  const isSpecial = UNPRINTABLE.test(text) || hasLoneSurrogate(text);
  if (isSpecial) return quoteDouble(text);
  if (!needsQuotes(text)) return text;
  return text.includes("'") ? quoteDouble(text) : `'${text}'`;
}

function needsQuotes(text: string): boolean {
  return (
    text === "" ||
    text.startsWith(" ") ||
    text.endsWith(" ") ||
    text.startsWith("---") ||
    text.startsWith("...") ||
    STARTS_STRUCTURE.test(text) ||
    STARTS_INDICATOR.test(text) ||
    text.includes(": ") ||
    text.endsWith(":") ||
    text.includes(" #") ||
    resolvesToOther(text)
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function quoteDouble(text: string): string {
  let quoted = "";
  for (const character of text) {
    const escape = ESCAPES[character];
    if (escape !== undefined) quoted += escape;
    else if (UNPRINTABLE.test(character) || hasLoneSurrogate(character)) quoted += escapeCodePoint(character);
    else quoted += character;
  }
  return `"${quoted}"`;
}

function escapeCodePoint(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  if (point <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return point <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
