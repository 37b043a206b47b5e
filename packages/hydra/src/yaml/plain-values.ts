import { FloatValue } from "@waymark/core";
import { parseInteger } from "../grammar/numbers.ts";

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);
const INTEGER = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+|[1-9][\d_]*(?::[0-5]?\d)+)$/;
/** The floats of PyYAML. */
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
/** Those that OmegaConf adds: `1e5` is a number for it. */
const OMEGACONF_FLOAT =
  /^(?:[-+]?\d+(?:_\d+)*\.[\d_]*(?:[eE][-+]?\d+)?|[-+]?\d+(?:_\d+)*[eE][-+]?\d+|\.\d+(?:_\d+)*(?:[eE][-+]\d+)?)$/;
const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;
const DIGITS = String.raw`\d(?:_?\d)*`;
/** What Python's `int()` and `float()` read. */
const PYTHON_NUMBER = new RegExp(
  `^[+-]?(?:${DIGITS}|(?:${DIGITS}\\.?|(?:${DIGITS})?\\.${DIGITS})(?:e[+-]?${DIGITS})?|inf|infinity|nan)$`,
  "i",
);
/** Longer runs of digits are taken for text: turning them into a number takes time that grows with their square. */
const MAX_DIGITS = 4096;

/** Reads a plain scalar as OmegaConf does: YAML 1.1, with `yes`, octal `010`, base 60, and without dates. */
export function resolvePlainValue(text: string): string | boolean | null | number | bigint | FloatValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text) || text.length > MAX_DIGITS) return text;
  if (FLOAT.test(text)) return new FloatValue(readFloat(text));
  if (INTEGER.test(text)) return readInteger(text);
  return OMEGACONF_FLOAT.test(text) ? new FloatValue(readFloat(text)) : text;
}

/** Tells whether PyYAML would read a plain scalar as something other than text. */
export function looksLikeOther(text: string): boolean {
  return (
    WORDS.has(text) || text === "<<" || text === "=" || INTEGER.test(text) || FLOAT.test(text) || TIMESTAMP.test(text)
  );
}

/** Tells whether Python's `int()` or `float()` takes a text, or YAML 1.1 for a boolean: OmegaConf quotes that. */
export function looksLikeNumberOrBoolean(text: string): boolean {
  if (/^[yYnN]$/.test(text) || typeof WORDS.get(text) === "boolean") return true;
  return PYTHON_NUMBER.test(text.trim());
}

function readInteger(text: string): number | bigint {
  const sign = text.startsWith("-") ? -1n : 1n;
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  if (digits.includes(":")) return shrink(sign * digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n));
  if (/^0[bx]/.test(digits)) return shrink(sign * BigInt(digits));
  if (/^0\d/.test(digits)) return shrink(sign * BigInt(`0o${digits.slice(1)}`));
  return parseInteger(`${sign < 0n ? "-" : ""}${digits}`);
}

function shrink(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readFloat(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "").toLowerCase();
  if (digits === ".inf") return sign * Infinity;
  if (digits === ".nan") return Number.NaN;
  return sign * digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
