import type { Dag } from "@waymark/pipeline";
import { layOutDag, type PlacedNode } from "./dag-layout.ts";
import { splitDag } from "./dag-text.ts";
import { displayWidth, toPrintable } from "./display-text.ts";

const BOX_ROWS = 3;
const LAYER_ROWS = 6;

/**
 * Draws a graph with the characters of a typewriter: boxes joined by lines of `*`, what others need above them, as
 * `dvc dag` does. Parts that are not connected stand one below the other.
 */
export function drawDag(dag: Dag): string {
  return splitDag(dag).map(drawPart).join("\n");
}

function drawPart(dag: Dag): string {
  const layout = layOutDag(dag, (name) => displayWidth(toPrintable(name)) + 4);
  const canvas = new Canvas(layout.columns, layout.layers.length * LAYER_ROWS - BOX_ROWS);
  for (const path of layout.paths) {
    for (const [at, node] of path.entries()) {
      const next = path[at + 1];
      if (next === undefined) continue;
      // A bend has no box: its line goes straight down where the others have theirs.
      if (node.name === undefined) canvas.line(node.center, topOf(node), node.center, bottomOf(node));
      canvas.line(node.center, bottomOf(node), next.center, topOf(next));
    }
  }
  for (const node of layout.layers.flat()) {
    if (node.name === undefined) continue;
    canvas.box(Math.round(node.center - node.width / 2), topOf(node), node.width, ` ${toPrintable(node.name)} `);
  }
  return canvas.toString();
}

function topOf(node: PlacedNode): number {
  return node.layer * LAYER_ROWS;
}

function bottomOf(node: PlacedNode): number {
  return topOf(node) + BOX_ROWS - 1;
}

/** A grid of characters. */
class Canvas {
  readonly #rows: string[][];

  constructor(columns: number, rows: number) {
    this.#rows = Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "));
  }

  /** Draws a line of `*` from one point down to another. */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    const [width, height] = [toColumn - fromColumn, toRow - fromRow];
    const steps = Math.max(Math.abs(width), height, 1);
    for (let step = 0; step <= steps; step += 1) {
      const row = Math.round(fromRow + (height * step) / steps);
      this.#set(Math.round(fromColumn + (width * step) / steps), row, "*");
    }
  }

  /** Draws a box of three rows with a text in the middle one. */
  box(column: number, row: number, width: number, text: string): void {
    const edge = `+${"-".repeat(width - 2)}+`;
    for (const [at, line] of [edge, `|${text}|`, edge].entries()) this.#write(column, row + at, line);
  }

  /** Returns the rows without the blanks at their ends. */
  toString(): string {
    return this.#rows.map((row) => row.join("").trimEnd()).join("\n");
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
