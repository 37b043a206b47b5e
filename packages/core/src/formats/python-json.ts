import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
import { FloatValue, IntValue, formatPythonNumber } from "./python-number.ts";

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

/** A JSON text that does not parse. Lines and columns count from 1. */
export class MalformedJsonError extends TrackerError {
  override readonly code = "MALFORMED_JSON";
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number, path: string | undefined) {
    super(`${path === undefined ? "JSON" : path}:${line}:${column}: ${reason}`);
    this.line = line;
    this.column = column;
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
  const left = [...a];
  const right = [...b];
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function formatNumber(value: number): string {
  return Number.isFinite(value) ? formatPythonNumber(value) : formatFloat(value);
}

function formatFloat(value: number): string {
  if (Number.isFinite(value)) return formatPythonNumber(new FloatValue(value));
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** How {@link parsePythonJson} reads. */
export interface ParseJsonOptions {
  /** Named in errors. */
  readonly path?: string;
  /** Keep `1.0` apart from `1` as {@link FloatValue}, and integers beyond 2^53 as bigint. Default false. */
  readonly keepNumberKinds?: boolean;
}

/**
 * Parses JSON as Python writes it: standard JSON and the bare words `NaN`, `Infinity` and `-Infinity`.
 *
 * Objects have no prototype, so a key such as `__proto__` is a key like any other.
 *
 * @throws {@link MalformedJsonError} with line and column.
 */
export function parsePythonJson(text: string, options: ParseJsonOptions = {}): unknown {
  return new JsonReader(text, options).read();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- control characters end a plain stretch of a JSON string
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];
const UNESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class JsonReader {
  readonly #text: string;
  readonly #path: string | undefined;
  readonly #keepKinds: boolean;
  #at = 0;

  constructor(text: string, options: ParseJsonOptions) {
    this.#text = text.codePointAt(0) === 0xfeff ? text.slice(1) : text;
    this.#path = options.path;
    this.#keepKinds = options.keepNumberKinds === true;
  }

  read(): unknown {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("unexpected text after the value");
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`);
    this.#space();
    const character = this.#text[this.#at];
    if (character === "{") return this.#object(depth);
    if (character === "[") return this.#array(depth);
    if (character === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): Record<string, unknown> {
    const result = Object.create(null) as Record<string, unknown>;
    this.#at += 1;
    this.#space();
    if (this.#take("}")) return result;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#error("expected a quoted key");
      const key = this.#string();
      this.#space();
      if (!this.#take(":")) throw this.#error("expected ':' after a key");
      result[key] = this.#value(depth + 1);
      this.#space();
      if (this.#take("}")) return result;
      if (!this.#take(",")) throw this.#error("expected ',' or '}'");
    }
  }

  #array(depth: number): unknown[] {
    const result: unknown[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take("]")) return result;
    for (;;) {
      result.push(this.#value(depth + 1));
      this.#space();
      if (this.#take("]")) return result;
      if (!this.#take(",")) throw this.#error("expected ',' or ']'");
    }
  }

  #string(): string {
    this.#at += 1;
    let result = "";
    for (;;) {
      PLAIN_TEXT.lastIndex = this.#at;
      result += PLAIN_TEXT.exec(this.#text)?.[0] ?? "";
      this.#at = PLAIN_TEXT.lastIndex;
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at += 1;
        return result;
      }
      if (character === undefined) throw this.#error("the text ends inside a string");
      if (character !== "\\") throw this.#error("a string may not hold a bare control character");
      result += this.#escape();
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at + 1] ?? "";
    if (kind === "u") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error("'\\u' needs four hex digits");
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = Object.hasOwn(UNESCAPES, kind) ? UNESCAPES[kind] : undefined;
    if (plain === undefined) throw this.#error(`unknown escape '\\${kind}'`);
    this.#at += 2;
    return plain;
  }

  #number(): number | bigint | FloatValue {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined)
      throw this.#error(this.#at < this.#text.length ? "expected a value" : "the text ends early");
    this.#at += text.length;
    const value = Number(text);
    if (!this.#keepKinds) return value;
    if (/[.eE]/.test(text)) return new FloatValue(value);
    return Number.isSafeInteger(value) ? value : BigInt(text);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #error(reason: string): MalformedJsonError {
    const before = this.#text.slice(0, this.#at).split("\n");
    return new MalformedJsonError(reason, before.length, (before.at(-1)?.length ?? 0) + 1, this.#path);
  }
}
