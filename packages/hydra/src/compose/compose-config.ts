import { applyOverrides } from "../apply-overrides.ts";
import { InterpolationSyntaxError, parseInterpolated } from "../config/interpolation.ts";
import { isInterpolated, splitKey } from "../config/key-path.ts";
import { MergeError, mergeInto } from "../config/merge.ts";
import { CompositionError, InterpolationError, InvalidOverrideError } from "../errors.ts";
import { type Override, overrideValue, sweepOf } from "../override.ts";
import { type ConfigMap, type ConfigValue, copyValue } from "../values.ts";
import { ConfigRepository } from "./config-repository.ts";
import type { ConfigSource } from "./config-source.ts";
import { type FinalDefault, listDefaults } from "./defaults-tree.ts";
import { GroupChoices } from "./group-choices.ts";

/** Options of {@link composeConfig}. */
export interface ComposeOptions {
  /** What `${oc.env:NAME}` reads where an override needs the value. Default: nothing is set. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What `${now:%Y}` reads there. Default: `now` is not known. */
  readonly now?: Date | undefined;
  /** Opens a folder that `hydra.searchpath` names. Default: none can be opened. */
  readonly openFolder?: (path: string) => ConfigSource;
}

/**
 * Composes a configuration as Hydra 1.3 does: the defaults lists from a primary config on, with config groups and
 * packages, then the overrides. What belongs to Hydra itself is left out.
 *
 * @param name - Of the primary config, without its ending.
 * @returns The configuration; interpolations in it are not resolved.
 * @throws {@link CompositionError}; `InvalidOverrideError`; `MalformedYamlError` for a config.
 */
export function composeConfig(
  source: ConfigSource,
  name: string,
  overrides: readonly Override[],
  options: ComposeOptions = {},
): ConfigMap {
  for (const override of overrides) {
    if (sweepOf(override) !== undefined)
      throw new InvalidOverrideError(override.text, "it is a sweep, and stands for several values");
  }
  const repository = new ConfigRepository([source]);
  const primary = repository.load(name);
  if (primary === undefined) {
    throw new CompositionError(`There is no primary config '${name}' in ${source.name}`, {
      hint: "Set hydra.config_dir and hydra.config_name, or turn hydra.enabled off.",
    });
  }
  repository.sources.push(...searchPath(primary.content, overrides, options));
  const choices = new GroupChoices(repository, overrides);
  const config: ConfigMap = new Map();
  for (const item of listDefaults(repository, name, choices)) mergeDefault(config, item, repository);
  config.delete("hydra");
  const values = choices.values.filter(({ key }) => key !== "hydra" && !key.startsWith("hydra."));
  return applyOverrides(config, values, { env: options.env, now: options.now });
}

function mergeDefault(config: ConfigMap, item: FinalDefault, repository: ConfigRepository): void {
  const loaded = repository.load(item.configPath);
  if (loaded === undefined || loaded.isHydras) return;
  checkContent(loaded.content, item.configPath);
  try {
    mergeInto(config, embed(loaded.content, item.package), { isClosed: false, root: config });
  } catch (error) {
    if (error instanceof MergeError) throw new CompositionError(`In '${item.configPath}': ${error.message}`);
    throw error;
  }
}

/** Puts content below the path of its package. */
function embed(content: ConfigMap | ConfigValue[], pkg: string): ConfigMap | ConfigValue[] {
  if (pkg === "") return content;
  return splitKey(pkg).reduceRight<ConfigMap | ConfigValue[]>(
    (inner, key) => new Map([[key, inner]]),
    copyValue(content) as ConfigMap | ConfigValue[],
  );
}

function checkContent(value: ConfigValue, path: string): void {
  if (Array.isArray(value)) value.forEach((item) => checkContent(item, path));
  if (value instanceof Map) {
    if (value.has(null)) throw new CompositionError(`In '${path}': a key cannot be null`);
    for (const member of value.values()) checkContent(member, path);
  }
  if (!isInterpolated(value)) return;
  try {
    parseInterpolated(value);
  } catch (error) {
    if (error instanceof InterpolationSyntaxError) throw new InterpolationError(path, value, error.message);
    throw error;
  }
}

/** The folders that the primary config, or an override, adds. */
function searchPath(
  primary: ConfigMap | ConfigValue[],
  overrides: readonly Override[],
  { openFolder }: ComposeOptions,
): ConfigSource[] {
  if (!(primary instanceof Map)) throw new CompositionError("The primary config is a list, and has to be a mapping");
  const hydra = primary.get("hydra");
  const typed = overrides.find(({ key }) => key === "hydra.searchpath");
  const paths =
    typed === undefined ? (hydra instanceof Map ? hydra.get("searchpath") : undefined) : overrideValue(typed);
  if (paths === undefined || paths === null) return [];
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) {
    throw new CompositionError("hydra.searchpath has to be a list of folders");
  }
  return paths.map((path) => {
    const scheme = /^([a-z]+):\/\//.exec(path)?.[1] ?? "file";
    if (scheme !== "file" || openFolder === undefined) {
      throw new CompositionError(`The folder '${path}' of hydra.searchpath cannot be opened without Python`, {
        hint: "Name folders: file://path.",
      });
    }
    return openFolder(path.replace(/^file:\/\//, ""));
  });
}
