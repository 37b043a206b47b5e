import { TrackerError } from "../errors.ts";
import { FloatValue } from "./python-number.ts";

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

/** Deeper text is refused instead of overflowing the stack. */
const MAX_DEPTH = 500;

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
