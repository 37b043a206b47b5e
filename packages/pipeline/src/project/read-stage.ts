import { PipelineError } from "../errors.ts";
import { joinProjectPath, ownPath } from "./posix-path.ts";
import type { ParamSelection, ProjectStage, StageDependency, StageOutput } from "./project.ts";
import { trackedEntry, type LockedStage } from "./recorded.ts";
import { resolveCommand } from "../resolve/command.ts";
import type { CommandParsing } from "../resolve/command-options.ts";
import type { Context } from "../resolve/context.ts";
import { hasExpression, Interpolation, type UsedVars } from "../resolve/interpolate.ts";
import type { StageTemplate } from "../resolve/expand.ts";
import { formatPythonText } from "../resolve/python-text.ts";
import type { RevisionSource } from "./revision-source.ts";
import { asList, isMapping, newMapping, type Mapping } from "../values/values.ts";

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
  /** How mappings become options of commands. */
  readonly parsing: CommandParsing;
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
  const { wdir: writtenWdir, vars: writtenVars, cmd, ...rest } = template.body;
  // DVC needs the folder before it can load the stage's own vars.
  const first = new Interpolation(template.context, where, place.parsing).at("wdir");
  const wdir = joinProjectPath(place.folder, typeof writtenWdir === "string" ? first.text(writtenWdir) : ".");
  const context = await addVars(source, template, asList(writtenVars), wdir, where);
  const interpolation = new Interpolation(context, where, place.parsing);
  const command = resolveCommand(cmd, interpolation);
  const body = newMapping();
  for (const [key, value] of Object.entries(rest)) body[key] = interpolation.at(key).apply(value, "scalar");
  const { desc } = body;
  const base = { wdir, root: source.root };
  return {
    name: template.name,
    group: template.group,
    description: typeof desc === "string" ? desc : undefined,
    file: place.file,
    wdir,
    command,
    // Literal booleans only: DVC looks at them before it fills expressions in.
    isFrozen: template.body["frozen"] === true,
    isAlwaysChanged: template.body["always_changed"] === true,
    deps: readDependencies(body, base, locked, where),
    params: readParams(body, base, locked, where),
    outs: readOutputs(body, base, locked, where),
    usedVars: joinUsed(template.used, first.used, interpolation.used),
    locked,
    content: undefined,
    isPlain: template.group === undefined && writtenVars === undefined && !mayHoldExpression(template.body),
  };
}

async function addVars(
  source: RevisionSource,
  template: StageTemplate,
  vars: readonly unknown[],
  folder: string,
  where: string,
): Promise<Context> {
  if (vars.length === 0) return template.context;
  const place = `${where}, 'vars'`;
  if (hasExpression(vars)) throw new PipelineError(place, "expressions have no meaning here");
  return template.context.extend(source, vars, { folder, where: place, reserved: template.reserved });
}

/** Also for what is escaped, which reads differently from how it is written. */
function mayHoldExpression(body: Mapping): boolean {
  return JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)).includes(
    "${",
  );
}

/** A URL, or a data set by name. */
function isElsewhere(path: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(path);
}

/** What the paths of a stage are relative to. */
interface PathBase {
  /** Relative to the project. */
  readonly wdir: string;
  readonly root: string | undefined;
}

function resolvePath({ wdir }: PathBase, path: string): string {
  return isElsewhere(path) || path.startsWith("/") ? path : joinProjectPath(wdir, path);
}

function textOf({ wdir, root }: PathBase, written: string): string {
  return ownPath(written, wdir, root);
}

function readDependencies(
  body: Mapping,
  base: PathBase,
  locked: LockedStage | undefined,
  where: string,
): readonly StageDependency[] {
  return asList(body["deps"]).flatMap((written) => {
    if (typeof written !== "string") throw new PipelineError(where, "an entry of 'deps' is not a path");
    const path = textOf(base, written);
    const kind = path.startsWith("ds://") ? "dataset" : "path";
    return [{ ...trackedEntry(path, resolvePath(base, path), locked?.deps.get(path)), kind }];
  });
}

/** Joins what a stage says of one file: naming a file whole anywhere counts for all of it. */
function readParams(
  body: Mapping,
  base: PathBase,
  locked: LockedStage | undefined,
  where: string,
): readonly ParamSelection[] {
  const selected = new Map<string, Set<string>>();
  const whole = new Set<string>();
  const add = (written: string, keys: readonly unknown[]): void => {
    const file = textOf(base, written);
    if (keys.length === 0) whole.add(file);
    const known = selected.get(file) ?? new Set();
    for (const key of keys) known.add(formatPythonText(key));
    selected.set(file, known);
  };
  for (const entry of asList(body["params"])) {
    if (typeof entry === "string") add(DEFAULT_PARAMS, [entry]);
    else if (!isMapping(entry)) throw new PipelineError(where, "an entry of 'params' is neither a name nor a file");
    else {
      for (const [file, keys] of Object.entries(entry)) add(file, asList(keys));
    }
  }
  return [...selected].map(([text, keys]) => ({
    text,
    path: resolvePath(base, text),
    keys: whole.has(text) ? [] : [...keys],
    recorded: locked?.params.get(text),
  }));
}

function readOutputs(
  body: Mapping,
  base: PathBase,
  locked: LockedStage | undefined,
  where: string,
): readonly StageOutput[] {
  return (Object.keys(ROLES) as (keyof typeof ROLES)[]).flatMap((section) =>
    asList(body[section]).flatMap((item) => {
      const pairs = isMapping(item) ? Object.entries(item) : [[item, undefined] as const];
      return pairs.map(([written, options]) => {
        if (typeof written !== "string") throw new PipelineError(where, `an entry of '${section}' is not a path`);
        const path = textOf(base, written);
        const flags = isMapping(options) ? options : newMapping();
        const entry = locked?.outs.get(path);
        const { remote } = flags;
        return {
          ...trackedEntry(path, resolvePath(base, path), entry),
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

function joinUsed(...parts: readonly UsedVars[]): UsedVars {
  const all: UsedVars = new Map();
  for (const part of parts) {
    for (const [file, values] of part) all.set(file, Object.assign(all.get(file) ?? newMapping(), values));
  }
  return all;
}
