import { CompositionError } from "../errors.ts";
import type { ConfigMap, ConfigValue } from "../values.ts";
import { loadConfigYaml } from "../yaml/load-yaml.ts";
import { type ConfigSource, listGroupOptions } from "./config-source.ts";
import { DefaultItem } from "./default-item.ts";
import { HYDRA_DEFAULTS, isHydraGroup, isHydraOption } from "./hydra-groups.ts";

/** A config as read. */
export interface LoadedConfig {
  /** Without its defaults list. */
  readonly content: ConfigMap | ConfigValue[];
  /** What its header `# @package` says. */
  readonly package: string | undefined;
  /** Its defaults list. */
  readonly defaults: readonly DefaultItem[];
  /** Hydra's own: it only sets what belongs to Hydra. */
  readonly isHydras: boolean;
}

/** What was read of a folder: a sweep composes from it many times. */
const PARSED = new WeakMap<ConfigSource, Map<string, LoadedConfig | undefined>>();

/** The configs of all folders that are searched; the first that has one counts. Each is read once. */
export class ConfigRepository {
  readonly sources: ConfigSource[];
  readonly #loaded = new Map<string, LoadedConfig | undefined>();

  constructor(sources: readonly ConfigSource[]) {
    this.sources = [...sources];
  }

  /** Reads a config; `undefined` when there is none. */
  load(path: string): LoadedConfig | undefined {
    if (!this.#loaded.has(path)) this.#loaded.set(path, this.#read(path));
    return this.#loaded.get(path);
  }

  isGroup(path: string): boolean {
    return isHydraGroup(path) || this.sources.some((source) => source.listFolder(path) !== undefined);
  }

  /** Names of the configs of a group; `undefined` for what is no group. */
  options(group: string): readonly string[] | undefined {
    return listGroupOptions(this.sources, group);
  }

  #read(path: string): LoadedConfig | undefined {
    const hydras = { content: new Map(), package: undefined, isHydras: true };
    if (path === "hydra/config") return { ...hydras, defaults: HYDRA_DEFAULTS };
    if (isHydraOption(path)) return { ...hydras, defaults: [] };
    const file = path.endsWith(".yaml") ? path : `${path}.yaml`;
    const found = this.sources.map((source) => readOnce(source, file, path)).find((config) => config !== undefined);
    if (found !== undefined) return found;
    // Launchers and sweepers that Python packages bring have no say in what a config holds.
    return path.startsWith("hydra/") ? { ...hydras, defaults: [] } : undefined;
  }
}

function readOnce(source: ConfigSource, file: string, path: string): LoadedConfig | undefined {
  const parsed = PARSED.get(source) ?? new Map<string, LoadedConfig | undefined>();
  PARSED.set(source, parsed);
  if (!parsed.has(file)) parsed.set(file, readConfigFile(source, file, path));
  return parsed.get(file);
}

function readConfigFile(source: ConfigSource, file: string, path: string): LoadedConfig | undefined {
  const text = source.readFile(file);
  if (text === undefined) return undefined;
  const content = loadConfigYaml(text, file);
  return { content, package: readPackage(text, file), defaults: takeDefaults(content, path), isHydras: false };
}

/** Reads the header: comments of the form `# @key value` in front of everything else. */
function readPackage(text: string, file: string): string | undefined {
  let pkg: string | undefined;
  for (const line of text.slice(0, 512).split(/\r?\n/)) {
    const words = line
      .trim()
      .replace(/^#+\s*/, "")
      .split(" ")
      .filter((word) => word !== "");
    if (line.trim() === "") continue;
    if (!/^\s*#\s*@/.test(line)) break;
    if (words.length !== 2) {
      throw new CompositionError(`The header '${line.trim()}' of ${file} is not understood`, {
        hint: "Write # @package and a path, such as _global_.",
      });
    }
    if (words[0] === "@package") pkg = words[1];
  }
  return pkg;
}

function takeDefaults(content: ConfigMap | ConfigValue[], path: string): DefaultItem[] {
  if (!(content instanceof Map) || !content.has("defaults")) return [];
  const defaults = content.get("defaults");
  content.delete("defaults");
  if (!Array.isArray(defaults)) throw new CompositionError(`The defaults of '${path}' are no list`);
  return defaults.map((item) => parseDefault(item, path));
}

/** Reads `config`, `group: option`, `optional group: …`, `override group@package: …`. */
function parseDefault(item: ConfigValue, path: string): DefaultItem {
  if (typeof item === "string") {
    const { name, pkg } = splitPackage(item);
    if (name === "_self_" && pkg !== undefined) throw new CompositionError(`In '${path}': _self_ takes no package`);
    return new DefaultItem({ kind: "config", path: name }, { package: pkg });
  }
  if (!(item instanceof Map) || item.size !== 1) {
    throw new CompositionError(
      `In '${path}': an item of the defaults list is neither a config nor one group with its option`,
    );
  }
  const [[key, value]] = [...item] as [[unknown, ConfigValue]];
  if (typeof key !== "string") throw new CompositionError(`In '${path}': the name of a group has to be text`);
  const { name, pkg } = splitPackage(key);
  const words = name.split(" ");
  const group = words.pop() ?? "";
  if (group === "") throw new CompositionError(`In '${path}': a group has no name`);
  const options = { package: pkg, isOptional: words.includes("optional"), isOverride: words.includes("override") };
  return new DefaultItem({ kind: "group", group, value: optionOf(value, path) }, options);
}

function optionOf(value: ConfigValue, path: string): string | null | readonly string[] {
  if (value === null || typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new CompositionError(`In '${path}': the option of a group has to be a name or a list of names`, {
    hint: "Names that look like numbers or booleans go in quotes.",
  });
}

function splitPackage(text: string): { readonly name: string; readonly pkg: string | undefined } {
  const at = text.indexOf("@");
  if (at < 0) return { name: text, pkg: undefined };
  // Behind a colon stood what a package is renamed to, once.
  return { name: text.slice(0, at), pkg: text.slice(at + 1).replace(/:.*$/s, "") };
}
