import { FloatValue } from "@waymark/core";
import { parseFloatText, parseInteger } from "../grammar/numbers.ts";
import { valueTokenAt, type Token, type TokenKind } from "../grammar/tokens.ts";
import type { ConfigKey } from "../values.ts";

/** A text with interpolations, as OmegaConf 2.3 reads it. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Exclude<ConfigKey, undefined> }
  | { readonly kind: "text"; readonly parts: readonly (string | Interpolation)[] }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [ConfigKey, Expression])[] };

export type Interpolation =
  /** `${a.b[0]}`: parts of a path, dots and brackets included. */
  | { readonly kind: "node"; readonly path: readonly (string | Interpolation)[] }
  /** `${name:arg,…}`. */
  | {
      readonly kind: "resolver";
      readonly name: readonly (string | Interpolation)[];
      readonly args: readonly Expression[];
    };

/** An interpolation that is not written in OmegaConf's grammar. */
export class InterpolationSyntaxError extends Error {
  /** Where reading stopped, from 1. */
  readonly column: number;

  constructor(reason: string, at: number) {
    super(`column ${at + 1}: ${reason}`);
    this.column = at + 1;
  }
}

/**
 * Parses a text that holds `${`.
 *
 * @throws {@link InterpolationSyntaxError}
 */
export function parseInterpolated(text: string): Expression {
  return new InterpolationReader(text).readWhole();
}

/**
 * Parses one value: a number, a word, a list, what `oc.decode` understands.
 *
 * @throws {@link InterpolationSyntaxError}
 */
export function parseSingleValue(text: string): Expression {
  return new InterpolationReader(text).readSingle();
}

const MAX_DEPTH = 60;
const KEY = /[^\\{}()[\]:. \t'"]+/y;
const NAME = /[a-zA-Z_][\w-]*/y;
const BLANKS = /[ \t]*/y;
const PRIMITIVE: ReadonlySet<TokenKind> = new Set([
  ...(["id", "null", "int", "float", "bool", "char", ":", "escape", "space"] as const),
]);

class InterpolationReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readWhole(): Expression {
    return { kind: "text", parts: this.#parts(undefined) };
  }

  readSingle(): Expression {
    const value = this.#element();
    if (this.#at < this.#text.length) throw this.#error("the value goes on where it should end");
    return value;
  }

  /** Reads text up to its closing quote, or to the end. Backslashes count in front of `${` and of that quote only. */
  #parts(quote: string | undefined): (string | Interpolation)[] {
    const parts: (string | Interpolation)[] = [];
    let text = "";
    while (this.#at < this.#text.length) {
      const slashes = this.#match(/\\*/y).length;
      const isInterpolation = this.#text.startsWith("${", this.#at);
      const isQuote = quote !== undefined && this.#text[this.#at] === quote;
      if (!isInterpolation && !isQuote) {
        text += "\\".repeat(slashes) + (this.#text[this.#at] ?? "");
        this.#at += 1;
        continue;
      }
      text += "\\".repeat(slashes >> 1);
      if (slashes % 2 === 1) {
        text += isQuote ? quote : "${";
        this.#at += isQuote ? 1 : 2;
      } else if (isQuote) {
        this.#at += 1;
        return text === "" ? parts : [...parts, text];
      } else {
        if (text !== "") parts.push(text);
        text = "";
        parts.push(this.#interpolation());
      }
    }
    if (quote !== undefined) throw this.#error(`the ${quote} is never closed`);
    return text === "" ? parts : [...parts, text];
  }

  #interpolation(): Interpolation {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`);
    this.#at += 2;
    this.#match(BLANKS);
    const start = this.#at;
    const path: (string | Interpolation)[] = [];
    // What may come next: a key, or only a dot, a bracket or the end.
    let isKeyNext = true;
    for (;;) {
      const character = this.#text[this.#at] ?? "";
      if (!isKeyNext && /[ \t}:]/.test(character)) break;
      if (character === ".") {
        path.push(".");
        // Dots at the beginning say how far up; one later is followed by a key.
        if (isKeyNext && path.some((part) => part !== ".")) throw this.#error("a key is missing");
        isKeyNext = true;
        this.#at += 1;
      } else if (character === "[" && (!isKeyNext || path.every((part) => part === "."))) {
        this.#at += 1;
        path.push("[", this.#key(), "]");
        if (this.#text[this.#at] !== "]") throw this.#error("a ']' is missing");
        this.#at += 1;
        isKeyNext = false;
      } else if (isKeyNext) {
        path.push(this.#key());
        isKeyNext = false;
      } else {
        throw this.#error(character === "" ? "the '}' is missing" : `'${character}' is not expected`);
      }
    }
    this.#match(BLANKS);
    const isResolver = this.#text[this.#at] === ":";
    if (isResolver) this.#checkName(path, start);
    const result: Interpolation = isResolver
      ? { kind: "resolver", name: path, args: this.#arguments() }
      : { kind: "node", path };
    this.#match(BLANKS);
    if (this.#text[this.#at] !== "}") throw this.#error("the '}' is missing");
    this.#at += 1;
    this.#depth -= 1;
    return result;
  }

  #key(): string | Interpolation {
    if (this.#text.startsWith("${", this.#at)) return this.#interpolation();
    const key = this.#match(KEY);
    if (key === "") throw this.#error("a key is missing");
    return key;
  }

  #checkName(path: readonly (string | Interpolation)[], start: number): void {
    const isName = path.every((part, at) => {
      if (typeof part !== "string") return at % 2 === 0;
      if (at % 2 === 1) return part === ".";
      NAME.lastIndex = 0;
      return NAME.exec(part)?.[0] === part;
    });
    if (!isName) throw new InterpolationSyntaxError("no name of a resolver stands before the ':'", start);
  }

  #arguments(): Expression[] {
    this.#at += 1;
    this.#match(BLANKS);
    if (this.#isAt("}")) return [];
    const args: Expression[] = [];
    // An argument that is left out is empty text.
    const none: Expression = { kind: "literal", value: "" };
    for (;;) {
      args.push(this.#isAt(",") || this.#isAt("}") ? none : this.#element());
      if (!this.#takeComma()) return args;
    }
  }

  #element(): Expression {
    const character = this.#text[this.#at];
    if (character === "'" || character === '"') {
      this.#at += 1;
      const parts = this.#parts(character);
      // A single interpolation in quotes is text all the same.
      return { kind: "text", parts: parts.length === 1 && typeof parts[0] !== "string" ? ["", ...parts] : parts };
    }
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`);
    const value = character === "[" ? this.#list() : character === "{" ? this.#map() : this.#primitive();
    this.#depth -= 1;
    return value;
  }

  #list(): Expression {
    this.#at += 1;
    this.#match(BLANKS);
    const items: Expression[] = [];
    if (!this.#isAt("]")) {
      const none: Expression = { kind: "literal", value: "" };
      do items.push(this.#isAt(",") || this.#isAt("]") ? none : this.#element());
      while (this.#takeComma());
    }
    this.#close("]");
    return { kind: "list", items };
  }

  #map(): Expression {
    this.#at += 1;
    this.#match(BLANKS);
    const entries: (readonly [ConfigKey, Expression])[] = [];
    if (!this.#isAt("}")) {
      do {
        const key = this.#joined(new Set([...PRIMITIVE].filter((kind) => kind !== ":")), false);
        if (key.kind !== "literal") throw this.#error("a key is missing");
        this.#match(BLANKS);
        if (this.#text[this.#at] !== ":") throw this.#error("a ':' is missing");
        this.#at += 1;
        this.#match(BLANKS);
        entries.push([key.value, this.#element()]);
      } while (this.#takeComma());
    }
    this.#close("}");
    return { kind: "map", entries };
  }

  #primitive(): Expression {
    return this.#joined(PRIMITIVE, true);
  }

  /** Reads what makes up an unquoted value; a single number or word is that, several pieces are text. */
  #joined(allowed: ReadonlySet<TokenKind>, canInterpolate: boolean): Expression {
    const parts: (Token | Interpolation)[] = [];
    for (;;) {
      if (canInterpolate && this.#text.startsWith("${", this.#at)) {
        parts.push(this.#interpolation());
        continue;
      }
      const token = valueTokenAt(this.#text, this.#at);
      if (token === undefined || !allowed.has(token.kind)) break;
      parts.push(token);
      this.#at += token.text.length;
    }
    const [only] = parts;
    if (only === undefined) throw this.#error("a value is missing");
    if (parts.length === 1 && "text" in only) return { kind: "literal", value: valueOf(only) };
    const texts = parts.map((part) => ("text" in part ? textOf(part) : part));
    if (texts.every((part) => typeof part === "string")) return { kind: "literal", value: texts.join("") };
    return { kind: "text", parts: texts };
  }

  #isAt(character: string): boolean {
    const blanks = /[ \t]*/y;
    blanks.lastIndex = this.#at;
    const skipped = blanks.exec(this.#text)?.[0].length ?? 0;
    return this.#text[this.#at + skipped] === character;
  }

  #takeComma(): boolean {
    if (!this.#isAt(",")) return false;
    this.#match(BLANKS);
    this.#at += 1;
    this.#match(BLANKS);
    return true;
  }

  #close(character: string): void {
    this.#match(BLANKS);
    if (this.#text[this.#at] !== character) throw this.#error(`a '${character}' is missing`);
    this.#at += 1;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += match.length;
    return match;
  }

  #error(reason: string): InterpolationSyntaxError {
    return new InterpolationSyntaxError(reason, this.#at);
  }
}

function valueOf(token: Token): string | number | bigint | boolean | null | FloatValue {
  switch (token.kind) {
    case "int":
      return parseInteger(token.text);
    case "float":
      return parseFloatText(token.text);
    case "bool":
      return token.text.toLowerCase() === "true";
    case "null":
      return null;
    default:
      return textOf(token);
  }
}

function textOf({ kind, text }: Token): string {
  return kind === "escape" ? text.replace(/\\([^])/g, "$1") : text;
}
