/** Tells whether one character is meant. */
export type CharacterTest = (character: string) => boolean;

/** A part of a regular expression. */
export type PatternNode =
  | { readonly kind: "empty" | "start" | "end" | "boundary" | "no-boundary" }
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly min: number; readonly max: number };

/** What is wrong with a regular expression, and where. */
export class PatternError extends Error {
  /** 0-based place in the pattern. */
  readonly index: number;
  readonly hint: string | undefined;

  constructor(message: string, index: number, hint?: string) {
    super(message);
    this.name = "PatternError";
    this.index = index;
    this.hint = hint;
  }
}

/** More repetitions than that are not counted out. */
const MAX_COUNT = 1000;
const MAX_DEPTH = 100;
const SETS: Readonly<Record<string, RegExp>> = { d: /\d/u, w: /[\p{L}\p{N}_]/u, s: /\s/u };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", "0": "\0" };

/**
 * Parses a regular expression as JavaScript and Python write it: `. ^ $ | ( ) (?: ) [ ] * + ? { }`, `\d \w \s \b` and
 * their opposites, lazy quantifiers (which change nothing about whether it matches), and `(?i)` in front for any case.
 *
 * @throws {@link PatternError} for anything else, look-around and back references among it.
 */
export function parsePattern(source: string): PatternNode {
  return new PatternParser(source).parse();
}

class PatternParser {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): PatternNode {
    if (this.#source.startsWith("(?i)")) {
      this.#ignoresCase = true;
      this.#at = 4;
    }
    const node = this.#choice();
    if (this.#at < this.#source.length) this.#fail("There is no bracket that this one closes");
    return node;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: "choice", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#source.length && !/[|)]/u.test(this.#peek())) parts.push(this.#repeated());
    return parts.length === 0 ? { kind: "empty" } : { kind: "sequence", parts };
  }

  #repeated(): PatternNode {
    let node = this.#atom();
    for (;;) {
      const start = this.#at;
      const range = this.#quantifier();
      if (range === undefined) return node;
      if (node.kind === "repeat") this.#fail("There is nothing to repeat", start);
      this.#take("?");
      node = { kind: "repeat", part: node, ...range };
    }
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    const [whole, low, comma, high] = /^\{(\d+)(,?)(\d*)\}/u.exec(this.#source.slice(this.#at)) ?? [];
    if (whole === undefined) return undefined;
    const start = this.#at;
    this.#at += whole.length;
    const min = Number(low);
    const max = comma === "" ? min : high === "" ? Infinity : Number(high);
    if (min > MAX_COUNT || (max !== Infinity && max > MAX_COUNT)) {
      this.#fail(`More than ${MAX_COUNT} repetitions cannot be counted`, start);
    }
    if (max < min) this.#fail("The second number is below the first", start);
    return { min, max };
  }

  #atom(): PatternNode {
    const start = this.#at;
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group(start);
      case "[":
        return this.#class(start);
      case ".":
        return { kind: "character", test: (one) => one !== "\n" };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "*":
      case "+":
      case "?":
        return this.#fail("There is nothing to repeat", start);
      case "\\":
        return this.#escape(start);
      default:
        return this.#literal(character);
    }
  }

  #group(start: number): PatternNode {
    if (this.#peek() === "?" && !this.#source.startsWith("?:", this.#at)) {
      this.#fail("This kind of group cannot be used here", start, "Look-around is left out, so that no query is slow.");
    }
    if (this.#peek() === "?") this.#at += 2;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail("The pattern is nested too deeply", start);
    const inner = this.#choice();
    this.#depth -= 1;
    if (!this.#take(")")) this.#fail("The bracket that opens here is not closed", start);
    return inner;
  }

  #class(start: number): PatternNode {
    const isNegated = this.#take("^");
    const tests: CharacterTest[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) {
      if (this.#at >= this.#source.length) this.#fail("The bracket that opens here is not closed", start);
      tests.push(this.#classItem());
    }
    this.#at += 1;
    return { kind: "character", test: (one) => tests.some((test) => test(one)) !== isNegated };
  }

  #classItem(): CharacterTest {
    const start = this.#at;
    const low = this.#classCharacter();
    if (typeof low !== "string") return low;
    if (this.#peek() !== "-" || this.#source[this.#at + 1] === "]" || this.#at + 1 >= this.#source.length) {
      return this.#same(low);
    }
    this.#at += 1;
    const high = this.#classCharacter();
    const [from, to] = [low.codePointAt(0) ?? 0, typeof high === "string" ? (high.codePointAt(0) ?? 0) : -1];
    if (to < from) this.#fail("The range ends before it begins", start);
    const isInside = (one: string): boolean => {
      const code = one.codePointAt(0) ?? 0;
      return code >= from && code <= to;
    };
    return this.#ignoresCase ? (one) => isInside(one.toLowerCase()) || isInside(one.toUpperCase()) : isInside;
  }

  #classCharacter(): string | CharacterTest {
    const start = this.#at;
    const character = this.#next();
    if (character !== "\\") return character;
    const escaped = this.#next();
    return escaped === "b" ? "\b" : (this.#setOf(escaped) ?? this.#escaped(escaped, start));
  }

  #escape(start: number): PatternNode {
    const character = this.#next();
    if (character === "") this.#fail("The pattern ends after a backslash", start);
    if (character === "b") return { kind: "boundary" };
    if (character === "B") return { kind: "no-boundary" };
    const test = this.#setOf(character);
    return test === undefined ? this.#literal(this.#escaped(character, start)) : { kind: "character", test };
  }

  #setOf(character: string): CharacterTest | undefined {
    const set = SETS[character.toLowerCase()];
    if (set === undefined) return undefined;
    const isNegated = character !== character.toLowerCase();
    return (one) => set.test(one) !== isNegated;
  }

  #escaped(character: string, start: number): string {
    const control = CONTROLS[character];
    if (control !== undefined) return control;
    const length = character === "x" ? 2 : character === "u" ? 4 : 0;
    const digits = this.#source.slice(this.#at, this.#at + length);
    if (length > 0 && digits.length === length && /^[\da-f]+$/iu.test(digits)) {
      this.#at += length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (/[\p{L}\p{N}]/u.test(character)) {
      this.#fail(
        `'\\${character}' cannot be used here`,
        start,
        "Escapes are \\d \\w \\s \\b, their opposites, and signs.",
      );
    }
    return character;
  }

  #literal(character: string): PatternNode {
    return { kind: "character", test: this.#same(character) };
  }

  #same(character: string): CharacterTest {
    if (!this.#ignoresCase) return (one) => one === character;
    const lower = character.toLowerCase();
    return (one) => one.toLowerCase() === lower;
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  /** Takes one code point; empty at the end. */
  #next(): string {
    const code = this.#source.codePointAt(this.#at);
    const character = code === undefined ? "" : String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(message: string, index = this.#at, hint?: string): never {
    throw new PatternError(message, index, hint);
  }
}
