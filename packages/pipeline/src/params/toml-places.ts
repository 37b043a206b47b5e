/** A key with its value in a TOML file. */
export interface TomlEntry {
  readonly keys: readonly string[];
  /** Indexes of the first character of the value and behind the last. */
  readonly start: number;
  readonly end: number;
  /** The whole lines it takes. */
  readonly lines: Lines;
}

/** A table, or one of an array of tables; the first stands for what comes before all headers. */
export interface TomlTable {
  /** Items of an array of tables are named by their index. */
  readonly keys: readonly string[];
  /** From its header to the next one. */
  readonly lines: Lines;
  readonly entries: readonly TomlEntry[];
}

interface Lines {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds where the values of a TOML file stand.
 *
 * @param text - A file that parses.
 */
export function findTomlPlaces(text: string): readonly TomlTable[] {
  const tables: { keys: readonly string[]; lines: Lines; entries: TomlEntry[] }[] = [];
  const counts = new Map<string, number>();
  let current = { keys: [] as readonly string[], lines: { start: 0, end: text.length }, entries: [] as TomlEntry[] };
  tables.push(current);
  for (let at = 0; at < text.length;) {
    const start = at;
    at = skip(text, at, /[ \t\r\n]*/y);
    const lineOf = text.lastIndexOf("\n", at - 1) + 1;
    if (at >= text.length) break;
    if (text[at] === "#") at = endOfLine(text, at);
    else if (text[at] === "[") {
      const isArray = text.startsWith("[[", at);
      const { keys, next } = readKeys(text, at + (isArray ? 2 : 1));
      current.lines = { start: current.lines.start, end: lineOf };
      current = { keys: indexed(keys, isArray, counts), lines: { start: lineOf, end: text.length }, entries: [] };
      tables.push(current);
      at = endOfLine(text, next);
    } else {
      const { keys, next } = readKeys(text, at);
      const value = skip(text, skip(text, next, /=/y), /[ \t]*/y);
      const end = skipValue(text, value);
      at = endOfLine(text, end);
      const path = [...current.keys, ...keys];
      current.entries.push({ keys: path, start: value, end, lines: { start: lineOf, end: at } });
    }
    // What is no TOML was refused before; this only makes sure that there is an end.
    if (at <= start) at = start + 1;
  }
  return tables;
}

/** Names the item of an array of tables that a header begins, or that a table below it belongs to. */
function indexed(keys: readonly string[], isArray: boolean, counts: Map<string, number>): readonly string[] {
  const path: string[] = [];
  keys.forEach((key, at) => {
    path.push(key);
    const id = path.join("\0");
    const isOwn = isArray && at === keys.length - 1;
    const count = counts.get(id);
    if (isOwn) counts.set(id, (count ?? -1) + 1);
    const index = counts.get(id);
    if (index !== undefined) path.push(`${index}`);
  });
  return path;
}

function readKeys(text: string, start: number): { readonly keys: string[]; readonly next: number } {
  const keys: string[] = [];
  let at = start;
  for (;;) {
    at = skip(text, at, /[ \t]*/y);
    const end = text[at] === '"' || text[at] === "'" ? skipString(text, at) : skip(text, at, /[\w-]+/y);
    keys.push(keyOf(text.slice(at, end)));
    at = skip(text, end, /[ \t]*/y);
    if (text[at] !== ".") return { keys, next: at };
    at += 1;
  }
}

function keyOf(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/g, (_, short, long, letter) => {
    const code = (short ?? long) as string | undefined;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\u001b" }[letter as string] ?? (letter as string);
  });
}

function skipValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"' || first === "'") return skipString(text, start);
  if (first !== "[" && first !== "{") return start + text.slice(start).search(/\s*(?:[#\r\n]|$)/);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"' || character === "'") at = skipString(text, at) - 1;
    else if (character === "#") at = endOfLine(text, at) - 1;
    else if ("[{".includes(character)) depth += 1;
    else if ("]}".includes(character) && --depth === 0) return at + 1;
  }
  return text.length;
}

function skipString(text: string, start: number): number {
  const quote = text[start] ?? '"';
  const mark = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + mark.length; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text.startsWith(mark, at)) {
      // Up to two more quotes belong to the text.
      let end = at + mark.length;
      while (mark.length === 3 && text[end] === quote && end < at + 5) end += 1;
      return end;
    }
  }
  return text.length;
}

function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}
