import { TrackerError } from "../errors.ts";
import { checkProjectFile } from "./check-project-file.ts";
import { isPlainObject } from "./plain-data.ts";
import { type ParseYamlOptions, parseYaml } from "./yaml-parse.ts";

export { editDvcYaml, UneditableDvcYamlError } from "./dvc-yaml-edit.ts";
export type { DvcYamlEntries } from "./dvc-yaml-entries.ts";

/** A dvc.yaml whose structure is not that of a dvc.yaml. */
export class MalformedDvcYamlError extends TrackerError {
  override readonly code = "MALFORMED_DVC_YAML";

  constructor(reason: string, path: string | undefined) {
    super(`${path ?? "dvc.yaml"}: ${reason}`, { hint: "Mend the file by hand, or restore it from Git." });
  }
}

/** One plot of the `plots` section. */
export interface PlotDefinition {
  /** Path of a file or folder, or a free id when the properties name the files. */
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The parts of a dvc.yaml that tell what an experiment logged. */
export interface DvcYaml {
  /** Paths relative to the folder of the dvc.yaml, as are those of metrics and plots. */
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  readonly plots: readonly PlotDefinition[];
  readonly artifacts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Stages as written, before templating. */
  readonly stages: Readonly<Record<string, unknown>>;
  readonly vars: readonly unknown[];
}

/** How {@link parseDvcYaml} reads. */
export interface ParseDvcYamlOptions extends ParseYamlOptions {
  /** Refuses what DVC 3 refuses, unknown keys first of all. Default `false`: older files stay readable. */
  readonly isStrict?: boolean;
}

/**
 * Parses dvc.yaml. Sections that are missing or empty are empty lists; `plots` may be a list or a mapping.
 *
 * @throws {@link MalformedDvcYamlError}, or `MalformedYamlError` with line and column; `InvalidProjectFileError` when it
 *   is strict.
 */
export function parseDvcYaml(text: string, options: ParseDvcYamlOptions = {}): DvcYaml {
  const content = parseYaml(text, options) ?? {};
  if (options.isStrict === true) checkProjectFile("dvc.yaml", content, text, options.path ?? "dvc.yaml");
  if (!isPlainObject(content)) throw new MalformedDvcYamlError("the top level is not a mapping", options.path);
  const section = (name: string): unknown => content[name] ?? undefined;
  return {
    params: readPaths(section("params"), "params", options.path),
    metrics: readPaths(section("metrics"), "metrics", options.path),
    plots: readPlots(section("plots"), options.path),
    artifacts: readRecords(section("artifacts"), "artifacts", options.path),
    stages: readMapping(section("stages"), "stages", options.path),
    vars: readList(section("vars"), "vars", options.path),
  };
}

function readList(value: unknown, name: string, path: string | undefined): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new MalformedDvcYamlError(`'${name}' is not a list`, path);
  return value;
}

function readMapping(value: unknown, name: string, path: string | undefined): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw new MalformedDvcYamlError(`'${name}' is not a mapping`, path);
  return value;
}

function readRecords(
  value: unknown,
  name: string,
  path: string | undefined,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const records = Object.create(null) as Record<string, Readonly<Record<string, unknown>>>;
  for (const [id, entry] of Object.entries(readMapping(value, name, path))) {
    records[id] = isPlainObject(entry) ? entry : {};
  }
  return records;
}

function readPaths(value: unknown, name: string, path: string | undefined): readonly string[] {
  return readList(value, name, path).flatMap((entry) => {
    if (typeof entry === "string") return [entry];
    // Older files wrote `- file: {options}`.
    return isPlainObject(entry) ? Object.keys(entry) : [];
  });
}

function readPlots(value: unknown, path: string | undefined): readonly PlotDefinition[] {
  if (isPlainObject(value)) return Object.entries(value).map(([id, properties]) => definition(id, properties));
  return readList(value, "plots", path).flatMap((entry) => {
    if (typeof entry === "string") return [definition(entry, undefined)];
    return isPlainObject(entry) ? Object.entries(entry).map(([id, properties]) => definition(id, properties)) : [];
  });
}

function definition(id: string, properties: unknown): PlotDefinition {
  return { id, properties: isPlainObject(properties) ? properties : {} };
}
