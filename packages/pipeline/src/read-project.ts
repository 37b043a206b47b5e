import { parseDvcYaml, parseYaml, type DvcYaml } from "@waymark/core";
import { PipelineError } from "./errors.ts";
import type { ParseMemo } from "./parse-memo.ts";
import { folderOf, isAtOrBelow, joinProjectPath } from "./posix-path.ts";
import type { PlotEntry, Project, ProjectStage } from "./project.ts";
import { readLockedStages, type LockedStage } from "./recorded.ts";
import { readDataStage } from "./read-data-stage.ts";
import { readStage } from "./read-stage.ts";
import { DEFAULT_PARSING, type CommandParsing } from "./resolve/command-options.ts";
import { Context } from "./resolve/context.ts";
import { expandStage } from "./resolve/expand.ts";
import { hasExpression, Interpolation } from "./resolve/interpolate.ts";
import type { RevisionSource } from "./revision-source.ts";
import { isMapping, newMapping } from "./values.ts";

const LOCK_SCHEMA = "2.0";

/**
 * Reads every dvc.yaml, its dvc.lock, and every `.dvc` file of a revision. Files inside outputs are data and define
 * nothing.
 *
 * @throws A `TrackerError` for the first file that cannot be read: DVC too shows nothing of such a revision.
 */
export async function readProject(
  source: RevisionSource,
  memo: ParseMemo,
  parsing: CommandParsing = DEFAULT_PARSING,
): Promise<Project> {
  const paths = (await source.listProjectFiles()).toSorted(compareAsWalked);
  const parts = await Promise.all(paths.map((path) => readProjectFile(source, memo, path, parsing)));
  const outputs: { readonly path: string; readonly file: string }[] = [];
  const project = { stages: [], params: [], metrics: [], plots: [] } as {
    stages: ProjectStage[];
    params: string[];
    metrics: string[];
    plots: PlotEntry[];
  };
  for (const [at, path] of paths.entries()) {
    const part = parts[at];
    const isData = outputs.some((out) => out.file !== path && isAtOrBelow(folderOf(path), out.path));
    if (part === undefined || isData) continue;
    for (const stage of part.stages) outputs.push(...stage.outs.map((out) => ({ path: out.path, file: path })));
    project.stages.push(...part.stages);
    project.params.push(...part.params);
    project.metrics.push(...part.metrics);
    project.plots.push(...part.plots);
  }
  return project;
}

function readProjectFile(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  parsing: CommandParsing,
): Promise<Project> {
  return path.endsWith(".dvc") ? readDataProject(source, memo, path) : readPipelineFile(source, memo, path, parsing);
}

async function readDataProject(source: RevisionSource, memo: ParseMemo, path: string): Promise<Project> {
  const stage = readDataStage(path, await readYaml(source, memo, path));
  return stage === undefined ? empty() : { ...empty(), stages: [stage] };
}

async function readPipelineFile(
  source: RevisionSource,
  memo: ParseMemo,
  path: string,
  parsing: CommandParsing,
): Promise<Project> {
  const definition = await memo.get(`dvc.yaml ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    return text === undefined ? undefined : parseDvcYaml(text, { path, keepNumberKinds: true });
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
    Object.keys(definition.stages).length === 0 ? new Map<string, LockedStage>() : await readLock(source, memo, path);
  const templates = Object.entries(definition.stages).flatMap(([name, body]) => expandStage(name, body, context, path));
  return {
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
): Promise<ReadonlyMap<string, LockedStage>> {
  const path = pipelineFile.replace(/\.yaml$/, ".lock");
  return memo.get(`dvc.lock ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    if (text === undefined) return new Map<string, LockedStage>();
    // Params are compared as Python does, which tells 1.0 from 1 when they are written again.
    const content = parseYaml(text, { path, keepNumberKinds: true });
    if (content !== null && (!isMapping(content) || content["schema"] !== LOCK_SCHEMA)) {
      throw new PipelineError(path, `its 'schema' is not '${LOCK_SCHEMA}'`);
    }
    return readLockedStages(content);
  });
}

async function readYaml(source: RevisionSource, memo: ParseMemo, path: string): Promise<unknown> {
  return memo.get(`yaml ${path}`, await source.contentId(path), async () => {
    const text = await readText(source, path);
    return text === undefined ? undefined : parseYaml(text, { path });
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
  return { stages: [], params: [], metrics: [], plots: [] };
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
