import type { Dag } from "@waymark/pipeline";

/** Formats a graph in the language of Graphviz, as `dvc dag --dot` does. */
export function formatDot(dag: Dag): string {
  const nodes = dag.nodes.map((node) => `${quote(node)};\n`);
  const edges = dag.edges.map(([from, to]) => `${quote(from)} -> ${quote(to)};\n`);
  return `strict digraph {\n${nodes.join("")}${edges.join("")}}\n`;
}

/** Formats a graph as a Mermaid flowchart, connected parts one after the other, as `dvc dag --mermaid` does. */
export function formatMermaid(dag: Dag): string {
  const lines = ["flowchart TD"];
  let count = 0;
  for (const part of splitDag(dag)) {
    const ids = new Map(part.nodes.toSorted(compare).map((node) => [node, `node${(count += 1)}`]));
    for (const [node, id] of ids) lines.push(`\t${id}["${node}"]`);
    const edges = part.edges.toSorted(([a, b], [c, d]) => compare(a, c) || compare(b, d));
    for (const [from, to] of edges) lines.push(`\t${ids.get(from)}-->${ids.get(to)}`);
  }
  return lines.join("\n");
}

/** Splits a graph into its connected parts, in the order of their first nodes. */
export function splitDag(dag: Dag): readonly Dag[] {
  const neighbours = new Map(dag.nodes.map((node) => [node, [] as string[]]));
  for (const [from, to] of dag.edges) {
    neighbours.get(from)?.push(to);
    neighbours.get(to)?.push(from);
  }
  const seen = new Set<string>();
  return dag.nodes.flatMap((start) => {
    if (seen.has(start)) return [];
    const part = new Set([start]);
    for (const node of part) for (const other of neighbours.get(node) ?? []) part.add(other);
    for (const node of part) seen.add(node);
    return [{ nodes: dag.nodes.filter((node) => part.has(node)), edges: dag.edges.filter(([from]) => part.has(from)) }];
  });
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '\\"')}"`;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
