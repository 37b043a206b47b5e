import { FloatValue } from "@waymark/core";
import { newMapping } from "./values.ts";

/** Stands for an expression that is no literal. */
export const NOT_A_LITERAL: unique symbol = Symbol("not a literal");

const MAX_DEPTH = 100;
const NUMBER =
  /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;
const WORD = /[A-Za-z_]\w*/y;
const SPACE = /\s*/y;
const STRING = /([rRbBuUfF]{0,2})("""|'''|"|')/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\u0007",
  "0": "\0",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/**
 * Evaluates a Python expression made of literals only: numbers, strings, `True`, `False`, `None`, lists, tuples, sets
 * and dicts. Nothing is run.
 *
 * @returns {@link NOT_A_LITERAL} for everything else. Tuples and sets become lists.
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new LiteralReader(text);
  const value = reader.readAll();
  return value;
}

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): unknown {
    const first = this.#value(0);
    if (first === NOT_A_LITERAL) return NOT_A_LITERAL;
    this.#space();
    if (this.#at === this.#text.length) return first;
    if (this.#text[this.#at] !== ",") return NOT_A_LITERAL;
    // A tuple needs no parentheses.
    const items = [first];
    while (this.#take(",")) {
      this.#space();
      if (this.#at === this.#text.length) return items;
      const item = this.#value(0);
      if (item === NOT_A_LITERAL) return NOT_A_LITERAL;
      items.push(item);
    }
    return this.#at === this.#text.length ? items : NOT_A_LITERAL;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) return NOT_A_LITERAL;
    this.#space();
    const char = this.#text[this.#at] ?? "";
    if (char === "-" || char === "+") {
      this.#at += 1;
      return negate(this.#value(depth + 1), char === "-");
    }
    if (char === "[") return this.#items("]", depth);
    if (char === "(") return this.#parenthesised(depth);
    if (char === "{") return this.#braces(depth);
    if (this.#match(STRING, true) !== undefined) return this.#strings();
    const number = this.#match(NUMBER);
    if (number !== undefined) return parseNumber(number);
    switch (this.#match(WORD)) {
      case "True":
        return true;
      case "False":
        return false;
      case "None":
        return null;
      default:
        return NOT_A_LITERAL;
    }
  }

  #parenthesised(depth: number): unknown {
    const start = this.#at;
    const items = this.#items(")", depth);
    if (!Array.isArray(items) || items.length !== 1) return items;
    // `(1)` is a number, `(1,)` a tuple.
    return /,\s*\)$/.test(this.#text.slice(start, this.#at)) ? items : (items as unknown[])[0];
  }

  #items(end: string, depth: number): unknown {
    this.#at += 1;
    const items: unknown[] = [];
    for (;;) {
      if (this.#take(end)) return items;
      const item = this.#value(depth + 1);
      if (item === NOT_A_LITERAL) return NOT_A_LITERAL;
      items.push(item);
      if (!this.#take(",")) return this.#take(end) ? items : NOT_A_LITERAL;
    }
  }

  #braces(depth: number): unknown {
    this.#at += 1;
    if (this.#take("}")) return newMapping();
    const result = newMapping();
    const items: unknown[] = [];
    let isMapping: boolean | undefined;
    for (;;) {
      if (this.#take("}")) return isMapping === true ? result : items;
      const key = this.#value(depth + 1);
      if (key === NOT_A_LITERAL) return NOT_A_LITERAL;
      const hasValue = this.#take(":");
      isMapping ??= hasValue;
      if (isMapping !== hasValue) return NOT_A_LITERAL;
      if (hasValue) {
        const value = this.#value(depth + 1);
        if (value === NOT_A_LITERAL) return NOT_A_LITERAL;
        result[keyText(key)] = value;
      } else {
        items.push(key);
      }
      if (!this.#take(",")) return this.#take("}") ? (isMapping ? result : items) : NOT_A_LITERAL;
    }
  }

  /** Strings that follow each other are one. */
  #strings(): unknown {
    let text = "";
    for (;;) {
      this.#space();
      STRING.lastIndex = this.#at;
      const match = STRING.exec(this.#text);
      const quote = match?.[2];
      if (match === null || quote === undefined) return text;
      const prefix = (match[1] ?? "").toLowerCase();
      if (/[bf]/.test(prefix)) return NOT_A_LITERAL;
      this.#at += match[0].length;
      const start = this.#at;
      while (this.#at < this.#text.length && !this.#text.startsWith(quote, this.#at)) {
        this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
      }
      if (this.#at >= this.#text.length) return NOT_A_LITERAL;
      const raw = this.#text.slice(start, this.#at);
      this.#at += quote.length;
      text += prefix === "r" ? raw : unescape(raw);
    }
  }

  #space(): void {
    this.#match(SPACE);
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp, isPeeking = false): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined && !isPeeking) this.#at += match.length;
    return match;
  }
}

function parseNumber(text: string): unknown {
  const digits = text.replaceAll("_", "");
  if (/^0[xXoObB]/.test(digits)) return shrink(BigInt(digits.toLowerCase()));
  return /[.eE]/.test(digits) ? new FloatValue(Number(digits)) : shrink(BigInt(digits));
}

function shrink(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function negate(value: unknown, isNegative: boolean): unknown {
  if (value instanceof FloatValue) return isNegative ? new FloatValue(-value.value) : value;
  if (typeof value === "number") return isNegative && value !== 0 ? -value : value;
  if (typeof value === "bigint") return isNegative ? -value : value;
  return NOT_A_LITERAL;
}

function keyText(key: unknown): string {
  if (key instanceof FloatValue) return String(key.value);
  if (key === null) return "None";
  if (typeof key === "boolean") return key ? "True" : "False";
  return typeof key === "object" ? JSON.stringify(key) : `${key as string | number | bigint}`;
}

function unescape(raw: string): string {
  return raw.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
    (whole, two: string | undefined, four: string | undefined, eight: string | undefined, one: string | undefined) => {
      const code = two ?? four ?? eight;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
      }
      return ESCAPES[one ?? ""] ?? whole;
    },
  );
}
