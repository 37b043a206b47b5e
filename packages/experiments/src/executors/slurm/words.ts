import { SbatchOptionsError } from "./errors.ts";

const SPACE = /\s/u;
/** What a backslash takes its meaning from inside double quotes. */
const ESCAPED = new Set(['"', "\\", "$", "`"]);

/**
 * Splits a text into words as a shell does: blanks part words, quotes and backslashes keep them together. Nothing is
 * replaced: `$` and backquotes stand for themselves.
 *
 * @throws {@link SbatchOptionsError} when a quote is not closed.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    const next = text[at + 1];
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (char === "\\" && quote === '"' && next !== undefined && ESCAPED.has(next)) {
        word = (word ?? "") + next;
        at += 1;
      } else word = (word ?? "") + char;
    } else if (SPACE.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === "\\" && next !== undefined) {
      word = (word ?? "") + next;
      at += 1;
    } else word = (word ?? "") + char;
  }
  if (quote !== undefined) {
    throw new SbatchOptionsError(`a ${quote} is never closed in: ${text}`, "Close it, or put a backslash before it.");
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Quotes a word so that a POSIX shell takes it as it is, whatever it holds. */
export function quoteWord(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
