import type { Dag } from "@waymark/pipeline";
import { splitDag } from "../dag-text.ts";
import { displayWidth, toPrintable } from "../display-text.ts";
import { Canvas } from "./canvas.ts";
import { placeColumns } from "./columns.ts";
import { layOutLayers, type LayoutNode } from "./layers.ts";
import { roundEven } from "./round-even.ts";

const BOX_ROWS = 3;
const LAYER_ROWS = 6;

type Point = readonly [column: number, row: number];

/**
 * Draws a graph with the characters of a typewriter: boxes joined by lines of `*`, what others need above them, as
 * `dvc dag` does. Parts that are not connected stand one below the other.
 */
export function drawDag(dag: Dag): string {
  return splitDag(dag).map(drawPart).join("\n");
}

function drawPart(dag: Dag): string {
  const { layers, paths } = layOutLayers(dag, (name) => displayWidth(toPrintable(name)) + 4);
  const nodes = layers.flat().filter(({ name }) => name !== undefined);
  const columns = placeColumns(layers, Math.min(...nodes.map(({ width }) => width)));
  const pointOf = (node: LayoutNode): Point => [columns.get(node) ?? 0, node.layer * LAYER_ROWS];
  const lines = paths.map((path) => routeLine(path, pointOf));
  const edges = nodes.flatMap((node) => [-1, 1].map((side) => pointOf(node)[0] + (side * node.width) / 2));
  const all = [...edges, ...lines.flatMap((points) => points.map(([column]) => column))];
  const left = Math.min(...all);
  const canvas = new Canvas(
    Math.ceil(Math.max(...all)) - Math.floor(left) + 1,
    (layers.length - 1) * LAYER_ROWS + BOX_ROWS,
  );
  for (const points of lines) {
    for (const [at, [column, row]] of points.entries()) {
      const [nextColumn, nextRow] = points[at + 1] ?? [];
      if (nextColumn === undefined || nextRow === undefined) continue;
      canvas.line(roundEven(column - left), roundEven(row), roundEven(nextColumn - left), roundEven(nextRow));
    }
  }
  for (const node of nodes) {
    const [column, row] = pointOf(node);
    canvas.box(roundEven(column - node.width / 2 - left), row, node.width, ` ${toPrintable(node.name ?? "")} `);
  }
  return canvas.toString();
}

/** The line of an edge from the border of one box to that of the other; a box reaches a row up and down for it. */
function routeLine(path: readonly LayoutNode[], pointOf: (node: LayoutNode) => Point): readonly Point[] {
  const points = path.map(pointOf);
  const cut = (at: number, towards: number): Point => {
    const [node, point, other] = [path[at], points[at], points[towards]];
    return node === undefined || point === undefined || other === undefined
      ? [0, 0]
      : borderPoint(point, Math.floor(node.width / 2), other);
  };
  const last = points.length - 1;
  return [cut(0, 1), ...points.slice(1, -1), cut(last, last - 1)];
}

/** Where the line from the middle of a box to a point leaves the box. */
function borderPoint([column, row]: Point, reach: number, [toColumn, toRow]: Point): Point {
  const [width, height] = [toColumn - column, toRow - row];
  const share = Math.min(1 / Math.abs(height), width === 0 ? Infinity : reach / Math.abs(width));
  return [column + share * width, row + share * height];
}
