const WIDTH = 80;
const BREAKS = "\n\u0085\u2028\u2029";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\0", "0"],
  ["\u0007", "a"],
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\v", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\u001b", "e"],
  ['"', '"'],
  ["\\", "\\"],
  ["\u0085", "N"],
  ["\u00a0", "_"],
  ["\u2028", "L"],
  ["\u2029", "P"],
]);

/** Writes scalars and indicators of YAML, and folds lines where PyYAML does. */
export class YamlWriter {
  text = "";
  #column = 0;

  /** Begins a line, unless the text is at its beginning. */
  startLine(indent: number): void {
    if (this.text !== "") this.#write("\n");
    this.#column = 0;
    this.#write(" ".repeat(indent));
  }

  /** A dash, a question mark, or an empty collection; with a blank before it where something precedes it. */
  indicator(mark: string): void {
    this.#separate();
    this.#write(mark);
  }

  /** The colon behind a key. */
  colon(isBehindKey: boolean): void {
    if (!isBehindKey) this.#separate();
    this.#write(":");
  }

  plain(text: string, indent: number, canSplit: boolean): void {
    if (text === "") return;
    this.#separate();
    for (const piece of pieces(text)) {
      if (piece === " " && this.#column > WIDTH && canSplit) this.#fold(indent);
      else this.#write(piece);
    }
  }

  singleQuoted(text: string, indent: number, canSplit: boolean): void {
    this.#separate();
    this.#write("'");
    const all = pieces(text);
    all.forEach((piece, at) => {
      const isInside = at > 0 && at < all.length - 1;
      if (piece === " " && this.#column > WIDTH && canSplit && isInside) this.#fold(indent);
      else if (BREAKS.includes(piece[0] ?? " ")) this.#breaks(piece, indent);
      else this.#write(piece.replaceAll("'", "''"));
    });
    this.#write("'");
  }

  doubleQuoted(text: string, indent: number, canSplit: boolean): void {
    this.#separate();
    this.#write('"');
    const characters = [...text];
    // What was not written yet begins at `start`.
    let start = 0;
    for (let at = 0; at < characters.length; at += 1) {
      const character = characters[at] as string;
      const escaped = escapeCharacter(character);
      if (escaped !== undefined) {
        this.#write(characters.slice(start, at).join("") + escaped);
        start = at + 1;
      }
      const canFold = canSplit && at > 0 && at < characters.length - 1 && (character === " " || start >= at);
      if (!canFold || this.#column + at - start <= WIDTH) continue;
      this.#write(`${characters.slice(start, at).join("")}\\`);
      start = Math.max(start, at);
      this.#fold(indent);
      // A blank at the beginning of a line would be taken for indent.
      if (characters[start] === " ") this.#write("\\");
    }
    this.#write(`${characters.slice(start).join("")}"`);
  }

  /** A blank between what stands in the line and what comes; none at its beginning. */
  #separate(): void {
    if (this.#column > 0 && !this.text.endsWith(" ")) this.#write(" ");
  }

  #fold(indent: number): void {
    this.#write("\n");
    this.#column = 0;
    this.#write(" ".repeat(indent));
  }

  /** A single line feed would read back as a blank: it is written twice. */
  #breaks(run: string, indent: number): void {
    this.#write((run.startsWith("\n") ? "\n" : "") + run);
    this.#column = 0;
    this.#write(" ".repeat(indent));
  }

  #write(text: string): void {
    this.text += text;
    this.#column += [...text].length;
  }
}

/** Splits at runs of blanks and of line breaks, which become pieces of their own. */
function pieces(text: string): string[] {
  return text.match(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/gu) ?? [];
}

function escapeCharacter(character: string): string | undefined {
  const short = ESCAPES.get(character);
  // A blank that does not break is printed as it is, like other letters.
  if (short !== undefined && character !== "\u00a0") return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const isPrintable =
    (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd);
  if (isPrintable && code !== 0xfeff) return undefined;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
