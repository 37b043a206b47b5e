import { buildGraph, indexOutputs, listNeededOutputs } from "./graph.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { relativeTo, stageAddress } from "../project/stage-address.ts";
import { resolveTargets, type TargetProject } from "./targets.ts";

/** Names and what leads from one to the other: what makes something points at what needs it. */
export interface Dag {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Options of {@link collectDag}. */
export interface DagOptions {
  /** Only what leads to this stage or output. Default: everything. */
  readonly target?: string | undefined;
  /** With a target: everything that is connected with it. Default `false`. */
  readonly isFull?: boolean;
  /** Outputs instead of stages. Default `false`. */
  readonly isOfOutputs?: boolean;
  /** One node for all stages of a `foreach` or `matrix`. Default `false`. */
  readonly isCollapsed?: boolean;
}

/**
 * Collects what a drawing of the project's pipelines shows, in the order of the stages. Names are as seen from the
 * current folder.
 *
 * @throws As `buildGraph` and `resolveTargets`.
 */
export function collectDag(project: TargetProject, stages: readonly ProjectStage[], options: DagOptions = {}): Dag {
  const { folder } = project;
  const graph = buildGraph(stages, { folder });
  const address = (stage: ProjectStage): string => stageAddress(stage, folder);
  let dag: Dag =
    options.isOfOutputs === true
      ? collectOutputs(stages, folder)
      : {
          nodes: stages.map(address),
          edges: stages.flatMap((stage) =>
            graph.consumersOf(stage).map((consumer) => [address(stage), address(consumer)] as const),
          ),
        };
  if (options.target !== undefined) {
    const selected = resolveTargets(project, stages, [options.target], { graph });
    const names = selected.flatMap(({ stage, path }) =>
      options.isOfOutputs === true
        ? stage.outs
            .filter((out) => path === undefined || touches(out.path, path))
            .map((out) => relativeTo(folder, out.path))
        : [address(stage)],
    );
    dag = restrict(dag, names, options.isFull === true);
  }
  return options.isCollapsed === true ? collapse(dag) : dag;
}

function collectOutputs(stages: readonly ProjectStage[], folder: string): Dag {
  const index = indexOutputs(stages, { folder });
  const consumers = new Map<string, Set<string>>();
  for (const { out } of index.listInside("")) consumers.set(relativeTo(folder, out.path), new Set());
  for (const stage of stages) {
    for (const { out: input } of listNeededOutputs(stage, index)) {
      const needed = consumers.get(relativeTo(folder, input.path));
      for (const out of stage.outs) needed?.add(relativeTo(folder, out.path));
    }
  }
  const nodes = [...consumers.keys()];
  const rank = new Map(nodes.map((node, at) => [node, at]));
  return {
    nodes,
    edges: [...consumers].flatMap(([from, to]) =>
      [...to].toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)).map((one) => [from, one] as const),
    ),
  };
}

/** Keeps what leads to some nodes; or, when it is to be full, everything connected with them. */
function restrict(dag: Dag, names: readonly string[], isFull: boolean): Dag {
  const before = new Map<string, string[]>();
  const add = (node: string, other: string): void => void before.set(node, [...(before.get(node) ?? []), other]);
  for (const [from, to] of dag.edges) {
    add(to, from);
    if (isFull) add(from, to);
  }
  const kept = new Set(names);
  for (const node of kept) for (const other of before.get(node) ?? []) kept.add(other);
  return {
    nodes: dag.nodes.filter((node) => kept.has(node)),
    edges: dag.edges.filter(([from, to]) => kept.has(from) && kept.has(to)),
  };
}

function collapse(dag: Dag): Dag {
  const name = (node: string): string => (node.endsWith(".dvc") ? node : (node.split("@")[0] ?? node));
  const edges = new Map(dag.edges.map(([from, to]) => [`${name(from)}\0${name(to)}`, [name(from), name(to)] as const]));
  return { nodes: [...new Set(dag.nodes.map(name))], edges: [...edges.values()] };
}

function touches(out: string, path: string): boolean {
  return isAtOrBelow(out, path) || isAtOrBelow(path, out);
}
