/**
 * Lays a graph out in layers, in the steps Sugiyama described:
 *
 * ```
 * layers by longest path ─▶ bends where an edge passes a layer ─▶ order with few crossings ─▶ columns
 * ```
 */
import type { Dag } from "@waymark/pipeline";

/** A node, or the bend of an edge in a layer that it only passes. */
export interface PlacedNode {
  /** `undefined` for a bend. */
  readonly name: string | undefined;
  readonly layer: number;
  /** Columns it takes. */
  readonly width: number;
  /** Column of its middle. */
  center: number;
}

/** A graph with a place for everything. Columns begin at 0. */
export interface DagLayout {
  readonly layers: readonly (readonly PlacedNode[])[];
  /** Each edge as the nodes and bends it leads through, top down. */
  readonly paths: readonly (readonly PlacedNode[])[];
  readonly columns: number;
}

const GAP = 4;
const ORDER_SWEEPS = 24;
const COLUMN_SWEEPS = 12;

/**
 * Lays out a connected graph without cycles.
 *
 * @param widthOf - Columns that a node takes.
 */
export function layOutDag(dag: Dag, widthOf: (name: string) => number): DagLayout {
  const edges = dag.edges.filter(([from, to]) => from !== to);
  const depths = findDepths(dag.nodes, edges);
  const nodes = new Map(
    dag.nodes.map((name) => [
      name,
      { name, layer: depths.get(name) ?? 0, width: widthOf(name), center: 0 } satisfies PlacedNode,
    ]),
  );
  const layers: PlacedNode[][] = Array.from({ length: Math.max(...depths.values()) + 1 }, () => []);
  for (const node of nodes.values()) layers[node.layer]?.push(node);
  const paths = edges.flatMap(([from, to]) => {
    const [start, end] = [nodes.get(from), nodes.get(to)];
    if (start === undefined || end === undefined) return [];
    const bends: PlacedNode[] = [];
    for (let layer = start.layer + 1; layer < end.layer; layer += 1) {
      const bend = { name: undefined, layer, width: 1, center: 0 };
      layers[layer]?.push(bend);
      bends.push(bend);
    }
    return [[start, ...bends, end]];
  });
  const links = linksOf(paths);
  const ordered = orderLayers(layers, links);
  placeColumns(ordered, links);
  const all = ordered.flat();
  for (const node of all) node.center = Math.round(node.center);
  const left = Math.min(...all.map((node) => Math.round(node.center - node.width / 2)));
  for (const node of all) node.center -= left;
  const columns = Math.max(...all.map((node) => Math.ceil(node.center + node.width / 2))) + 1;
  return { layers: ordered, paths, columns };
}

/** Returns for each node how many steps it is from the top, by the longest way. */
function findDepths(
  names: readonly string[],
  edges: readonly (readonly [string, string])[],
): ReadonlyMap<string, number> {
  const depths = new Map(names.map((name) => [name, 0]));
  const waiting = new Map(names.map((name) => [name, 0]));
  const next = new Map(names.map((name) => [name, [] as string[]]));
  for (const [from, to] of edges) {
    next.get(from)?.push(to);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const ready = names.filter((name) => waiting.get(name) === 0);
  for (const name of ready) {
    for (const to of next.get(name) ?? []) {
      depths.set(to, Math.max(depths.get(to) ?? 0, (depths.get(name) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return depths;
}

/** The neighbours of each node in the layers above and below. */
interface Links {
  readonly above: ReadonlyMap<PlacedNode, readonly PlacedNode[]>;
  readonly below: ReadonlyMap<PlacedNode, readonly PlacedNode[]>;
}

function linksOf(paths: readonly (readonly PlacedNode[])[]): Links {
  const above = new Map<PlacedNode, PlacedNode[]>();
  const below = new Map<PlacedNode, PlacedNode[]>();
  const add = (map: Map<PlacedNode, PlacedNode[]>, node: PlacedNode, other: PlacedNode): void => {
    const known = map.get(node);
    if (known === undefined) map.set(node, [other]);
    else known.push(other);
  };
  for (const path of paths) {
    for (const [at, node] of path.entries()) {
      const lower = path[at + 1];
      if (lower === undefined) continue;
      add(below, node, lower);
      add(above, lower, node);
    }
  }
  return { above, below };
}

/** Sorts each layer by the middle of its neighbours, up and down in turn, and keeps the order with fewest crossings. */
function orderLayers(layers: readonly (readonly PlacedNode[])[], links: Links): readonly (readonly PlacedNode[])[] {
  let current = layers.map((layer) => [...layer]);
  let best = current;
  let fewest = countCrossings(current, links);
  for (let sweep = 0; sweep < ORDER_SWEEPS && fewest > 0; sweep += 1) {
    const neighbours = sweep % 2 === 0 ? links.above : links.below;
    const order = sweep % 2 === 0 ? [...current.keys()] : [...current.keys()].toReversed();
    const next = current.map((layer) => [...layer]);
    const rank = new Map(next.flatMap((layer) => layer.map((node, at) => [node, at] as const)));
    for (const layer of order) {
      const nodes = next[layer] ?? [];
      const weight = new Map(
        nodes.map((node, at) => [node, mean(neighbours.get(node)?.map((n) => rank.get(n) ?? 0)) ?? at]),
      );
      nodes.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
      nodes.forEach((node, at) => rank.set(node, at));
    }
    current = next;
    const crossings = countCrossings(current, links);
    if (crossings < fewest) [best, fewest] = [current, crossings];
  }
  return best;
}

function countCrossings(layers: readonly (readonly PlacedNode[])[], links: Links): number {
  let count = 0;
  for (const [depth, layer] of layers.entries()) {
    const rank = new Map(layers[depth + 1]?.map((node, at) => [node, at]));
    const ends = layer.flatMap((node) =>
      (links.below.get(node) ?? []).map((n) => rank.get(n) ?? 0).toSorted((a, b) => a - b),
    );
    for (let at = 0; at < ends.length; at += 1) {
      for (let other = at + 1; other < ends.length; other += 1) {
        if ((ends[at] ?? 0) > (ends[other] ?? 0)) count += 1;
      }
    }
  }
  return count;
}

/** Moves every node towards the middle of its neighbours, as far as those beside it let it. */
function placeColumns(layers: readonly (readonly PlacedNode[])[], links: Links): void {
  for (const layer of layers) placeLayer(layer, (node) => node.center);
  for (let sweep = 0; sweep < COLUMN_SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const neighbours = isDown ? links.above : links.below;
      placeLayer(layer, (node) => mean(neighbours.get(node)?.map(({ center }) => center)) ?? node.center);
    }
  }
}

/**
 * Gives the nodes of a layer the places nearest to the wanted ones that keep their order and distance: those that
 * collide become one block, which stands in the middle of what its members want.
 */
function placeLayer(layer: readonly PlacedNode[], wanted: (node: PlacedNode) => number): void {
  const blocks: { sum: number; readonly nodes: PlacedNode[] }[] = [];
  const offsets = new Map<PlacedNode, number>();
  let offset = 0;
  for (const [at, node] of layer.entries()) {
    const before = layer[at - 1];
    if (before !== undefined) offset += before.width / 2 + node.width / 2 + GAP;
    offsets.set(node, offset);
    blocks.push({ sum: wanted(node) - offset, nodes: [node] });
    for (let last = blocks.at(-1), previous = blocks.at(-2); last !== undefined && previous !== undefined;) {
      if (previous.sum / previous.nodes.length <= last.sum / last.nodes.length) break;
      blocks.pop();
      previous.sum += last.sum;
      previous.nodes.push(...last.nodes);
      [last, previous] = [blocks.at(-1), blocks.at(-2)];
    }
  }
  for (const { sum, nodes } of blocks) {
    for (const node of nodes) node.center = sum / nodes.length + (offsets.get(node) ?? 0);
  }
}

function mean(values: readonly number[] | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
