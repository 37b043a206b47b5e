import {
  CyclicPipelineError,
  DuplicateOutputError,
  OverlappingOutputsError,
  StageInsideOutputError,
} from "./graph-errors.ts";
import { PathTree } from "../project/path-tree.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { relativeTo, stageAddress } from "../project/stage-address.ts";

/** Options of {@link buildGraph}. */
export interface GraphOptions {
  /** Folder that errors name stages and paths from, relative to the project. Default: its root. */
  readonly folder?: string;
}

/** An output with the stage that makes it. */
export interface OwnedOutput {
  readonly stage: ProjectStage;
  readonly out: StageOutput;
}

/** What {@link StageGraph.select} takes beside the selected stages. */
export interface StepOptions {
  /** Every stage that is connected with a selected one. Default `false`. */
  readonly isPipeline?: boolean;
  /** The selected stages and those that depend on them, instead of those they depend on. Default `false`. */
  readonly isDownstream?: boolean;
}

type Neighbours = ReadonlyMap<ProjectStage, ReadonlySet<ProjectStage>>;

/** Which stage needs outputs of which other. Stages keep the order in which they were read. */
export class StageGraph {
  readonly stages: readonly ProjectStage[];
  readonly #needs: Neighbours;
  readonly #neededBy: Neighbours;

  /** @param needs - The producers of each stage's inputs. */
  constructor(stages: readonly ProjectStage[], needs: Neighbours) {
    this.stages = stages;
    this.#needs = needs;
    const neededBy = new Map(stages.map((stage) => [stage, new Set<ProjectStage>()]));
    for (const stage of stages) for (const producer of needs.get(stage) ?? []) neededBy.get(producer)?.add(stage);
    this.#neededBy = neededBy;
  }

  /** Lists the stages whose outputs a stage needs. */
  producersOf(stage: ProjectStage): readonly ProjectStage[] {
    return [...(this.#needs.get(stage) ?? [])];
  }

  /** Lists the stages that need outputs of a stage. */
  consumersOf(stage: ProjectStage): readonly ProjectStage[] {
    return [...(this.#neededBy.get(stage) ?? [])];
  }

  /** Returns the graph in which frozen stages need nothing: what lies before them is not reproduced for their sake. */
  withoutFrozen(): StageGraph {
    const none: ReadonlySet<ProjectStage> = new Set();
    return new StageGraph(
      this.stages,
      new Map([...this.#needs].map(([stage, needs]) => [stage, stage.isFrozen ? none : needs])),
    );
  }

  /** Lists the stages, and all they need before them, such that every stage comes after those it needs. */
  order(stages: readonly ProjectStage[] = this.stages): readonly ProjectStage[] {
    return walk(stages, (stage) => this.producersOf(stage));
  }

  /** Lists the stages, and all that need them directly or not, in the order of {@link StageGraph.order}. */
  orderDownstream(stages: readonly ProjectStage[]): readonly ProjectStage[] {
    const wanted = new Set(walk(stages, (stage) => this.consumersOf(stage)));
    return this.order().filter((stage) => wanted.has(stage));
  }

  /** Lists the groups of stages that are connected, each in the order of the graph. */
  pipelines(): readonly (readonly ProjectStage[])[] {
    const seen = new Set<ProjectStage>();
    const groups: (readonly ProjectStage[])[] = [];
    for (const stage of this.stages) {
      if (seen.has(stage)) continue;
      const group = new Set(walk([stage], (at) => [...this.producersOf(at), ...this.consumersOf(at)]));
      for (const member of group) seen.add(member);
      groups.push(this.stages.filter((member) => group.has(member)));
    }
    return groups;
  }

  /**
   * Lists the steps to take for some stages, in order: the stages with all they need, or as the options say. None
   * selected means every stage.
   */
  select(stages: readonly ProjectStage[], options: StepOptions = {}): readonly ProjectStage[] {
    if (stages.length === 0) return this.order();
    if (options.isPipeline === true) {
      return this.pipelines()
        .filter((group) => stages.some((stage) => group.includes(stage)))
        .flatMap((group) => this.order(group));
    }
    return options.isDownstream === true ? this.orderDownstream(stages) : this.order(stages);
  }
}

/**
 * Connects stages by their paths: a stage needs another when one of its dependencies or params files is an output of
 * it, lies inside one, or contains one.
 *
 * @throws {@link DuplicateOutputError}, {@link OverlappingOutputsError}, {@link StageInsideOutputError} and
 *   {@link CyclicPipelineError}, in the order in which DVC looks.
 */
export function buildGraph(stages: readonly ProjectStage[], options: GraphOptions = {}): StageGraph {
  const outputs = indexOutputs(stages, options);
  for (const stage of stages) {
    const [around] = outputs.listAbove(stage.file);
    if (around !== undefined) throw new StageInsideOutputError(addressIn(stage, options), pathIn(around, options));
  }
  const needs = new Map(stages.map((stage) => [stage, producers(stage, outputs)]));
  const cycle = findCycle(stages, needs);
  if (cycle !== undefined) throw new CyclicPipelineError(cycle.map((stage) => addressIn(stage, options)));
  return new StageGraph(stages, needs);
}

/**
 * Indexes the outputs of stages by path.
 *
 * @throws {@link DuplicateOutputError}, {@link OverlappingOutputsError}
 */
export function indexOutputs(stages: readonly ProjectStage[], options: GraphOptions = {}): PathTree<OwnedOutput> {
  const outputs = new PathTree<OwnedOutput>();
  for (const stage of stages) {
    for (const out of stage.outs) {
      const owned = { stage, out };
      const same = outputs.get(out.path);
      if (same !== undefined) {
        const addresses = new Set([same.stage, stage].map((one) => addressIn(one, options)));
        throw new DuplicateOutputError(pathIn(owned, options), [...addresses]);
      }
      const [child] = outputs.listInside(out.path);
      const [parent] = outputs.listAbove(out.path);
      if (child !== undefined) throw overlap(owned, child, options);
      if (parent !== undefined) throw overlap(parent, owned, options);
      outputs.set(out.path, owned);
    }
  }
  return outputs;
}

/** Lists the outputs a stage needs: those its inputs are, lie in, or contain. */
export function listNeededOutputs(stage: ProjectStage, outputs: PathTree<OwnedOutput>): readonly OwnedOutput[] {
  // What is imported from another repository or a database is no path of this project.
  if (stage.deps.some(({ kind }) => kind === "repo" || kind === "db")) return [];
  const paths = [
    ...stage.deps.filter(({ kind }) => kind === "path").map(({ path }) => path),
    ...stage.params.map(({ path }) => path),
  ];
  return [...new Set(paths.flatMap((path) => [...outputs.listAbove(path), ...outputs.listInside(path)]))];
}

function producers(stage: ProjectStage, outputs: PathTree<OwnedOutput>): ReadonlySet<ProjectStage> {
  return new Set(listNeededOutputs(stage, outputs).map((owned) => owned.stage));
}

/** Depth first, a stage after those it leads to; without recursion, because pipelines can be long. */
function walk(
  starts: readonly ProjectStage[],
  next: (stage: ProjectStage) => readonly ProjectStage[],
): readonly ProjectStage[] {
  const seen = new Set<ProjectStage>();
  const done: ProjectStage[] = [];
  for (const start of starts) {
    if (seen.has(start)) continue;
    seen.add(start);
    const path = [{ stage: start, rest: [...next(start)] }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = top.rest.shift();
      if (child === undefined) {
        done.push(top.stage);
        path.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        path.push({ stage: child, rest: [...next(child)] });
      }
    }
  }
  return done;
}

function findCycle(stages: readonly ProjectStage[], needs: Neighbours): readonly ProjectStage[] | undefined {
  const finished = new Set<ProjectStage>();
  for (const start of stages) {
    if (finished.has(start)) continue;
    const path = [{ stage: start, rest: [...(needs.get(start) ?? [])] }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = top.rest.shift();
      if (child === undefined) {
        finished.add(top.stage);
        onPath.delete(top.stage);
        path.pop();
      } else if (onPath.has(child)) {
        return path.slice(path.findIndex(({ stage }) => stage === child)).map(({ stage }) => stage);
      } else if (!finished.has(child)) {
        onPath.add(child);
        path.push({ stage: child, rest: [...(needs.get(child) ?? [])] });
      }
    }
  }
  return undefined;
}

function overlap(parent: OwnedOutput, child: OwnedOutput, options: GraphOptions): OverlappingOutputsError {
  const describe = (owned: OwnedOutput): { path: string; stage: string } => ({
    path: pathIn(owned, options),
    stage: addressIn(owned.stage, options),
  });
  return new OverlappingOutputsError(describe(parent), describe(child));
}

function addressIn(stage: ProjectStage, options: GraphOptions): string {
  return stageAddress(stage, options.folder);
}

function pathIn({ out }: OwnedOutput, options: GraphOptions): string {
  return relativeTo(options.folder ?? "", out.path);
}
