import { PipelineError } from "./errors.ts";
import { joinProjectPath } from "./posix-path.ts";
import type { ParamSelection, ProjectStage, StageDependency, StageOutput } from "./project.ts";
import { trackedEntry, type LockedStage } from "./recorded.ts";
import { resolveCommand } from "./resolve/command.ts";
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
  const command = resolveCommand(cmd, interpolation);
  const body = interpolation.apply(Object.assign(newMapping(), rest));
  if (!isMapping(body)) throw new PipelineError(where, "it is not a mapping");
  return {
    name: template.name,
    file: place.file,
    wdir,
    command,
    // Literal booleans only: DVC looks at them before it fills expressions in.
    isFrozen: template.body["frozen"] === true,
    isAlwaysChanged: template.body["always_changed"] === true,
    deps: readDependencies(body, wdir, locked, where),
    params: readParams(body, wdir, locked, where),
    outs: readOutputs(body, wdir, locked, where),
    usedVars: joinUsed(template.used, first.used, interpolation.used),
    locked,
    content: undefined,
    isPlain: template.isPlain && !JSON.stringify(template.body, withoutBigints).includes("${"),
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
    const kind = path.startsWith("ds://") ? "dataset" : "path";
    return [{ ...trackedEntry(path, resolvePath(wdir, path), locked?.deps.get(path)), kind }];
  });
}

function readParams(
  body: Mapping,
  wdir: string,
  locked: LockedStage | undefined,
  where: string,
): readonly ParamSelection[] {
  const selection = (text: string, keys: readonly string[]): ParamSelection => ({
    text,
    path: joinProjectPath(wdir, text),
    keys,
    recorded: locked?.params.get(text),
  });
  return asList(body["params"]).flatMap((entry): readonly ParamSelection[] => {
    if (typeof entry === "string") return [selection(DEFAULT_PARAMS, [entry])];
    if (!isMapping(entry)) throw new PipelineError(where, "an entry of 'params' is neither a name nor a file");
    return Object.entries(entry).map(([file, keys]) => selection(file, asList(keys).map(String)));
  });
}

function readOutputs(
  body: Mapping,
  wdir: string,
  locked: LockedStage | undefined,
  where: string,
): readonly StageOutput[] {
  return (Object.keys(ROLES) as (keyof typeof ROLES)[]).flatMap((section) =>
    asList(body[section]).flatMap((item) => {
      const pairs = isMapping(item) ? Object.entries(item) : [[item, undefined] as const];
      return pairs.map(([path, options]) => {
        if (typeof path !== "string") throw new PipelineError(where, `an entry of '${section}' is not a path`);
        const flags = isMapping(options) ? options : newMapping();
        const entry = locked?.outs.get(path);
        const { remote } = flags;
        return {
          ...trackedEntry(path, resolvePath(wdir, path), entry),
          role: ROLES[section],
          isCached: flags["cache"] !== false,
          isPersistent: flags["persist"] === true,
          isPushed: flags["push"] !== false,
          remote: typeof remote === "string" ? remote : undefined,
          isCheckpoint: flags["checkpoint"] === true,
          isExecutable: entry?.["isexec"] === true,
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

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function joinUsed(...parts: readonly UsedVars[]): UsedVars {
  const all: UsedVars = new Map();
  for (const part of parts) {
    for (const [file, values] of part) all.set(file, Object.assign(all.get(file) ?? newMapping(), values));
  }
  return all;
}
