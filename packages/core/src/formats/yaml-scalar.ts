/**
 * How a string looks as a YAML scalar in the files DVC writes (its dumper is ruamel's, block style, YAML 1.2).
 *
 * A string stays plain unless it would read back as something else or hold characters that structure the text.
 */

/** Words and numbers that a plain scalar would resolve to. */
const RESOLVES =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|=|<<|[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9][0-9_]*|0x[0-9a-fA-F_]+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?$/;

const STARTS_STRUCTURE = /^[#,[\]{}&*!|>'"%@`]/;
const STARTS_INDICATOR = /^[-?:](?: |$)/;
// oxlint-disable-next-line no-control-regex -- these are the characters YAML cannot print
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff\u0085\u2028\u2029]|\t/u;

/** Tells whether a plain scalar of this text would be read back as something other than a string. */
export function resolvesToOther(text: string): boolean {
  return RESOLVES.test(text) || INTEGER.test(text) || FLOAT.test(text) || DATE.test(text) || TIME.test(text);
}

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
