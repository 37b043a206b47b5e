/**
 * Puts the nodes of a graph into layers, in the steps Sugiyama described, and as `dvc dag` takes them:
 *
 * ```
 * layers by longest path ─▶ as low as possible ─▶ bends where an edge passes a layer ─▶ order with few crossings
 * ```
 */
import type { Dag } from "@waymark/pipeline";

/** A node, or the bend of an edge in a layer that it only passes. */
export interface LayoutNode {
  /** `undefined` for a bend. */
  readonly name: string | undefined;
  /** Columns it takes. */
  readonly width: number;
  layer: number;
  /** Place in its layer, from the left. */
  place: number;
  /** Its place as a share of its layer, by which the neighbouring layers are ordered. */
  weight: number;
  /** What it is joined to in the layer above and in the one below. */
  above: LayoutNode[];
  below: LayoutNode[];
}

/** A graph in layers. */
export interface LayeredDag {
  readonly layers: readonly LayoutNode[][];
  /** Each edge as the nodes and bends it leads through, top down. */
  readonly paths: readonly (readonly LayoutNode[])[];
}

type Side = "above" | "below";

/** Lays out a connected graph without cycles, of one node at least. */
export function layOutLayers(dag: Dag, widthOf: (name: string) => number): LayeredDag {
  const rank = new Map(dag.nodes.map((name, at) => [name, at]));
  // DVC goes from what needs something to what it needs.
  const edges = dag.edges
    .filter(([from, to]) => from !== to)
    .toSorted(([, a], [, b]) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  const nodes = new Map(orderNodes(dag.nodes, edges).map((name) => [name, newNode(name, widthOf(name))]));
  const joined = edges.flatMap(([from, to]) => {
    const [upper, lower] = [nodes.get(from), nodes.get(to)];
    return upper === undefined || lower === undefined ? [] : [[upper, lower] as const];
  });
  for (const [upper, lower] of joined) {
    upper.below.push(lower);
    lower.above.push(upper);
  }
  const layers = chooseLayers([...nodes.values()]);
  lowerNodes(layers);
  const widths = [...nodes.values()].map(({ width }) => width).toSorted((a, b) => a - b);
  const bendWidth = widths[Math.floor(widths.length / 2)] ?? 1;
  const paths = joined.map(([upper, lower]) => bendEdge(upper, lower, bendWidth, layers));
  for (const layer of layers) giveWeights(layer);
  orderLayers(layers);
  return { layers, paths };
}

function newNode(name: string | undefined, width: number, layer = 0): LayoutNode {
  return { name, width, layer, place: 0, weight: 0, above: [], below: [] };
}

/** Groups that an edge joins become one, the upper end's first: the order in which nodes come into their layers. */
function orderNodes(names: readonly string[], edges: Dag["edges"]): readonly string[] {
  const groups = new Map(names.map((name) => [name, [name]]));
  for (const [from, to] of edges) {
    const [one, other] = [groups.get(from), groups.get(to)];
    if (one === undefined || other === undefined || one === other) continue;
    one.push(...other);
    for (const name of other) groups.set(name, one);
  }
  return groups.get(names[0] ?? "") ?? [];
}

/** A node lies one layer below the lowest of what it needs; it is looked at when all of that has its layer. */
function chooseLayers(nodes: readonly LayoutNode[]): LayoutNode[][] {
  const layers: LayoutNode[][] = [];
  const done = new Set<LayoutNode>();
  for (let round = nodes.filter(({ above }) => above.length === 0); round.length > 0;) {
    const next = new Set<LayoutNode>();
    for (const node of round) {
      node.layer = Math.max(-1, ...node.above.map(({ layer }) => layer)) + 1;
      (layers[node.layer] ??= []).push(node);
      done.add(node);
      for (const lower of node.below) if (lower.above.every((upper) => done.has(upper))) next.add(lower);
    }
    round = [...next];
  }
  return layers;
}

/** Moves nodes down to right above what needs them first. */
function lowerNodes(layers: readonly LayoutNode[][]): void {
  for (const layer of layers.toReversed()) {
    for (const node of layer) {
      for (const upper of node.above) {
        if (!upper.below.every((lower) => lower.layer >= node.layer)) continue;
        const from = layers[upper.layer] ?? [];
        from.splice(from.indexOf(upper), 1);
        upper.layer = node.layer - 1;
        layers[upper.layer]?.push(upper);
      }
    }
  }
}

/** Puts bends into an edge that passes layers, in the place of its ends among each other's neighbours. */
function bendEdge(
  upper: LayoutNode,
  lower: LayoutNode,
  width: number,
  layers: readonly LayoutNode[][],
): readonly LayoutNode[] {
  const path = [upper];
  for (let layer = upper.layer + 1; layer < lower.layer; layer += 1) {
    const bend = newNode(undefined, width, layer);
    layers[layer]?.push(bend);
    path.push(bend);
  }
  path.push(lower);
  const [first = lower, last = upper] = [path[1], path.at(-2)];
  upper.below[upper.below.indexOf(lower)] = first;
  lower.above[lower.above.indexOf(upper)] = last;
  for (const [at, bend] of path.entries()) {
    const [before, after] = [path[at - 1], path[at + 1]];
    if (bend.name !== undefined || before === undefined || after === undefined) continue;
    bend.above = [before];
    bend.below = [after];
  }
  return path;
}

function giveWeights(layer: readonly LayoutNode[]): void {
  const step = layer.length > 1 ? 1 / (layer.length - 1) : 1;
  for (const [place, node] of layer.entries()) Object.assign(node, { place, weight: place * step });
}

/** Down, up where that left crossings, and down once more. */
function orderLayers(layers: readonly LayoutNode[][]): void {
  const sweep = (order: readonly LayoutNode[][], side: Side): number => {
    let crossings = 0;
    for (const layer of order) crossings += orderLayer(layer, side);
    return crossings;
  };
  if (sweep(layers, "above") > 0) sweep(layers.toReversed(), "below");
  sweep(layers, "above");
}

/** Sorts a layer by what its nodes are joined to on one side, and returns how many crossings are left there. */
function orderLayer(layer: LayoutNode[], side: Side): number {
  if (countCrossings(layer, side) === 0) return 0;
  for (const node of layer) node.weight = mean(node[side].map(({ weight }) => weight)) ?? node.weight;
  layer.sort((a, b) => a.weight - b.weight);
  const crossings = swapNeighbours(layer, side);
  giveWeights(layer);
  return crossings;
}

function countCrossings(layer: readonly LayoutNode[], side: Side): number {
  const ends = layer.flatMap((node) => node[side].map(({ place }) => place).toSorted((a, b) => a - b));
  let count = 0;
  for (const [at, end] of ends.entries()) for (const before of ends.slice(0, at)) if (before > end) count += 1;
  return count;
}

/** Swaps two that stand beside each other where that leaves fewer crossings, once from left to right. */
function swapNeighbours(layer: LayoutNode[], side: Side): number {
  let crossings = 0;
  for (let at = 0; at + 1 < layer.length; at += 1) {
    const [left, right] = [layer[at], layer[at + 1]];
    if (left === undefined || right === undefined) continue;
    let [asIs, swapped] = [0, 0];
    for (const ofRight of right[side]) {
      const crossed = left[side].filter((ofLeft) => ofLeft.weight > ofRight.weight).length;
      asIs += crossed;
      swapped += left[side].length - crossed;
    }
    if (swapped < asIs) [layer[at], layer[at + 1]] = [right, left];
    crossings += Math.min(swapped, asIs);
  }
  return crossings;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
