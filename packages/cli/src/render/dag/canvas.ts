import { displayWidth } from "../display-text.ts";
import { roundEven } from "./round-even.ts";

/** A grid of characters. */
export class Canvas {
  readonly #rows: string[][];

  constructor(columns: number, rows: number) {
    this.#rows = Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "));
  }

  /** Draws a line of `*` from one point to another, a star for each column or each row, whichever are more. */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    const isTurned = fromColumn > toColumn;
    const [left, right] = isTurned ? [toColumn, fromColumn] : [fromColumn, toColumn];
    const [start, end] = isTurned ? [toRow, fromRow] : [fromRow, toRow];
    const [width, height] = [right - left, end - start];
    if (width >= Math.abs(height)) {
      for (let step = 0; step <= width; step += 1) {
        this.#set(left + step, start + (width === 0 ? 0 : roundEven((step * height) / width)), "*");
      }
    } else if (height > 0) {
      for (let step = 0; step <= height; step += 1) {
        this.#set(left + roundEven((step * width) / height), start + step, "*");
      }
    } else {
      for (let step = 0; step <= -height; step += 1) {
        this.#set(right + roundEven((step * width) / height), end + step, "*");
      }
    }
  }

  /** Draws a box of three rows with a text in the middle one. */
  box(column: number, row: number, width: number, text: string): void {
    const edge = `+${"-".repeat(width - 2)}+`;
    for (const [at, line] of [edge, `|${text}|`, edge].entries()) this.#write(column, row + at, line);
  }

  /** Returns the rows, as wide as the canvas. */
  toString(): string {
    return this.#rows.map((row) => row.join("")).join("\n");
  }

  #write(column: number, row: number, text: string): void {
    let at = column;
    for (const character of text) {
      this.#set(at, row, character);
      // What takes two columns leaves nothing for the second, what takes none joins the one before.
      const width = displayWidth(character);
      for (let rest = 1; rest < width; rest += 1) this.#set(at + rest, row, "");
      at += width;
    }
  }

  #set(column: number, row: number, character: string): void {
    const cells = this.#rows[row];
    if (cells !== undefined && column >= 0 && column < cells.length) cells[column] = character;
  }
}
