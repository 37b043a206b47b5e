import { InvalidQueryError } from "./errors.ts";

/** One word of a query. */
export interface Token {
  readonly kind: "word" | "quoted" | "operator" | "(" | ")" | "," | "end";
  /** What it says: of a quoted text what stands between the quotes. */
  readonly text: string;
  /** 0-based place in the query. */
  readonly column: number;
}

const SPACE = /\s+/uy;
const OPERATOR = /==|!=|<=|>=|!~|=|<|>|~/uy;
const WORD = /[^\s()=!<>~,"']+/uy;
/** Longer ones come from no person. */
const MAX_LENGTH = 10_000;

/**
 * Splits a query into words, operators, quoted texts and brackets; the last token is always `end`. Inside quotes a
 * backslash takes the next character as it is.
 *
 * @throws {@link InvalidQueryError}
 */
export function tokenize(query: string): Token[] {
  if (query.length > MAX_LENGTH) {
    throw new InvalidQueryError(query, MAX_LENGTH, `The query is longer than ${MAX_LENGTH} characters`);
  }
  const tokens: Token[] = [];
  const take = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  for (let at = 0; at < query.length;) {
    const space = take(SPACE, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const character = query[at] as string;
    if (character === "(" || character === ")" || character === ",") {
      tokens.push({ kind: character, text: character, column: at });
      at += 1;
    } else if (character === '"' || character === "'") {
      const { text, end } = readQuoted(query, at);
      tokens.push({ kind: "quoted", text, column: at });
      at = end;
    } else {
      const operator = take(OPERATOR, at);
      const text = operator ?? take(WORD, at);
      if (text === undefined) throw new InvalidQueryError(query, at, `'${character}' means nothing here`);
      tokens.push({ kind: operator === undefined ? "word" : "operator", text, column: at });
      at += text.length;
    }
  }
  return [...tokens, { kind: "end", text: "", column: query.length }];
}

function readQuoted(query: string, start: number): { readonly text: string; readonly end: number } {
  const quote = query[start];
  let text = "";
  for (let at = start + 1; at < query.length; at += 1) {
    const character = query[at] as string;
    if (character === quote) return { text, end: at + 1 };
    const next = query[at + 1];
    // A pattern keeps its backslashes: only quotes and the backslash itself need one here.
    const isEscape = character === "\\" && (next === quote || next === "\\");
    text += isEscape ? next : character;
    if (isEscape) at += 1;
  }
  throw new InvalidQueryError(query, start, "The text that begins here has no closing quote");
}
