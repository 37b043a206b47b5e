import { formatDvcFileIdentity } from "@waymark/core";
import { hashBytes } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import { ChangeLookup, type ChangeLookupOptions } from "./change-lookup.ts";
import { compareParams, type ParamsChange } from "./param-changes.ts";
import type { ProjectStage, StageDependency, StageOutput } from "../project/project.ts";
import { isPythonEqual } from "../values/python-equal.ts";

/** What happened to a file, folder or source, in the words of `dvc status`. */
export type ChangeWord = "modified" | "deleted" | "new" | "not in cache" | "update available" | "not in sync";

/** An input that changed. */
export interface DependencyChange {
  readonly dep: StageDependency;
  readonly word: ChangeWord;
}

/** An output that changed. */
export interface OutputChange {
  readonly out: StageOutput;
  readonly word: ChangeWord;
}

/** How a stage differs from what is recorded of it. */
export interface StageChanges {
  readonly stage: ProjectStage;
  /** Empty for a frozen stage: its inputs do not count. */
  readonly deps: readonly DependencyChange[];
  /** Empty for a frozen stage. */
  readonly params: readonly ParamsChange[];
  readonly outs: readonly OutputChange[];
  /** It says so itself, or its command has neither inputs nor outputs. */
  readonly isAlwaysChanged: boolean;
  /** For a stage of a dvc.yaml: another command is recorded, or none. */
  readonly isCommandChanged: boolean;
  /** For a `.dvc` file of imported data: it was edited by hand. */
  readonly isChecksumChanged: boolean;
}

/** Options of {@link collectStageChanges}. */
export interface ChangeOptions extends ChangeLookupOptions {
  /** Only outputs at or above this path, relative to the project. Default: all. */
  readonly onlyPath?: string | undefined;
  /** Asks the sources of imports whether there is something newer. Default `false`. */
  readonly isCheckingImports?: boolean;
  /** Shared between stages, so that a file several of them need is looked at once. */
  readonly lookup?: ChangeLookup;
}

/**
 * Compares a stage with what is recorded of it: inputs, params, outputs, command.
 *
 * @throws A `TrackerError` for a params file that cannot be read, and whatever reading the files throws.
 */
export async function collectStageChanges(
  project: DvcProject,
  stage: ProjectStage,
  options: ChangeOptions = {},
): Promise<StageChanges> {
  const lookup = options.lookup ?? new ChangeLookup(project, options);
  const areInputsShown = !stage.isFrozen || (isRepositoryImport(stage) && options.isCheckingImports === true);
  const outs = stage.outs.filter(
    (out) =>
      options.onlyPath === undefined || isAround(out.path, options.onlyPath) || isAround(options.onlyPath, out.path),
  );
  return {
    stage,
    deps: areInputsShown ? await collectDependencyChanges(stage.deps, lookup, options) : [],
    params: areInputsShown ? await collectParamsChanges(stage, lookup) : [],
    outs: await collectOutputChanges(outs, lookup),
    isAlwaysChanged: stage.isAlwaysChanged || isCallback(stage),
    isCommandChanged:
      stage.name !== undefined && stage.locked !== undefined && !isPythonEqual(stage.locked.command, stage.command),
    isChecksumChanged: stage.content !== undefined && isChecksumChanged(stage),
  };
}

/** Tells whether anything at all changed. */
export function hasChanges(changes: StageChanges): boolean {
  return (
    changes.deps.length > 0 ||
    changes.params.length > 0 ||
    changes.outs.length > 0 ||
    changes.isAlwaysChanged ||
    changes.isCommandChanged ||
    changes.isChecksumChanged
  );
}

/** Tells whether a stage runs on every occasion, because nothing says when it need not. */
export function isCallback(stage: ProjectStage): boolean {
  return stage.command !== undefined && stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0;
}

/** Tells whether a `.dvc` file holds data imported from another repository. */
export function isRepositoryImport(stage: ProjectStage): boolean {
  return isImport(stage) && stage.deps[0]?.kind === "repo";
}

function isImport(stage: ProjectStage): boolean {
  return stage.command === undefined && stage.deps.length === 1 && stage.outs.length === 1;
}

async function collectDependencyChanges(
  deps: readonly StageDependency[],
  lookup: ChangeLookup,
  options: ChangeOptions,
): Promise<readonly DependencyChange[]> {
  const words = await Promise.all(deps.map((dep) => dependencyWord(dep, lookup, options)));
  return deps.flatMap((dep, at) => {
    const word = words[at];
    return word === undefined ? [] : [{ dep, word }];
  });
}

async function dependencyWord(
  dep: StageDependency,
  lookup: ChangeLookup,
  options: ChangeOptions,
): Promise<ChangeWord | undefined> {
  switch (dep.kind) {
    case "path":
      return lookup.contentWord(dep);
    case "repo":
      if (options.isCheckingImports !== true) return undefined;
      return (await lookup.hasUpdate(dep)) ? "update available" : undefined;
    case "dataset":
      return lookup.datasetWord(dep);
    case "db":
      // A database cannot be asked whether an answer is still the same.
      return undefined;
  }
}

async function collectParamsChanges(stage: ProjectStage, lookup: ChangeLookup): Promise<readonly ParamsChange[]> {
  const changes = await Promise.all(
    stage.params.map(async (params) => compareParams(params, await lookup.paramsFile(params.path))),
  );
  return changes.filter((change) => change !== undefined);
}

async function collectOutputChanges(
  outs: readonly StageOutput[],
  lookup: ChangeLookup,
): Promise<readonly OutputChange[]> {
  const words = await Promise.all(
    outs.map(async (out): Promise<ChangeWord | undefined> =>
      out.isCached && lookup.isMissingInCache(out) ? "not in cache" : lookup.contentWord(out),
    ),
  );
  return outs.flatMap((out, at) => {
    const word = words[at];
    return word === undefined ? [] : [{ out, word }];
  });
}

function isAround(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** `dvc add` writes no checksum of the file itself, only imports have one. */
function isChecksumChanged(stage: ProjectStage): boolean {
  if (stage.content === undefined) return false;
  const recorded = stage.content["md5"] ?? undefined;
  const hasChecksum = isImport(stage) || stage.command !== undefined;
  return hasChecksum
    ? recorded !== hashBytes(Buffer.from(formatDvcFileIdentity(stage.content))).md5
    : recorded !== undefined;
}
