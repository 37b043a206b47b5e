/** What a piece of an override is. The names of the second line are the characters themselves. */
export type TokenKind =
  | ("id" | "special" | "path" | "float" | "int" | "bool" | "null" | "char" | "escape" | "space" | "quoted")
  | ("=" | "~" | "+" | "@" | ":" | "/" | "(" | "," | ")" | "[" | "]" | "{" | "}")
  | ("interpolation" | "end");

export interface Token {
  readonly kind: TokenKind;
  /** As written, with the blanks that belong to it. */
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

const UNSIGNED = String.raw`(?:0|[1-9](?:_?\d)*)`;
const FRACTION = String.raw`(?:${UNSIGNED}?\.\d(?:_?\d)*|${UNSIGNED}\.)`;
const EXPONENT = String.raw`[eE][+-]?\d(?:_?\d)*`;
const SPECIAL = String.raw`[a-zA-Z_$][\w\-$]*`;

/** What stands before the `=`, in Hydra's order: where two match as much, the first counts. */
const KEY_RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ["=", /=[ \t]*/y],
  ["~", /~/y],
  ["+", /\+/y],
  ["@", /@/y],
  [":", /:/y],
  ["/", /\//y],
  ["id", /[a-zA-Z_][\w-]*/y],
  ["special", new RegExp(SPECIAL, "y")],
  ["path", new RegExp(`(?:${SPECIAL}|${UNSIGNED})(?:\\.(?:${SPECIAL}|${UNSIGNED}))+`, "y")],
];

const VALUE_RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ["(", /[ \t]*\([ \t]*/y],
  [",", /[ \t]*,[ \t]*/y],
  [")", /[ \t]*\)/y],
  ["[", /\[[ \t]*/y],
  ["]", /[ \t]*\]/y],
  ["{", /\{[ \t]*/y],
  ["}", /[ \t]*\}/y],
  [":", /[ \t]*:[ \t]*/y],
  ["=", /[ \t]*=[ \t]*/y],
  ["float", new RegExp(`[+-]?(?:(?:${FRACTION}|${UNSIGNED})${EXPONENT}|${FRACTION}|[Ii][Nn][Ff]|[Nn][Aa][Nn])`, "y")],
  ["int", new RegExp(`[+-]?${UNSIGNED}`, "y")],
  ["bool", /true|false/iy],
  ["null", /null/iy],
  ["char", /[/\-\\+.$%*@?|]/y],
  ["id", /[a-zA-Z_][\w-]*/y],
  ["escape", /(?:\\[\\()[\]{}:=, \t])+/y],
  ["space", /[ \t]+/y],
  // Ends at the first quote of its kind that an even number of backslashes stands before.
  ["quoted", /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y],
  ["interpolation", /\$\{[^}]+\}/y],
];

/** Values without interpolations. */
const PLAIN_RULES = VALUE_RULES.filter(([kind]) => kind !== "interpolation");

/** A character that begins nothing. */
export interface BadCharacter {
  readonly badAt: number;
}

/**
 * Splits an override into tokens, as the lexer of Hydra 1.3 does: the longest match counts, and everything behind the
 * first `=` is read by the rules of values.
 *
 * @returns The tokens with an `end`, or where no rule matches.
 */
export function tokenize(text: string): readonly Token[] | BadCharacter {
  return split(text, KEY_RULES);
}

function split(text: string, first: readonly (readonly [TokenKind, RegExp])[]): readonly Token[] | BadCharacter {
  const tokens: Token[] = [];
  let rules = first;
  // Looked for once: without it nothing ends an interpolation, however often one begins.
  const lastBrace = text.lastIndexOf("}");
  for (let at = 0; at < text.length;) {
    const token = longestMatch(text, at, rules === VALUE_RULES && at > lastBrace ? PLAIN_RULES : rules);
    if (token === undefined) return { badAt: at };
    tokens.push(token);
    at += token.text.length;
    if (token.kind === "=") rules = VALUE_RULES;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function longestMatch(text: string, at: number, rules: readonly (readonly [TokenKind, RegExp])[]): Token | undefined {
  let best: Token | undefined;
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match !== undefined && match.length > (best?.text.length ?? 0)) best = { kind, text: match, at };
  }
  return best;
}

/** Reads one token of a value at a place, no interpolation; `undefined` where no rule matches. */
export function valueTokenAt(text: string, at: number): Token | undefined {
  return longestMatch(text, at, PLAIN_RULES);
}
