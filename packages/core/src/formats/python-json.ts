import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
import { FloatValue, IntValue, formatPythonNumber } from "./python-number.ts";

export { MalformedJsonError, parsePythonJson, type ParseJsonOptions } from "./python-json-parse.ts";

/** A value that JSON has no form for. */
export class NotSerializableError extends TrackerError {
  override readonly code = "NOT_SERIALIZABLE";
  /** Where in the value it stands: `$.a[2]`. */
  readonly place: string;

  constructor(place: string, kind: string) {
    super(`${place} is a ${kind}, which JSON cannot hold`, {
      hint: "Use numbers, strings, booleans, null, arrays and plain objects.",
    });
    this.place = place;
  }
}

// oxlint-disable-next-line no-control-regex -- these are the characters the format escapes
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f-\uffff]/g;
const HAS_ESCAPE = new RegExp(NEEDS_ESCAPE.source);
const MAX_DEPTH = 500;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

/** Quotes a string as ASCII JSON: other characters become lower-case `\uXXXX`, `/` stays as it is. */
export function formatJsonString(text: string): string {
  // Most keys and values need no escape; looking first is cheaper than replacing nothing.
  if (!HAS_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replace(NEEDS_ESCAPE, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Formats a value as Python's `json.dump(value, indent=4)` does, with one newline at the end: insertion order, ASCII
 * only, floats as Python prints them, bare `NaN`, `Infinity` and `-Infinity`.
 *
 * @param value - Plain data; numbers may be `bigint`, `float(…)` or `int(…)`. `undefined` members are left out.
 * @throws {@link NotSerializableError} before anything is returned, with the place of the offending value.
 * @see docs/formats.md, the summary of a run
 */
export function formatPythonJson(value: unknown): string {
  return `${new JsonWriter(INDENTED).write(value, "\n")}\n`;
}

/** Formats a value on one line as Python's `json.dumps(value)`: `", "` and `": "` between parts, no newline. */
export function formatCompactPythonJson(value: unknown, options: { readonly sortKeys?: boolean } = {}): string {
  return new JsonWriter(options.sortKeys === true ? COMPACT_SORTED : COMPACT).write(value, "");
}

interface Layout {
  readonly indent: string;
  readonly separator: string;
  readonly sortKeys: boolean;
}

const INDENTED: Layout = { indent: "    ", separator: ",", sortKeys: false };
const COMPACT: Layout = { indent: "", separator: ", ", sortKeys: false };
const COMPACT_SORTED: Layout = { ...COMPACT, sortKeys: true };

class JsonWriter {
  readonly #layout: Layout;
  /** Keys and indexes on the way to the value being written, for errors. */
  readonly #path: (string | number)[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** @param lineBreak - Line break and indent of the line the value begins in; empty on one line. */
  write(value: unknown, lineBreak: string): string {
    switch (typeof value) {
      case "string":
        return formatJsonString(value);
      case "boolean":
        return value ? "true" : "false";
      case "bigint":
        return `${value}`;
      case "number":
        return formatNumber(value);
      case "object":
        return value === null ? "null" : this.#object(value, lineBreak);
      default:
        throw this.#error(typeof value);
    }
  }

  #object(value: object, lineBreak: string): string {
    if (value instanceof FloatValue) return formatFloat(value.value);
    if (value instanceof IntValue) return formatPythonNumber(value);
    // A value that contains itself has no end.
    if (this.#path.length > MAX_DEPTH) throw this.#error(`value deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) return this.#list(value, lineBreak);
    if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
      return this.#list([...(value as Float64Array)], lineBreak);
    }
    if (value instanceof Map) return this.#members([...value], lineBreak);
    if (isPlainObject(value)) return this.#members(Object.entries(value), lineBreak);
    throw this.#error(value.constructor?.name ?? "special object");
  }

  #list(items: readonly unknown[], lineBreak: string): string {
    if (items.length === 0) return "[]";
    const inner = lineBreak + this.#layout.indent;
    const depth = this.#path.push(0) - 1;
    let text = "[";
    for (let index = 0; index < items.length; index += 1) {
      this.#path[depth] = index;
      text += (index === 0 ? inner : this.#layout.separator + inner) + this.write(items[index], inner);
    }
    this.#path.pop();
    return `${text}${lineBreak}]`;
  }

  #members(members: readonly (readonly [unknown, unknown])[], lineBreak: string): string {
    const kept: (readonly [string, unknown])[] = [];
    for (const [key, value] of members) if (value !== undefined) kept.push([this.#key(key), value]);
    if (this.#layout.sortKeys) kept.sort(([a], [b]) => compareCodePoints(a, b));
    if (kept.length === 0) return "{}";
    const inner = lineBreak + this.#layout.indent;
    const depth = this.#path.push("") - 1;
    let text = "{";
    for (const [key, value] of kept) {
      this.#path[depth] = key;
      text += (text === "{" ? inner : this.#layout.separator + inner) + formatJsonString(key);
      text += `: ${this.write(value, inner)}`;
    }
    this.#path.pop();
    return `${text}${lineBreak}}`;
  }

  // Python writes keys that are no strings as it writes such values.
  #key(key: unknown): string {
    if (typeof key === "string") return key;
    const isNumber = key instanceof FloatValue || key instanceof IntValue;
    if (typeof key !== "object" || key === null || isNumber) return this.write(key, "");
    throw this.#error("mapping with a key that is an object");
  }

  #error(kind: string): NotSerializableError {
    const place = this.#path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
    return new NotSerializableError(`$${place}`, kind);
  }
}

/** Orders strings as Python does, by code point; JavaScript's own order is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Halves of characters above U+FFFF have smaller numbers than U+E000 and what follows: they change places. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

function formatNumber(value: number): string {
  return Number.isFinite(value) ? formatPythonNumber(value) : formatFloat(value);
}

function formatFloat(value: number): string {
  if (Number.isFinite(value)) return formatPythonNumber(new FloatValue(value));
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
