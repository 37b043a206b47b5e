/** A logical line of Python: brackets and strings may span several lines of the file. */
export interface PythonLine {
  /** Columns before the first character; a tab reaches the next multiple of eight. */
  readonly indent: number;
  /** Without the comment at its end, line breaks inside brackets as spaces. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** Index in the source of each character of the text. */
  readonly offsets: readonly number[];
}

const STRING_START = /[rRbBuUfF]{0,2}("""|'''|"|')/y;

/** Splits Python source into logical lines; blank lines and comments vanish. */
export function splitPythonLines(source: string): readonly PythonLine[] {
  const lines: PythonLine[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const { indent, next } = readIndent(source, at);
    const startLine = line;
    let text = "";
    const offsets: number[] = [];
    const add = (part: string): void => {
      for (let index = 0; index < part.length; index += 1) offsets.push(at + index);
      text += part;
    };
    let depth = 0;
    at = next;
    while (at < source.length) {
      const char = source[at] ?? "";
      const string = readString(source, at);
      if (string !== undefined) {
        add(string);
        line += string.split("\n").length - 1;
        at += string.length;
      } else if (char === "#") {
        const end = source.indexOf("\n", at);
        at = end === -1 ? source.length : end;
      } else if (char === "\\" && /^\\\r?\n/.test(source.slice(at, at + 3))) {
        add(" ");
        at = source.indexOf("\n", at) + 1;
        line += 1;
      } else if (char === "\n") {
        if (depth > 0) add(" ");
        at += 1;
        line += 1;
        if (depth === 0) break;
      } else {
        if ("([{".includes(char)) depth += 1;
        else if (")]}".includes(char)) depth = Math.max(0, depth - 1);
        add(char);
        at += 1;
      }
    }
    const lead = text.length - text.trimStart().length;
    if (text.trim() !== "") lines.push({ indent, text: text.trim(), line: startLine, offsets: offsets.slice(lead) });
  }
  return lines;
}

function readIndent(source: string, start: number): { indent: number; next: number } {
  let indent = 0;
  let next = start;
  for (; next < source.length; next += 1) {
    if (source[next] === " ") indent += 1;
    else if (source[next] === "\t") indent += 8 - (indent % 8);
    else break;
  }
  return { indent, next };
}

/** Returns the string literal that begins at a place, quotes and prefix included. */
function readString(source: string, at: number): string | undefined {
  // A prefix is one only where no name runs into it.
  if (at > 0 && /[\w]/.test(source[at - 1] ?? "") && /[A-Za-z]/.test(source[at] ?? "")) return undefined;
  STRING_START.lastIndex = at;
  const match = STRING_START.exec(source);
  const quote = match?.[1];
  if (match === null || quote === undefined) return undefined;
  for (let end = at + match[0].length; end < source.length; end += 1) {
    if (source[end] === "\\") end += 1;
    else if (source.startsWith(quote, end)) return source.slice(at, end + quote.length);
    else if (quote.length === 1 && source[end] === "\n") return source.slice(at, end);
  }
  return source.slice(at);
}
