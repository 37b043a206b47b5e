/**
 * Gives the nodes of layers their columns, as Brandes and Köpf described ("Fast and Simple Horizontal Coordinate
 * Assignment", 2001): four layouts, from each corner, of which the mean of the middle two counts.
 */
import type { LayoutNode } from "./layers.ts";

/** One of the four corners that a layout begins in. */
interface Corner {
  /** `above`: nodes follow what lies above them. */
  readonly side: "above" | "below";
  /** From the right, all in mirror writing. */
  readonly isFromRight: boolean;
}

const CORNERS: readonly Corner[] = [
  { side: "above", isFromRight: false },
  { side: "above", isFromRight: true },
  { side: "below", isFromRight: false },
  { side: "below", isFromRight: true },
];

/**
 * Returns the column of the middle of each node.
 *
 * @param gap - Columns between two that stand beside each other.
 */
export function placeColumns(layers: readonly (readonly LayoutNode[])[], gap: number): ReadonlyMap<LayoutNode, number> {
  const conflicts = findConflicts(layers);
  const layouts = CORNERS.map((corner) => new CornerLayout(layers, corner, gap, conflicts).columns());
  return new Map(
    layers.flat().map((node) => {
      const columns = layouts.map((layout) => layout.get(node) ?? 0).toSorted((a, b) => a - b);
      return [node, ((columns[1] ?? 0) + (columns[2] ?? 0)) / 2];
    }),
  );
}

/** Pairs of an upper and a lower node whose edge crosses one between bends, which is to stay straight. */
type Conflicts = ReadonlyMap<LayoutNode, ReadonlySet<LayoutNode>>;

function findConflicts(layers: readonly (readonly LayoutNode[])[]): Conflicts {
  const conflicts = new Map<LayoutNode, Set<LayoutNode>>();
  for (const [depth, layer] of layers.entries()) {
    const upper = layers[depth - 1];
    if (upper === undefined) continue;
    let [first, left] = [0, 0];
    for (const [at, node] of layer.entries()) {
      if (node.name !== undefined) continue;
      const isInner = node.above.some(({ name }) => name === undefined);
      if (at !== layer.length - 1 && !isInner) continue;
      const right = isInner ? (node.above.at(-1)?.place ?? 0) : upper.length - 1;
      for (const lower of layer.slice(first, at + 1)) {
        for (const one of lower.above) {
          if (one.place >= left && one.place <= right) continue;
          conflicts.set(one, (conflicts.get(one) ?? new Set()).add(lower));
        }
      }
      first = at + 1;
      left = right;
    }
  }
  return conflicts;
}

/** The layout from one corner: nodes in a line with the middle one of their neighbours, lines as close as can be. */
class CornerLayout {
  readonly #layers: readonly (readonly LayoutNode[])[];
  readonly #corner: Corner;
  readonly #gap: number;
  readonly #conflicts: Conflicts;
  /** Of each node the first of its line, and the next. */
  readonly #roots = new Map<LayoutNode, LayoutNode>();
  readonly #nexts = new Map<LayoutNode, LayoutNode>();
  readonly #sinks = new Map<LayoutNode, LayoutNode>();
  readonly #shifts = new Map<LayoutNode, number>();
  readonly #columns = new Map<LayoutNode, number>();

  constructor(layers: readonly (readonly LayoutNode[])[], corner: Corner, gap: number, conflicts: Conflicts) {
    this.#layers = layers;
    this.#corner = corner;
    this.#gap = gap;
    this.#conflicts = conflicts;
    for (const node of layers.flat()) {
      this.#roots.set(node, node);
      this.#nexts.set(node, node);
      this.#sinks.set(node, node);
    }
  }

  columns(): ReadonlyMap<LayoutNode, number> {
    const { side, isFromRight } = this.#corner;
    const layers = (side === "above" ? this.#layers : this.#layers.toReversed()).map((layer) =>
      isFromRight ? layer.toReversed() : layer,
    );
    for (const [at, layer] of layers.entries()) if (at > 0) this.#align(layer);
    for (const node of layers.flat()) if (this.#root(node) === node) this.#placeLine(node);
    const sign = isFromRight ? -1 : 1;
    return new Map(
      layers.flat().map((node) => {
        const root = this.#root(node);
        const shift = this.#shifts.get(this.#sinks.get(root) ?? root) ?? 0;
        return [node, sign * ((this.#columns.get(root) ?? 0) + shift)];
      }),
    );
  }

  /** Joins the nodes of a layer to lines, as long as these do not cross. */
  #align(layer: readonly LayoutNode[]): void {
    const { side, isFromRight } = this.#corner;
    let last: number | undefined;
    for (const node of layer) {
      for (const other of this.#middleNeighbours(node)) {
        if (this.#nexts.get(node) !== node) continue;
        const [upper, lower] = side === "above" ? [other, node] : [node, other];
        const isFree = last === undefined || (isFromRight ? other.place < last : other.place > last);
        if (!isFree || this.#conflicts.get(upper)?.has(lower) === true) continue;
        const root = this.#root(other);
        this.#nexts.set(other, node);
        this.#roots.set(node, root);
        this.#nexts.set(node, root);
        last = other.place;
      }
    }
  }

  #middleNeighbours(node: LayoutNode): readonly LayoutNode[] {
    const { side, isFromRight } = this.#corner;
    const sorted = node[side].toSorted((a, b) => (isFromRight ? b.place - a.place : a.place - b.place));
    const middle = Math.floor((sorted.length - 1) / 2);
    return sorted.slice(Math.max(0, middle), sorted.length % 2 === 0 ? middle + 2 : middle + 1);
  }

  /** Places a line beside those that must stand before it. */
  #placeLine(line: LayoutNode): void {
    if (this.#columns.has(line)) return;
    this.#columns.set(line, 0);
    let node = line;
    do {
      const before = this.#layers[node.layer]?.[node.place + (this.#corner.isFromRight ? 1 : -1)];
      if (before !== undefined) this.#moveBeside(line, this.#root(before), this.#gap + (before.width + node.width) / 2);
      node = this.#nexts.get(node) ?? line;
    } while (node !== line);
  }

  #moveBeside(line: LayoutNode, other: LayoutNode, distance: number): void {
    this.#placeLine(other);
    const sink = this.#sinks.get(other) ?? other;
    if (this.#sinks.get(line) === line) this.#sinks.set(line, sink);
    const [own, beside] = [this.#columns.get(line) ?? 0, (this.#columns.get(other) ?? 0) + distance];
    if (this.#sinks.get(line) === sink) this.#columns.set(line, Math.max(own, beside));
    else this.#shifts.set(sink, Math.min(this.#shifts.get(sink) ?? Infinity, own - beside));
  }

  #root(node: LayoutNode): LayoutNode {
    return this.#roots.get(node) ?? node;
  }
}
