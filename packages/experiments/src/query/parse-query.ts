import { InvalidQueryError } from "./errors.ts";
import { isTimeUnit, parseMoment } from "./moment.ts";
import type { Comparison, Condition, FieldName, Literal, Query } from "./query.ts";
import { compilePattern, PatternError } from "./safe-pattern.ts";
import { type Token, tokenize } from "./tokens.ts";

/** Options of {@link parseQuery}. */
export interface ParseQueryOptions {
  /** What `2d ago` counts from, in milliseconds since the epoch. Default: now. */
  readonly now?: number;
}

/**
 * Parses a query such as `metrics.acc > 0.9 and params.lr in (0.1, 0.01) and not tag = broken`.
 *
 * ```
 * query      = and { "or" and }
 * and        = not { "and" not }
 * not        = "not" not | "(" query ")" | condition
 * condition  = field operator value | field [ "not" ] "in" "(" value { "," value } ")"
 *            | field "is" [ "not" ] "null" | field "exists"
 * operator   = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"
 * ```
 *
 * Words are separated by space; a field or value with other characters stands in quotes. Keywords may be upper case.
 *
 * @throws {@link InvalidQueryError} that shows the place of what is wrong.
 * @see docs/experiments.md#queries
 */
export function parseQuery(text: string, options: ParseQueryOptions = {}): Query {
  return new QueryParser(text, options.now ?? Date.now()).parse();
}

const KEYWORDS = new Set(["and", "or", "not", "in", "is", "null", "exists"]);
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
/** Deeper brackets come from no person, and would exhaust the stack. */
const MAX_DEPTH = 200;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;

class QueryParser {
  readonly #text: string;
  readonly #now: number;
  readonly #tokens: readonly Token[];
  readonly #fields: FieldName[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string, now: number) {
    this.#text = text;
    this.#now = now;
    this.#tokens = tokenize(text);
  }

  parse(): Query {
    if (this.#isNext("end")) this.#fail("The query is empty");
    const condition = this.#either();
    if (!this.#isNext("end")) {
      const hint = "A value with spaces, brackets or signs stands in quotes.";
      this.#fail(`Expected 'and' or 'or' before '${this.#next.text}'`, this.#next, hint);
    }
    return { text: this.#text, condition, fields: this.#fields };
  }

  #either(): Condition {
    return this.#joined("or", () => this.#joined("and", () => this.#negation()));
  }

  #joined(kind: "and" | "or", part: () => Condition): Condition {
    const first = part();
    const parts = [first];
    while (this.#takeWord(kind)) parts.push(part());
    return parts.length === 1 ? first : { kind, parts };
  }

  #negation(): Condition {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail("The query is nested too deeply");
    try {
      if (this.#takeWord("not")) return { kind: "not", part: this.#negation() };
      if (!this.#isNext("(")) return this.#condition();
      const open = this.#take();
      const inner = this.#either();
      if (!this.#isNext(")")) this.#fail("The bracket that opens here is not closed", open);
      this.#take();
      return inner;
    } finally {
      this.#depth -= 1;
    }
  }

  #condition(): Condition {
    const field = this.#field();
    if (this.#takeWord("exists")) return { kind: "missing", field, isNegated: true };
    if (this.#takeWord("is")) {
      const isNegated = this.#takeWord("not");
      if (!this.#takeWord("null")) this.#fail("Expected 'null' after 'is'");
      return { kind: "missing", field, isNegated };
    }
    if (this.#isWord("not") || this.#isWord("in")) {
      const isNegated = this.#takeWord("not");
      if (!this.#takeWord("in")) this.#fail("Expected 'in' after 'not'");
      return { kind: "in", field, literals: this.#list(field), isNegated };
    }
    if (!this.#isNext("operator")) {
      this.#fail(
        `Expected an operator after '${field.text}'`,
        this.#next,
        "Operators are = != < <= > >= ~ !~, `in (…)`, `is null`, `is not null` and `exists`.",
      );
    }
    const { text } = this.#take();
    const comparison = COMPARISONS[text];
    if (comparison === undefined) return this.#pattern(field, text === "!~");
    return { kind: "compare", field, operator: comparison, literal: this.#literal(field) };
  }

  #field(): FieldName {
    const token = this.#next;
    if (token.kind === "end") this.#fail("The query ends where a condition should follow");
    const isName = token.kind === "quoted" || (token.kind === "word" && !KEYWORDS.has(token.text.toLowerCase()));
    if (!isName || token.text === "") this.#fail(`Expected the name of a field, not '${token.text}'`);
    this.#take();
    let { text } = token;
    // `metrics."my loss"` and `"my file.yaml":lr` are one name.
    while (this.#isGlued(text)) text += this.#take().text;
    const field = { text, column: token.column };
    this.#fields.push(field);
    return field;
  }

  /** Whether the next token goes on where the last one ended, as one name partly in quotes. */
  #isGlued(text: string): boolean {
    const before = this.#tokens[this.#at - 1];
    if (before === undefined || (!this.#isNext("quoted") && !this.#isNext("word"))) return false;
    if (before.kind === this.#next.kind || /\s/u.test(this.#text[this.#next.column - 1] ?? " ")) return false;
    return before.kind === "quoted" || text.endsWith(".") || text.endsWith(":");
  }

  #pattern(field: FieldName, isNegated: boolean): Condition {
    const token = this.#value();
    try {
      return { kind: "match", field, pattern: compilePattern(token.text), isNegated };
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const column = token.column + (token.kind === "quoted" ? 1 : 0) + error.index;
      throw new InvalidQueryError(this.#text, Math.min(column, this.#text.length), error.message, error.hint);
    }
  }

  #list(field: FieldName): Literal[] {
    if (!this.#isNext("(")) this.#fail("Expected a list in brackets after 'in'");
    const open = this.#take();
    const literals = [this.#literal(field)];
    while (this.#isNext(",")) {
      this.#take();
      literals.push(this.#literal(field));
    }
    if (this.#isNext("end")) this.#fail("The bracket that opens here is not closed", open);
    if (!this.#isNext(")")) this.#fail(`Expected ',' or ')' before '${this.#next.text}'`);
    this.#take();
    return literals;
  }

  #literal(field: FieldName): Literal {
    const token = this.#value();
    const { text } = token;
    if (token.kind === "word" && text.toLowerCase() === "null") {
      this.#fail(
        "Nothing is equal to null",
        token,
        `Write \`${field.text} is null\` or \`${field.text} is not null\`.`,
      );
    }
    if (field.text === "created") return this.#date(token);
    return { text, value: token.kind === "quoted" ? text : readValue(text) };
  }

  #date(first: Token): Literal {
    const words = [first.text];
    const isCount = first.kind === "word" && /^\d/u.test(first.text);
    if (isCount && this.#isNext("word") && isTimeUnit(this.#next.text)) words.push(this.#take().text);
    if (isCount && this.#isWord("ago")) words.push(this.#take().text);
    const text = words.join(" ");
    const moment = parseMoment(text, this.#now);
    if (moment !== undefined) return { text, value: text, moment };
    return this.#fail(
      `'${text}' is no date`,
      first,
      'Dates are `2d ago`, `today`, `2026-11-01`, or with a time "2026-11-01 14:30".',
    );
  }

  #value(): Token {
    const token = this.#next;
    if (token.kind === "end") this.#fail("The query ends where a value should follow");
    if (token.kind !== "word" && token.kind !== "quoted") {
      this.#fail(`Expected a value, not '${token.text}'`, token, "A value with such characters stands in quotes.");
    }
    return this.#take();
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #isNext(kind: Token["kind"]): boolean {
    return this.#next.kind === kind;
  }

  #isWord(word: string): boolean {
    return this.#isNext("word") && this.#next.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#take();
    return true;
  }

  #fail(problem: string, token: Token = this.#next, hint?: string): never {
    throw new InvalidQueryError(this.#text, token.column, problem, hint);
  }
}

/** Reads an unquoted value: a number or a boolean where it is one, text otherwise. */
function readValue(text: string): Literal["value"] {
  const word = text.toLowerCase();
  if (word === "true" || word === "false") return word === "true";
  if (/^[+-]?\d+$/u.test(text)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text.replace(/^\+/u, ""));
  }
  if (NUMBER.test(text)) return Number(text);
  if (word === "nan") return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/u.exec(word);
  return infinity === null ? text : infinity[1] === "-" ? -Infinity : Infinity;
}
