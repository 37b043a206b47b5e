import { statSync } from "node:fs";
import { join } from "node:path";
import { addStageText, compareCodePoints, parseYaml, TrackerError } from "@waymark/core";
import { type DvcProject, loadProject } from "../project/dvc-project.ts";
import { buildGraph } from "../graph/graph.ts";
import { ProjectEdit } from "../project/project-edit.ts";
import { joinProjectPath, ownPath } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { readStage } from "../project/read-stage.ts";
import { DEFAULT_PARSING } from "../resolve/command-options.ts";
import { Context } from "../resolve/context.ts";
import { relativeTo, stageAddress } from "../project/stage-address.ts";
import { isMapping, newMapping, type Mapping } from "../values/values.ts";
import { WorkspaceSource } from "../project/workspace-source.ts";

const DEFAULT_PARAMS = "params.yaml";
/** ASCII punctuation but for `-` and `_`. */
const FORBIDDEN = /[!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~]/;

/** An output of a stage that is to be added. */
export interface NewOutput {
  /** As it is to be written, relative to the stage's folder. */
  readonly path: string;
  readonly role: "out" | "metric" | "plot";
  readonly isCached: boolean;
  readonly isPersistent: boolean;
}

/** A stage that is to be added. Paths are relative to its working folder, and written as they are. */
export interface NewStage {
  readonly name: string;
  readonly command: string;
  /** Folder its command runs in, relative to the current one. Default: the current one. */
  readonly wdir?: string | undefined;
  readonly deps: readonly string[];
  /** Names of params by file; no names: the whole file. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly outs: readonly NewOutput[];
  readonly isAlwaysChanged?: boolean;
  readonly description?: string | undefined;
}

/** A stage that cannot be added as it was asked for. */
export class InvalidStageError extends TrackerError {
  override readonly code = "INVALID_STAGE";

  constructor(reason: string, hint?: string) {
    super(reason, { hint });
  }
}

/** What {@link addStage} did. */
export interface AddedStage {
  readonly stage: ProjectStage;
  /** For staging with Git, and for undoing. */
  readonly edit: ProjectEdit;
}

/**
 * Adds a stage to the dvc.yaml of the current folder. What the file says besides stays as it is; outputs that go to
 * the cache are hidden from Git.
 *
 * @param options - `isForced`: one of that name is replaced. Default `false`.
 * @throws {@link InvalidStageError}, and what `buildGraph` throws when the stage does not go with the others.
 */
export async function addStage(
  project: DvcProject,
  wanted: NewStage,
  options: { readonly isForced?: boolean } = {},
): Promise<AddedStage> {
  checkName(wanted.name);
  if (wanted.command.trim() === "")
    throw new InvalidStageError("the stage has no command", "Put it last: `… -- python train.py`.");
  const wdir = checkFolder(project, wanted.wdir);
  const file = joinProjectPath(project.folder, "dvc.yaml");
  const { stages } = await loadProject(project);
  const isSame = (stage: ProjectStage): boolean =>
    stage.file === file && (stage.name === wanted.name || stage.group === wanted.name);
  if (options.isForced !== true && stages.some(isSame)) {
    throw new InvalidStageError(
      `there is a stage '${wanted.name}' in '${relativeTo(project.folder, file)}' already`,
      "Replace it with `--force`.",
    );
  }
  const edit = new ProjectEdit(project);
  const text = edit.read(file);
  const definition = defineStage(
    withOwnPaths(wanted, wdir, project.root),
    relativeTo(project.folder, wdir),
    knownStage(text, wanted.name),
  );
  const stage = await toProjectStage(project, wanted, definition, file);
  checkPaths(project, stage);
  buildGraph([...stages.filter((other) => !isSame(other)), stage], { folder: project.folder });
  edit.write(file, addStageText(text, wanted.name, definition));
  for (const out of stage.outs) if (out.isCached) edit.ignore(out.path);
  edit.apply();
  return { stage, edit };
}

/** Absolute paths in the project become relative ones, as DVC writes them. */
function withOwnPaths(wanted: NewStage, wdir: string, root: string): NewStage {
  const own = (path: string): string => ownPath(path, wdir, root);
  return {
    ...wanted,
    deps: wanted.deps.map(own),
    params: new Map([...wanted.params].map(([file, keys]) => [own(file), keys])),
    outs: wanted.outs.map((out) => ({ ...out, path: own(out.path) })),
  };
}

function checkName(name: string): void {
  const [forbidden] = FORBIDDEN.exec(name) ?? [];
  if (name !== "" && forbidden === undefined) return;
  const reason = forbidden === undefined ? "it is empty" : `it has a '${forbidden}' in it`;
  throw new InvalidStageError(
    `'${name}' cannot be the name of a stage: ${reason}`,
    "Use letters, digits, '-' and '_'.",
  );
}

function checkFolder(project: DvcProject, wdir: string | undefined): string {
  const folder = joinProjectPath(project.folder, wdir ?? ".");
  const shown = wdir ?? ".";
  if (folder === ".." || folder.startsWith("../")) {
    throw new InvalidStageError(`the working folder '${shown}' is outside of the project`);
  }
  const stats = statSync(join(project.root, folder), { throwIfNoEntry: false });
  if (stats === undefined)
    throw new InvalidStageError(`the working folder '${shown}' does not exist`, "Make it first.");
  if (!stats.isDirectory()) throw new InvalidStageError(`the working folder '${shown}' is not a folder`);
  return folder;
}

/** Puts the keys in the order in which DVC writes them; what is empty is left out. */
function defineStage(wanted: NewStage, wdir: string, known: Mapping | undefined): Mapping {
  const outputs = (role: NewOutput["role"], section: string): readonly unknown[] =>
    wanted.outs
      .filter((out) => out.role === role)
      .toSorted((a, b) => compareCodePoints(a.path, b.path))
      .map((out) => describeOutput(out, knownFlags(known, section, out.path)));
  const definition = newMapping();
  const put = (key: string, value: unknown): void => {
    if (value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)) definition[key] = value;
  };
  put("desc", wanted.description ?? known?.["desc"]);
  put("cmd", wanted.command);
  put("wdir", wdir === "." ? undefined : wdir);
  put("deps", wanted.deps.toSorted(compareCodePoints));
  put("params", describeParams(wanted.params));
  put("outs", outputs("out", "outs"));
  put("metrics", outputs("metric", "metrics"));
  put("plots", outputs("plot", "plots"));
  put("always_changed", wanted.isAlwaysChanged === true ? true : undefined);
  put("meta", known?.["meta"]);
  return definition;
}

function describeParams(params: NewStage["params"]): readonly unknown[] {
  const own = [...new Set(params.get(DEFAULT_PARAMS) ?? [])].toSorted(compareCodePoints);
  const files = [...params]
    .filter(([file, keys]) => file !== DEFAULT_PARAMS || keys.length === 0)
    .toSorted(([a], [b]) => compareCodePoints(a, b))
    .map(([file, keys]) => ({ [file]: keys.length === 0 ? null : [...new Set(keys)].toSorted(compareCodePoints) }));
  return [...own, ...files];
}

/** Annotations, the remote and whether it is pushed stay those of a stage that is replaced, as in DVC. */
function describeOutput(out: NewOutput, known: Mapping): unknown {
  const flags = newMapping();
  for (const key of ["desc", "type", "labels", "meta"]) if (known[key] !== undefined) flags[key] = known[key];
  if (!out.isCached) flags["cache"] = false;
  if (out.isPersistent) flags["persist"] = true;
  if (known["remote"] !== undefined) flags["remote"] = known["remote"];
  if (known["push"] === false) flags["push"] = false;
  return Object.keys(flags).length === 0 ? out.path : { [out.path]: flags };
}

function knownStage(text: string | undefined, name: string): Mapping | undefined {
  const content = text === undefined ? undefined : parseYaml(text);
  const stages = isMapping(content) ? content["stages"] : undefined;
  const known = isMapping(stages) ? stages[name] : undefined;
  return isMapping(known) ? known : undefined;
}

function knownFlags(known: Mapping | undefined, section: string, path: string): Mapping {
  const list = known?.[section];
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    const flags = isMapping(item) ? item[path] : undefined;
    if (isMapping(flags)) return flags;
  }
  return newMapping();
}

/** Expressions in the command are for when the file is read; they have no say in how stages connect. */
async function toProjectStage(
  project: DvcProject,
  wanted: NewStage,
  definition: Mapping,
  file: string,
): Promise<ProjectStage> {
  const { cmd: _, ...body } = definition;
  const template = {
    name: wanted.name,
    group: undefined,
    body: Object.assign(newMapping(), body),
    context: Context.empty,
    used: new Map(),
    reserved: [],
  };
  const place = { file, folder: project.folder, parsing: DEFAULT_PARSING };
  const stage = await readStage(new WorkspaceSource(project.repo, project.root), template, undefined, place);
  return { ...stage, command: wanted.command };
}

function checkPaths(project: DvcProject, stage: ProjectStage): void {
  const isOutside = (path: string): boolean =>
    path.includes("://") || path.startsWith("/") || path === ".." || path.startsWith("../");
  const outside = stage.outs.find((out) => out.isCached && isOutside(out.path));
  if (outside !== undefined) {
    throw new InvalidStageError(
      `the output '${outside.text}' is outside of the project, and cannot go to its cache`,
      "Declare it with `-O`, which only records its hash, or let the command write inside the project.",
    );
  }
  const inputs = [...stage.deps, ...stage.params].map(({ path }) => path);
  const outputs = stage.outs.map(({ path }) => path);
  const shared = inputs.find((path) => outputs.includes(path));
  if (shared !== undefined) {
    throw new InvalidStageError(
      `'${relativeTo(project.folder, shared)}' is both an input and an output of '${stageAddress(stage, project.folder)}'`,
    );
  }
  const all = [...inputs, ...outputs];
  const twice = all.find((path, at) => all.indexOf(path) !== at);
  if (twice !== undefined) {
    throw new InvalidStageError(`'${relativeTo(project.folder, twice)}' is given more than once`);
  }
}
