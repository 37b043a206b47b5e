import { checkProjectFile, parseDvcYaml, parseYaml, TrackerError, type DvcYaml } from "@waymark/core";
import { PipelineError } from "../errors.ts";
import type { ParseMemo } from "./parse-memo.ts";
import { PathTree } from "./path-tree.ts";
import { folderOf, joinProjectPath } from "./posix-path.ts";
import type { PlotEntry, Project, ProjectStage } from "./project.ts";
import { readLockedStages, type LockedStage } from "./recorded.ts";
import { readDataStage } from "./read-data-stage.ts";
import { readStage } from "./read-stage.ts";
import { DEFAULT_PARSING, type CommandParsing } from "../resolve/command-options.ts";
import { Context } from "../resolve/context.ts";
import { expandStage } from "../resolve/expand.ts";
import { hasExpression, Interpolation } from "../resolve/interpolate.ts";
import type { RevisionSource } from "./revision-source.ts";
import { isMapping, newMapping } from "../values/values.ts";

const LOCK_SCHEMA = "2.0";

/** How {@link readProject} reads. */
export interface ReadProjectOptions {
  /** How mappings become options of commands. Default: as DVC does when nothing is configured. */
  readonly parsing?: CommandParsing;
  /** Refuses files that DVC 3 refuses. Default `false`: what older versions wrote stays readable. */
  readonly isStrict?: boolean;
  /** Told of a file that cannot be read, which is then passed over. Default: the error is thrown. */
  readonly onError?: ((path: string, error: TrackerError) => void) | undefined;
}

/**
 * Reads every dvc.yaml, its dvc.lock, and every `.dvc` file of a revision. Files inside outputs are data and define
 * nothing.
 *
 * @throws A `TrackerError` for the first file that cannot be read: DVC too shows nothing of such a revision.
 */
export async function readProject(
  source: RevisionSource,
  memo: ParseMemo,
  options: ReadProjectOptions = {},
): Promise<Project> {
  const paths = (await source.listProjectFiles()).toSorted(compareAsWalked);
  const parts = await Promise.all(paths.map((path) => readOrReport(source, memo, path, options)));
  const outputs = new PathTree<string>();
  const project = { stages: [], params: [], metrics: [], plots: [], hasVars: false } as {
    stages: ProjectStage[];
    params: string[];
    metrics: string[];
    plots: PlotEntry[];
    hasVars: boolean;
  };
  for (const [at, path] of paths.entries()) {
    const part = parts[at];
    const isData = outputs.listAbove(folderOf(path)).some((file) => file !== path);
    if (part === undefined || isData) continue;
    for (const stage of part.stages) for (const out of stage.outs) outputs.set(out.path, path);
    project.stages.push(...part.stages);
    project.params.push(...part.params);
    project.metrics.push(...part.metrics);
    project.plots.push(...part.plots);
    project.hasVars ||= part.hasVars;
  }
  return project;
}

async function readOrReport(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  options: ReadProjectOptions,
): Promise<Project | undefined> {
  try {
    return await (path.endsWith(".dvc")
      ? readDataProject(source, memo, path, options)
      : readPipelineFile(source, memo, path, options));
  } catch (error) {
    if (options.onError === undefined || !(error instanceof TrackerError)) throw error;
    options.onError(path, error);
    return undefined;
  }
}

async function readDataProject(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  options: ReadProjectOptions,
): Promise<Project> {
  const content = await readYaml(source, memo, path, options);
  const stage = readDataStage(path, content);
  return stage === undefined ? empty() : { ...empty(), stages: [stage] };
}

async function readPipelineFile(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  options: ReadProjectOptions,
): Promise<Project> {
  const { parsing = DEFAULT_PARSING, isStrict = false } = options;
  const definition = await memo.get(`dvc.yaml ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    return text === undefined ? undefined : parseDvcYaml(text, { path, keepNumberKinds: true, isStrict });
  });
  if (definition === undefined) return empty();
  const folder = folderOf(path);
  const needsContext = mentionsExpression(definition) || definition.vars.length > 0;
  const where = `${path}: 'vars'`;
  if (hasExpression(definition.vars)) throw new PipelineError(where, "expressions have no meaning here");
  const context = needsContext
    ? await Context.empty.extend(source, definition.vars, { folder, where, withDefault: true })
    : Context.empty;
  const top = new Interpolation(context, path, parsing);
  const locked =
    Object.keys(definition.stages).length === 0
      ? new Map<string, LockedStage>()
      : await readLock(source, memo, path, isStrict);
  const templates = Object.entries(definition.stages).flatMap(([name, body]) => expandStage(name, body, context, path));
  return {
    hasVars: needsContext || templates.some((template) => template.body.vars !== undefined),
    stages: await Promise.all(
      templates.map((template) =>
        readStage(source, template, locked.get(template.name), { file: path, folder, parsing }),
      ),
    ),
    params: definition.params.map((file) => joinProjectPath(folder, top.text(file))),
    metrics: definition.metrics.map((file) => joinProjectPath(folder, top.text(file))),
    plots: definition.plots.map(({ id, properties }) => {
      const name = top.text(id);
      const resolved = top.apply(Object.assign(newMapping(), properties));
      return {
        id: name,
        path: joinProjectPath(folder, name),
        properties: isMapping(resolved) ? resolved : newMapping(),
        file: path,
      };
    }),
  };
}

async function readLock(
  source: RevisionSource,
  memo: ParseMemo,
  pipelineFile: string,
  isStrict: boolean,
): Promise<ReadonlyMap<string, LockedStage>> {
  const path = pipelineFile.replace(/\.yaml$/, ".lock");
  return memo.get(`dvc.lock ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    if (text === undefined) return new Map<string, LockedStage>();
    // Params are compared as Python does, which tells 1.0 from 1 when they are written again.
    const content = parseYaml(text, { path, keepNumberKinds: true });
    if (isStrict) checkProjectFile("dvc.lock", content, text, path);
    if (content !== null && (!isMapping(content) || content["schema"] !== LOCK_SCHEMA)) {
      throw new PipelineError(path, `its 'schema' is not '${LOCK_SCHEMA}'`);
    }
    return readLockedStages(content);
  });
}

async function readYaml(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  { isStrict = false }: ReadProjectOptions,
): Promise<unknown> {
  return memo.get(`yaml ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    if (text === undefined) return undefined;
    const content = parseYaml(text, { path });
    if (isStrict) checkProjectFile(".dvc", content, text, path);
    return content;
  });
}

async function readText(source: RevisionSource, path: string): Promise<string | undefined> {
  const data = await source.read(path);
  return data === undefined ? undefined : new TextDecoder().decode(data);
}

/** A dvc.yaml without expressions needs no vars, and a params.yaml that cannot be read does not matter to it. */
function mentionsExpression(definition: DvcYaml): boolean {
  return JSON.stringify(definition, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  ).includes("${");
}

function empty(): Project {
  return { stages: [], params: [], metrics: [], plots: [], hasVars: false };
}

/** The order in which a walk meets files: those of a folder before its sub-folders. */
function compareAsWalked(a: string, b: string): number {
  const left = folderOf(a).split("/");
  const right = folderOf(b).split("/");
  for (let depth = 0; depth < Math.min(left.length, right.length); depth += 1) {
    const [one = "", other = ""] = [left[depth], right[depth]];
    if (one !== other) return one < other ? -1 : 1;
  }
  if (left.length !== right.length) return left.length - right.length;
  return a < b ? -1 : 1;
}
