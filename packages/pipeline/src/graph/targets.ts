import { statSync } from "node:fs";
import { join } from "node:path";
import { TrackerError } from "@waymark/core";
import { suggestWords } from "@waymark/core/suggest";
import { listIgnoredPaths } from "@waymark/git";
import { explainIgnored } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import { HiddenFileError } from "../errors.ts";
import { buildGraph, type StageGraph } from "./graph.ts";
import { isAtOrBelow, joinProjectPath } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { projectPrefix } from "../project/scoped-stages.ts";
import { TargetNotFoundError } from "./target-errors.ts";
import { relativeTo } from "../project/stage-address.ts";
import { matchesGlob } from "./stage-glob.ts";

const DEFAULT_FILE = "dvc.yaml";
const STAGE_NAME = /^(?<path>.*?)(?::(?<name>[^\\/:]*))?$/s;

/** A stage that does not exist, or a file that defines none. */
export class StageNotFoundError extends TrackerError {
  override readonly code = "STAGE_NOT_FOUND";
  readonly target: string;

  constructor(target: string, reason: string, hint?: string) {
    super(reason, { hint: hint ?? "Run `waymark stage list --all` for the stages of this project." });
    this.target = target;
  }
}

/** Where targets are looked up. */
export type TargetProject = Pick<DvcProject, "root" | "folder"> & Partial<Pick<DvcProject, "repo">>;

/** What a target stands for. */
export interface TargetSelection {
  readonly stage: ProjectStage;
  /** The target named an output, or a path in one: only this matters. Relative to the project. */
  readonly path?: string;
}

/** Options of {@link resolveTargets} and {@link resolveStages}. */
export interface TargetOptions {
  /** Adds the stages that those named need. Default `false`. */
  readonly withDeps?: boolean;
  /** A folder stands for every stage defined in it. Default `false`. */
  readonly isRecursive?: boolean;
  /** Names of stages are patterns (`*`, `?`, `[…]`). Default `false`. */
  readonly isGlob?: boolean;
  /** The graph of the stages, when the caller has it. */
  readonly graph?: StageGraph;
}

/**
 * Finds what targets stand for, in DVC's order of preference: `path/dvc.yaml`, `path/dvc.yaml:name` and `.dvc` files,
 * with `isRecursive` a folder, a stage or group of the dvc.yaml of the current folder, an output, a path in an output.
 *
 * @param targets - None selects every stage.
 * @throws {@link TargetNotFoundError}, {@link StageNotFoundError}, and what {@link buildGraph} throws where the graph is
 *   needed: for outputs, folders and `withDeps`.
 */
export function resolveTargets(
  project: TargetProject,
  stages: readonly ProjectStage[],
  targets: readonly string[],
  options: TargetOptions = {},
): readonly TargetSelection[] {
  if (targets.length === 0) return stages.map((stage) => ({ stage }));
  const finder = new TargetFinder(project, stages, options);
  return targets.flatMap((target) => finder.findAny(target));
}

/**
 * Finds the stages that targets stand for; outputs are none. Each stage is there once.
 *
 * @param targets - None selects every stage.
 * @throws As {@link resolveTargets}.
 */
export function resolveStages(
  project: TargetProject,
  stages: readonly ProjectStage[],
  targets: readonly string[],
  options: TargetOptions = {},
): readonly ProjectStage[] {
  if (targets.length === 0) return stages;
  const finder = new TargetFinder(project, stages, options);
  return [...new Set(targets.flatMap((target) => finder.findStages(target)))];
}

/** A target taken apart. */
interface ParsedTarget {
  /** As typed; `undefined` when it may be the name of a stage or an output. */
  readonly file: string | undefined;
  readonly name: string | undefined;
}

class TargetFinder {
  readonly #project: TargetProject;
  readonly #stages: readonly ProjectStage[];
  readonly #options: TargetOptions;
  #graph: StageGraph | undefined;

  constructor(project: TargetProject, stages: readonly ProjectStage[], options: TargetOptions) {
    this.#project = project;
    this.#stages = stages;
    this.#options = options;
    this.#graph = options.graph;
  }

  findAny(target: string): readonly TargetSelection[] {
    const { file, name } = parseTarget(target);
    if (this.#isFolder(target)) return this.findStages(target).map((stage) => ({ stage }));
    if (file === undefined) {
      const named = this.#inFile(DEFAULT_FILE, name);
      if (named.length > 0) return this.#withDeps(named).map((stage) => ({ stage }));
    } else if (isProjectFileName(file) && this.#exists(file)) {
      return this.findStages(target).map((stage) => ({ stage }));
    }
    const path = joinProjectPath(this.#project.folder, target);
    const owner = this.#stages.find((stage) => stage.outs.some((out) => isAtOrBelow(path, out.path)));
    if (owner !== undefined) {
      // DVC checks the graph before it looks for outputs.
      this.#requireGraph();
      return [{ stage: owner, path }];
    }
    if (file !== undefined && isProjectFileName(file)) return this.findStages(target).map((stage) => ({ stage }));
    if (file === undefined) this.#refuseHidden(DEFAULT_FILE);
    throw new TargetNotFoundError(target);
  }

  findStages(target: string): readonly ProjectStage[] {
    const { root, folder } = this.#project;
    if (this.#isFolder(target)) {
      const path = joinProjectPath(folder, target);
      return this.#requireGraph()
        .order()
        .filter((stage) => isAtOrBelow(stage.file, path));
    }
    const { file = DEFAULT_FILE, name } = parseTarget(target, this.#options.isGlob === true);
    const found = this.#inFile(file, name);
    if (found.length > 0) return this.#withDeps(found);
    if (this.#options.isGlob === true && this.#exists(file)) return [];
    this.#refuseHidden(file);
    throw notFound(target, file, name, this.#namesIn(file), {
      isThere: this.#exists(file),
      isProjectFile: isProjectFileName(file),
      isTracked: statSync(join(root, joinProjectPath(folder, `${file}.dvc`)), { throwIfNoEntry: false }) !== undefined,
    });
  }

  #inFile(file: string, name: string | undefined): readonly ProjectStage[] {
    const path = joinProjectPath(this.#project.folder, file);
    const inFile = this.#stages.filter((stage) => stage.file === path);
    if (name === undefined || name === "" || path.endsWith(".dvc")) return inFile;
    if (this.#options.isGlob === true) return inFile.filter((stage) => matchesGlob(stage.name ?? "", name));
    const exact = inFile.filter((stage) => stage.name === name);
    // A `foreach` or `matrix` stands for all of its stages.
    return exact.length > 0 ? exact : inFile.filter((stage) => !stage.isPlain && stage.group === name);
  }

  /** A file that is ignored is passed over, which a user who names it has to be told. */
  #refuseHidden(file: string): void {
    const { repo, root, folder } = this.#project;
    if (!isProjectFileName(file) || !this.#exists(file)) return;
    const path = joinProjectPath(folder, file);
    const { isIgnored, source } = explainIgnored(root, path);
    if (isIgnored) throw new HiddenFileError(file, source);
    if (repo === undefined) return;
    const inRepo = joinProjectPath(projectPrefix(repo, root), path);
    if (listIgnoredPaths(repo, [inRepo]).has(inRepo)) throw new HiddenFileError(file);
  }

  #namesIn(file: string): readonly string[] {
    return this.#inFile(file, undefined).flatMap(({ name }) => (name === undefined ? [] : [name]));
  }

  #withDeps(stages: readonly ProjectStage[]): readonly ProjectStage[] {
    return this.#options.withDeps === true ? this.#requireGraph().order(stages) : stages;
  }

  #requireGraph(): StageGraph {
    this.#graph ??= buildGraph(this.#stages, { folder: this.#project.folder });
    return this.#graph;
  }

  #isFolder(target: string): boolean {
    return this.#options.isRecursive === true && this.#stat(target)?.isDirectory() === true;
  }

  #exists(file: string): boolean {
    return this.#stat(file) !== undefined;
  }

  #stat(path: string): ReturnType<typeof statSync> | undefined {
    return statSync(join(this.#project.root, joinProjectPath(this.#project.folder, path)), { throwIfNoEntry: false });
  }
}

/** Splits `path/dvc.yaml:name`; what follows the first `@` belongs to the name, colons and all. */
function parseTarget(target: string, isGlob = false): ParsedTarget {
  if (isGlob) {
    const colon = target.lastIndexOf(":");
    return { file: colon > 0 ? target.slice(0, colon) : DEFAULT_FILE, name: target.slice(colon + 1) };
  }
  const at = target.indexOf("@");
  const { path = "", name } = STAGE_NAME.exec(at === -1 ? target : target.slice(0, at))?.groups ?? {};
  if (path !== "" && name === undefined) {
    return isProjectFileName(target) ? { file: target, name: undefined } : { file: undefined, name: target };
  }
  const suffix = at === -1 ? "" : target.slice(at);
  return { file: path === "" ? DEFAULT_FILE : path, name: name === undefined ? undefined : `${name}${suffix}` };
}

function isProjectFileName(path: string): boolean {
  return path.endsWith(".dvc") || path === DEFAULT_FILE || path.endsWith(`/${DEFAULT_FILE}`);
}

function notFound(
  target: string,
  file: string,
  name: string | undefined,
  names: readonly string[],
  is: { readonly isThere: boolean; readonly isProjectFile: boolean; readonly isTracked: boolean },
): StageNotFoundError {
  if (!is.isProjectFile) {
    const hint = is.isTracked ? `Did you mean '${file}.dvc'?` : "Stages are defined in dvc.yaml and .dvc files.";
    return new StageNotFoundError(target, `'${file}' is neither a dvc.yaml nor a .dvc file`, hint);
  }
  if (!is.isThere) return new StageNotFoundError(target, `'${file}' does not exist`);
  if (name === undefined || names.length === 0) return new StageNotFoundError(target, `'${file}' defines no stages`);
  const similar = suggestWords(name, names);
  const hint = similar.length === 0 ? undefined : `Did you mean ${similar.map((one) => `'${one}'`).join(" or ")}?`;
  return new StageNotFoundError(target, `there is no stage '${name}' in '${relativeTo("", file)}'`, hint);
}
