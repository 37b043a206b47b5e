import { compareCodePoints, type DvcLockEntry, type DvcLockStage } from "@waymark/core";
import type { JobOptions } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import { readParam, readParamsFile } from "../changes/param-changes.ts";
import type { ParamSelection, ProjectStage, StageDependency } from "../project/project.ts";
import { stageAddress } from "../project/stage-address.ts";
import { absolutePath, kindAt, lockEntryOf } from "./stage-content.ts";
import { MissingDependencyError, MissingParamsError, SourceUnknownError } from "./stage-errors.ts";
import { isMapping, newMapping, type Mapping } from "../values/values.ts";
import { hashContent } from "../data/workspace-contents.ts";
import { WorkspaceSource } from "../project/workspace-source.ts";

/** What goes into a stage, as dvc.lock records it. */
export interface StageInputs {
  readonly deps: readonly DvcLockEntry[];
  readonly params: NonNullable<DvcLockStage["params"]>;
}

/** Options of {@link hashInputs}. */
export interface HashInputsOptions extends JobOptions {
  /** A dependency that is not there keeps what is recorded of it, if anything. Default `false`: it is an error. */
  readonly allowMissing?: boolean;
  /** Tells whether a path is an output of the project, for the hint of the error. */
  readonly isTracked?: (path: string) => boolean;
  /** Asks a URL for what identifies it now; `undefined` when nothing is there. Default: it is as recorded. */
  readonly hashUrl?: ((url: string, recorded: Mapping | undefined) => Promise<Mapping | undefined>) | undefined;
}

const DEFAULT_PARAMS = "params.yaml";

/**
 * Hashes the dependencies of a stage and reads its params, as they are now.
 *
 * @throws {@link MissingDependencyError}, {@link MissingParamsError}, {@link SourceUnknownError}.
 */
export async function hashInputs(
  project: DvcProject,
  stage: ProjectStage,
  options: HashInputsOptions = {},
): Promise<StageInputs> {
  const sorted = stage.deps.toSorted((a, b) => compareCodePoints(a.text, b.text));
  const deps = await Promise.all(sorted.map((dep) => hashDependency(project, stage, dep, options)));
  return { deps: deps.filter((entry) => entry !== undefined), params: await readParams(project, stage, options) };
}

async function hashDependency(
  project: DvcProject,
  stage: ProjectStage,
  dep: StageDependency,
  options: HashInputsOptions,
): Promise<DvcLockEntry | undefined> {
  if (dep.kind !== "path") {
    if (dep.recorded !== undefined) return dep.recorded;
    throw new SourceUnknownError(stageAddress(stage, project.folder), dep.text);
  }
  if (dep.path.includes("://")) return askUrl(project, stage, dep, options);
  const path = absolutePath(project, dep.path);
  if (kindAt(path) === undefined) {
    if (options.allowMissing === true) return dep.recorded;
    throw new MissingDependencyError(
      stageAddress(stage, project.folder),
      dep.path,
      options.isTracked?.(dep.path) ?? false,
    );
  }
  // What DVC 2 recorded stays as it is until the content changes.
  if (dep.isLegacy && dep.recorded !== undefined) {
    const legacy = await hashContent(project, path, true, options);
    if (legacy.md5 === dep.hash) return dep.recorded;
  }
  return lockEntryOf(dep.text, await hashContent(project, path, false, options));
}

async function askUrl(
  project: DvcProject,
  stage: ProjectStage,
  dep: StageDependency,
  options: HashInputsOptions,
): Promise<DvcLockEntry | undefined> {
  const address = stageAddress(stage, project.folder);
  if (options.hashUrl === undefined) {
    if (dep.recorded !== undefined) return dep.recorded;
    throw new SourceUnknownError(address, dep.text);
  }
  const found = await options.hashUrl(dep.path, dep.recorded);
  if (found !== undefined) return Object.assign(newMapping(), { path: dep.text, hash: "md5" }, found);
  if (options.allowMissing === true) return dep.recorded;
  throw new MissingDependencyError(address, dep.path, false);
}

/** The default file first, the others by name; keys by name. */
async function readParams(
  project: DvcProject,
  stage: ProjectStage,
  options: HashInputsOptions,
): Promise<NonNullable<DvcLockStage["params"]>> {
  const source = new WorkspaceSource(project.repo, project.root);
  const files = stage.params.toSorted((a, b) => {
    if (a.text === b.text) return 0;
    return a.text === DEFAULT_PARAMS ? -1 : b.text === DEFAULT_PARAMS ? 1 : compareCodePoints(a.text, b.text);
  });
  const result: Record<string, Mapping> = newMapping() as Record<string, Mapping>;
  for (const file of files) {
    const values = await readParamsFile(source, file.path);
    const selected = selectValues(file, values);
    if (selected.missing === undefined) result[file.text] = selected.values;
    else if (options.allowMissing !== true) {
      throw new MissingParamsError(stageAddress(stage, project.folder), file.path, selected.missing);
    } else if (file.recorded !== undefined) result[file.text] = file.recorded;
  }
  return result;
}

function selectValues(
  file: ParamSelection,
  values: Mapping | undefined,
): { readonly values: Mapping; readonly missing?: readonly string[] } {
  const selected = newMapping();
  if (!isMapping(values)) return { values: selected, missing: [] };
  const isWhole = file.keys.length === 0;
  const keys = isWhole ? Object.keys(values) : file.keys;
  const missing: string[] = [];
  for (const key of keys.toSorted(compareCodePoints)) {
    const value = isWhole ? values[key] : readParam(values, key);
    if (value === undefined) missing.push(key);
    else selected[key] = copyValue(value);
  }
  return missing.length > 0 ? { values: selected, missing } : { values: selected };
}

/** Two keys may name the same part of a file, which YAML would write once and refer to. */
function copyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyValue);
  if (!isMapping(value)) return value;
  const copy = newMapping();
  for (const [key, member] of Object.entries(value)) copy[key] = copyValue(member);
  return copy;
}
