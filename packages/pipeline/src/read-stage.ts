import { PipelineError } from "./errors.ts";
import { joinProjectPath } from "./posix-path.ts";
import type { ParamSelection, ProjectStage, StageDependency, StageOutput } from "./project.ts";
import { recordedHash, type LockedStage } from "./recorded.ts";
import { Interpolation, type UsedVars } from "./resolve/interpolate.ts";
import type { StageTemplate } from "./resolve/expand.ts";
import type { RevisionSource } from "./revision-source.ts";
import { asList, isMapping, newMapping, type Mapping } from "./values.ts";

const DEFAULT_PARAMS = "params.yaml";
const ROLES = { outs: "out", metrics: "metric", plots: "plot" } as const;
/** Flags of an output that are not about drawing it. */
const OUTPUT_FLAGS = new Set(["cache", "persist", "push", "remote", "checkpoint", "desc", "type", "labels", "meta"]);

/** Where a stage stands. */
export interface StagePlace {
  /** Its dvc.yaml, relative to the project. */
  readonly file: string;
  /** Folder of that file. */
  readonly folder: string;
}

/**
 * Makes a stage of its template: its own `vars` and every expression resolved, paths relative to the project, hashes
 * from the lock file.
 *
 * @throws {@link PipelineError}
 */
export async function readStage(
  source: RevisionSource,
  template: StageTemplate,
  locked: LockedStage | undefined,
  place: StagePlace,
): Promise<ProjectStage> {
  const where = `${place.file}: stage '${template.name}'`;
  const wdirText = template.body["wdir"];
  const first = new Interpolation(template.context, where);
  const wdir = joinProjectPath(place.folder, typeof wdirText === "string" ? first.text(wdirText) : ".");
  const vars = asList(template.body["vars"]);
  const context =
    vars.length === 0 ? template.context : await template.context.extend(source, vars, wdir, where, false);
  const interpolation = new Interpolation(context, where);
  const { cmd, ...rest } = template.body;
  // The command is not read here, and what it may contain would be refused elsewhere: only what it uses counts.
  for (const text of asList(cmd)) if (typeof text === "string") interpolation.text(text);
  const body = interpolation.apply(Object.assign(newMapping(), rest));
  if (!isMapping(body)) throw new PipelineError(where, "it is not a mapping");
  return {
    name: template.name,
    file: place.file,
    deps: readDependencies(body, wdir, locked, where),
    params: readParams(body, wdir, where),
    outs: readOutputs(body, wdir, locked, where),
    usedVars: joinUsed(template.used, first.used, interpolation.used),
  };
}

/** A URL, or a data set by name. */
function isElsewhere(path: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(path);
}

function resolvePath(wdir: string, path: string): string {
  return isElsewhere(path) || path.startsWith("/") ? path : joinProjectPath(wdir, path);
}

function readDependencies(
  body: Mapping,
  wdir: string,
  locked: LockedStage | undefined,
  where: string,
): readonly StageDependency[] {
  return asList(body["deps"]).flatMap((path) => {
    if (typeof path !== "string") throw new PipelineError(where, "an entry of 'deps' is not a path");
    if (path.startsWith("ds://")) return [];
    return [{ path: resolvePath(wdir, path), ...recordedHash(locked?.deps.get(path)) }];
  });
}

function readParams(body: Mapping, wdir: string, where: string): readonly ParamSelection[] {
  return asList(body["params"]).flatMap((entry): readonly ParamSelection[] => {
    if (typeof entry === "string") return [{ path: joinProjectPath(wdir, DEFAULT_PARAMS), keys: [entry] }];
    if (!isMapping(entry)) throw new PipelineError(where, "an entry of 'params' is neither a name nor a file");
    return Object.entries(entry).map(([file, keys]) => ({
      path: joinProjectPath(wdir, file),
      keys: asList(keys).map(String),
    }));
  });
}

function readOutputs(
  body: Mapping,
  wdir: string,
  locked: LockedStage | undefined,
  where: string,
): readonly StageOutput[] {
  return (Object.keys(ROLES) as (keyof typeof ROLES)[]).flatMap((section) =>
    asList(body[section]).flatMap((entry) => {
      const pairs = isMapping(entry) ? Object.entries(entry) : [[entry, undefined] as const];
      return pairs.map(([path, options]) => {
        if (typeof path !== "string") throw new PipelineError(where, `an entry of '${section}' is not a path`);
        const flags = isMapping(options) ? options : newMapping();
        return {
          path: resolvePath(wdir, path),
          ...recordedHash(locked?.outs.get(path)),
          role: ROLES[section],
          isCached: flags["cache"] !== false,
          isDataSource: false,
          properties: propertiesOf(flags),
        };
      });
    }),
  );
}

function propertiesOf(flags: Mapping): Mapping {
  const properties = newMapping();
  for (const [key, value] of Object.entries(flags)) if (!OUTPUT_FLAGS.has(key)) properties[key] = value;
  return properties;
}

function joinUsed(...parts: readonly UsedVars[]): UsedVars {
  const all: UsedVars = new Map();
  for (const part of parts) {
    for (const [file, values] of part) all.set(file, Object.assign(all.get(file) ?? newMapping(), values));
  }
  return all;
}
