import { CacheConfigError } from "../errors.ts";

/** A value of a configuration file: text, or a list where the file has commas. */
export type ConfigValue = string | readonly string[];

const SPACE = /[^\S\n]/u;
/** What an unquoted value may neither begin nor end with. */
const NEEDS_QUOTES = new Set([" ", "\t", "\r", "\v", "\f", "'", '"']);

/**
 * Parses what stands behind `key =` on one line: text, quoted or not, several of them with commas between, and a
 * comment. `#` begins a comment everywhere but in quotes, as in DVC.
 *
 * @returns `undefined` when it is none of these: a quote without its end, say.
 */
export function parseConfigValue(text: string): ConfigValue | undefined {
  const items: string[] = [];
  let at = skipSpace(text, 0);
  if (at === text.length || text[at] === "#") return "";
  if (text[at] === ",") return isEnd(text, at + 1) ? [] : undefined;
  for (;;) {
    const item = readItem(text, at);
    if (item === undefined) return undefined;
    items.push(item.value);
    at = skipSpace(text, item.end);
    if (at === text.length || text[at] === "#") return items.length === 1 ? items[0] : items;
    // The item ended at a comma, and a comma may end a list.
    at = skipSpace(text, at + 1);
    if (at === text.length || text[at] === "#") return items;
  }
}

/**
 * Writes a value so that it reads back the same: unquoted where possible, else in quotes, in three of them when it
 * has line breaks or both kinds of quotes.
 *
 * @throws {@link CacheConfigError} for text that the format has no way to write.
 */
export function formatConfigValue(value: ConfigValue): string {
  if (typeof value === "string") return quote(value, true);
  if (value.length === 0) return ",";
  const items = value.map((item) => quote(item, false));
  return items.length === 1 ? `${items.join("")},` : items.join(", ");
}

/** Writes a key or the name of a section. */
export function formatConfigName(name: string): string {
  return quote(name, false);
}

function quote(text: string, canTriple: boolean): string {
  if (text === "") return '""';
  if (/%\([^)]*\)s/u.test(text)) {
    throw new CacheConfigError("'%(…)s' would be taken for the value of another key", text, "Use other text.");
  }
  const hasBoth = text.includes("'") && text.includes('"');
  if (hasBoth || text.includes("\n")) {
    const mark = ['"""', "'''"].find((candidate) => !text.includes(candidate) && !text.endsWith(candidate[0] ?? ""));
    if (canTriple && mark !== undefined && !text.includes("\r")) return `${mark}${text}${mark}`;
    throw new CacheConfigError("the format has no quotes for such a value", JSON.stringify(text), "Use other text.");
  }
  const isBare = !NEEDS_QUOTES.has(text[0] ?? "") && !NEEDS_QUOTES.has(text.at(-1) ?? "") && !/[,#]/u.test(text);
  if (isBare) return text;
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

function readItem(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  const first = text[start] as string;
  if (first === ",") return undefined;
  if (first === "'" || first === '"') {
    // A quote inside ends nothing unless a comma, a comment or the end of the line follows.
    for (let end = text.indexOf(first, start + 1); end !== -1; end = text.indexOf(first, end + 1)) {
      const next = skipSpace(text, end + 1);
      if (next === text.length || text[next] === "," || text[next] === "#") {
        return { value: text.slice(start + 1, end), end: end + 1 };
      }
    }
    return undefined;
  }
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "#") end += 1;
  return { value: text.slice(start, end).trimEnd(), end };
}

function isEnd(text: string, from: number): boolean {
  const at = skipSpace(text, from);
  return at === text.length || text[at] === "#";
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text[at] as string)) at += 1;
  return at;
}
