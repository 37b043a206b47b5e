/**
 * Reads the YAML that DVC writes and most people type, many times faster than the full parser: block mappings and lists
 * of values on one line. Anything else, and everything that may be a mistake, is left to the full parser.
 */

/** Leaves the text to the full parser. */
class NotSimple extends Error {}

/** The full parser has a limit for keys; theirs is longer. */
const KEY = /^([A-Za-z0-9_][\w./@+=~-]{0,500}):(?: +(.+))?$/;
/** What the full parser should look at: control characters, tabs, carriage returns, odd blanks, byte order marks. */
const ODD = /[^\n\x20-\x7e\u00a1-\u167f\u1681-\u1fff\u3001-\ud7ff]/;
const PLAIN_START = /^(?:[A-Za-z0-9_./~+$(\\^=;<\u00a1-\u167f\u1681-\u1fff\u3001-\ud7ff]|-[^ ])/;
/** Where a plain value would end, or what it may not hold. */
const NOT_PLAIN = /: |:$| #/;
const QUOTED = /^(?:'([^']*)'|"([^"\\]*)")$/;
const MAX_DEPTH = 60;
const MAX_VALUES = 500_000;

/**
 * Parses a text whose top level is a block mapping, when it holds nothing but plain and quoted values on one line, block
 * mappings, block lists, comments on lines of their own, `{}` and `[]`.
 *
 * @param resolve - Makes a value of a plain scalar.
 * @param keyOf - Makes the text of a key of what a plain scalar became; `undefined` for what cannot be one.
 * @returns Objects without prototype; `undefined` when the text is not that simple.
 */
export function parseSimpleYaml(
  text: string,
  resolve: (plain: string) => unknown,
  keyOf: (value: unknown) => string | undefined,
): Record<string, unknown> | undefined {
  if (ODD.test(text)) return undefined;
  try {
    return new SimpleReader(text, resolve, keyOf).read();
  } catch (error) {
    if (error instanceof NotSimple) return undefined;
    throw error;
  }
}

class SimpleReader {
  readonly #resolve: (plain: string) => unknown;
  readonly #keyOf: (value: unknown) => string | undefined;
  /** Of each line that is neither empty nor a comment: blanks before its content, and the content. */
  readonly #columns: number[] = [];
  readonly #contents: string[] = [];
  #at = 0;
  #values = 0;

  constructor(text: string, resolve: (plain: string) => unknown, keyOf: (value: unknown) => string | undefined) {
    this.#resolve = resolve;
    this.#keyOf = keyOf;
    for (const line of text.split("\n")) {
      const content = line.trim();
      if (content === "" || content.startsWith("#")) continue;
      this.#columns.push(line.length - line.trimStart().length);
      this.#contents.push(content);
    }
  }

  read(): Record<string, unknown> {
    if (this.#columns[0] !== 0) throw new NotSimple();
    const value = this.#mapping(0, 0);
    if (this.#at < this.#contents.length) throw new NotSimple();
    return value;
  }

  #mapping(column: number, depth: number): Record<string, unknown> {
    if (depth > MAX_DEPTH) throw new NotSimple();
    const result = Object.create(null) as Record<string, unknown>;
    while (this.#columns[this.#at] === column) {
      const match = KEY.exec(this.#contents[this.#at] as string);
      if (match === null) throw new NotSimple();
      const key = this.#keyOf(this.#resolve(match[1] as string));
      if (key === undefined || key in result) throw new NotSimple();
      this.#at += 1;
      const value = match[2];
      result[key] = value === undefined ? this.#below(column, depth) : this.#scalar(value, column);
    }
    return result;
  }

  /** Reads what belongs to a key that has nothing behind it. */
  #below(column: number, depth: number): unknown {
    const next = this.#columns[this.#at];
    if (next === undefined || next < column) return null;
    if (this.#isItem(this.#at)) return this.#list(next, column, depth + 1);
    if (next === column) return null;
    const value = this.#mapping(next, depth + 1);
    this.#refuseDeeper(column);
    return value;
  }

  #list(column: number, parent: number, depth: number): unknown[] {
    if (depth > MAX_DEPTH) throw new NotSimple();
    const result: unknown[] = [];
    while (this.#columns[this.#at] === column && this.#isItem(this.#at)) {
      const content = this.#contents[this.#at] as string;
      const rest = content.slice(1).trimStart();
      if (KEY.test(rest)) {
        // The mapping begins behind the dash, and goes on at that column.
        const inner = column + content.length - rest.length;
        this.#columns[this.#at] = inner;
        this.#contents[this.#at] = rest;
        result.push(this.#mapping(inner, depth + 1));
        this.#refuseDeeper(column);
      } else {
        this.#at += 1;
        result.push(this.#scalar(rest, column));
      }
    }
    this.#refuseDeeper(parent);
    return result;
  }

  #scalar(text: string, column: number): unknown {
    // A line further in goes on with this value.
    this.#refuseDeeper(column);
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw new NotSimple();
    if (PLAIN_START.test(text)) {
      if (NOT_PLAIN.test(text)) throw new NotSimple();
      return this.#resolve(text);
    }
    if (text === "[]") return [];
    if (text === "{}") return Object.create(null);
    const quoted = QUOTED.exec(text);
    if (quoted === null) throw new NotSimple();
    return quoted[1] ?? quoted[2];
  }

  #isItem(at: number): boolean {
    return this.#contents[at]?.startsWith("- ") === true;
  }

  #refuseDeeper(column: number): void {
    if ((this.#columns[this.#at] ?? 0) > column) throw new NotSimple();
  }
}
