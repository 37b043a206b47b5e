import { OverrideSyntaxError } from "../errors.ts";
import { setMember, type ConfigKey } from "../values.ts";
import { type Element, type ElementMap, QuotedString } from "./element.ts";
import { callFunction, type FunctionOptions } from "./functions.ts";
import { parseFloatText, parseInteger } from "./numbers.ts";
import type { Token, TokenKind } from "./tokens.ts";

const MAX_DEPTH = 100;
const PRIMITIVE: ReadonlySet<TokenKind> = new Set([
  ...(["id", "null", "int", "float", "bool", "interpolation", "char", ":", "escape", "space"] as const),
]);
const DICT_KEY: ReadonlySet<TokenKind> = new Set(
  [...PRIMITIVE].filter((kind) => kind !== ":" && kind !== "interpolation"),
);

/** Reads tokens one by one, and says where reading stopped. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  peek(offset: number): TokenKind | undefined {
    return this.#tokens[this.#at + offset]?.kind;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  takeIf(kind: TokenKind): boolean {
    if (this.next.kind !== kind) return false;
    this.take();
    return true;
  }

  expect(kind: TokenKind, what: string): Token {
    if (this.next.kind !== kind) throw this.unexpected(what);
    return this.take();
  }

  /** What was written from a place up to here. */
  textSince(start: number): string {
    return this.#text.slice(start, this.next.at);
  }

  unexpected(expected: string): OverrideSyntaxError {
    const { kind, text, at } = this.next;
    const found = kind === "end" ? "it ends" : `'${text.trim() || text}' stands`;
    return this.error(`${found} where ${expected} is expected`, at, hintFor(kind));
  }

  error(reason: string, at = this.next.at, hint?: string): OverrideSyntaxError {
    return new OverrideSyntaxError(this.#text, at + 1, reason, hint);
  }
}

function hintFor(kind: TokenKind): string | undefined {
  if (kind === "=") return "Put a value with = in quotes: key='a=b' (and the whole in the quotes of your shell).";
  if (kind === "quoted") return "Quotes go around a whole value: key='a b'.";
  if (kind === "}" || kind === "(" || kind === "{") {
    return "Put the value in quotes, once for your shell and once for the override: \"key='…'\".";
  }
  return undefined;
}

/** Reads one element: a primitive, a list, a mapping or a function call. */
export function readElement(reader: TokenReader, options: FunctionOptions, depth = 0): Element {
  if (depth > MAX_DEPTH) throw reader.error(`nested deeper than ${MAX_DEPTH} levels`);
  const { kind } = reader.next;
  if (kind === "[") return readList(reader, options, depth + 1);
  if (kind === "{") return readDict(reader, options, depth + 1);
  if (kind === "id" && reader.peek(1) === "(") return readCall(reader, options, depth + 1);
  if (kind === "quoted") return unquote(reader.take().text);
  if (!PRIMITIVE.has(kind)) throw reader.unexpected("a value");
  return readPrimitive(reader, PRIMITIVE);
}

function readList(reader: TokenReader, options: FunctionOptions, depth: number): Element[] {
  reader.take();
  const items: Element[] = [];
  if (reader.takeIf("]")) return items;
  do items.push(readElement(reader, options, depth));
  while (reader.takeIf(","));
  reader.expect("]", "',' or ']'");
  return items;
}

function readDict(reader: TokenReader, options: FunctionOptions, depth: number): ElementMap {
  reader.take();
  const map: ElementMap = new Map();
  if (reader.takeIf("}")) return map;
  do {
    if (!DICT_KEY.has(reader.next.kind)) throw reader.unexpected("a key");
    const key = readPrimitive(reader, DICT_KEY);
    reader.expect(":", "':'");
    setMember(map, key, readElement(reader, options, depth));
  } while (reader.takeIf(","));
  reader.expect("}", "',' or '}'");
  return map;
}

function readCall(reader: TokenReader, options: FunctionOptions, depth: number): Element {
  const start = reader.next.at;
  const name = reader.take().text;
  reader.take();
  const positional: Element[] = [];
  const named = new Map<string, Element>();
  if (!reader.takeIf(")")) {
    do {
      if (reader.next.kind === "id" && reader.peek(1) === "=") {
        const argument = reader.take().text;
        reader.take();
        named.set(argument, readElement(reader, options, depth));
      } else {
        if (named.size > 0) throw reader.error("a value without a name follows one with a name");
        positional.push(readElement(reader, options, depth));
      }
    } while (reader.takeIf(","));
    reader.expect(")", "',' or ')'");
  }
  return callFunction({ name, positional, named }, options, (reason, hint) => reader.error(reason, start, hint));
}

type Primitive = Exclude<ConfigKey, undefined>;

/** Joins what may stand in an unquoted value. One token by itself may be a number or a word; several are text. */
function readPrimitive(reader: TokenReader, allowed: ReadonlySet<TokenKind>): Primitive {
  const start = reader.next.at;
  const tokens: Token[] = [];
  while (allowed.has(reader.next.kind)) tokens.push(reader.take());
  if (tokens[0]?.kind === "space") {
    if (tokens.length === 1) throw reader.error("a value of blanks only", start, "Put it in quotes: key=' '.");
    tokens.shift();
  }
  if (tokens.at(-1)?.kind === "space") tokens.pop();
  const [only] = tokens;
  if (tokens.length === 1 && only !== undefined) return valueOf(only);
  return tokens.map((token) => (token.kind === "escape" ? unescape(token.text) : token.text)).join("");
}

function valueOf({ kind, text }: Token): Primitive {
  switch (kind) {
    case "int":
      return parseInteger(text);
    case "float":
      return parseFloatText(text);
    case "bool":
      return text.toLowerCase() === "true";
    case "null":
      return null;
    case "escape":
      return unescape(text);
    default:
      return text;
  }
}

/** Every other character, for each is behind a backslash. */
function unescape(text: string): string {
  return text.replace(/\\([^])/g, "$1");
}

/** Takes quotes off; backslashes count only in front of a quote of the kind around it, the closing one included. */
function unquote(text: string): QuotedString {
  const quote = text[0] === '"' ? '"' : "'";
  const inner = text
    .slice(1, -1)
    .replace(quote === '"' ? /(\\+)("|$)/g : /(\\+)('|$)/g, (_, run: string, end: string) => {
      return "\\".repeat(run.length >> 1) + end;
    });
  return new QuotedString(inner, quote);
}
