/** Lines that are kept; older ones go. */
const MAX_LINES = 3000;
/** A longer line is shown up to here: nobody reads on, and laying it out takes long. */
const MAX_LINE = 4000;

/**
 * The lines of a console log as a terminal would show them, from pieces that end anywhere: a carriage return begins its
 * line anew, as progress bars do.
 */
export class LogText {
  readonly #lines: string[] = [""];
  #dropped = 0;
  /** A carriage return came last: the next character begins the line anew. */
  #isReturned = false;

  /** Everything that is kept, the last line unfinished. */
  get text(): string {
    return this.#lines.join("\n");
  }

  /** How many lines have gone from the front. */
  get droppedLines(): number {
    return this.#dropped;
  }

  /** Adds a piece. */
  append(piece: string): void {
    const [first = "", ...others] = piece.split("\n");
    this.#write(first);
    for (const line of others) {
      this.#isReturned = false;
      this.#lines.push("");
      this.#write(line);
    }
    const excess = this.#lines.length - MAX_LINES;
    if (excess <= 0) return;
    this.#lines.splice(0, excess);
    this.#dropped += excess;
  }

  /** Forgets everything. */
  clear(): void {
    this.#lines.splice(0, this.#lines.length, "");
    this.#dropped = 0;
    this.#isReturned = false;
  }

  #write(text: string): void {
    const last = this.#lines.length - 1;
    let line = this.#lines[last] ?? "";
    for (const [at, part] of text.split("\r").entries()) {
      if (at > 0) this.#isReturned = true;
      if (part === "") continue;
      line = this.#isReturned ? part : line + part;
      this.#isReturned = false;
    }
    this.#lines[last] = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
  }
}
