import { parseYaml } from "@waymark/core";
import { type ConfigMap, type ConfigValue, fromPlain } from "../values.ts";
import { resolvePlainValue } from "./plain-values.ts";

/**
 * Parses a configuration as `OmegaConf.load` does.
 *
 * @param path - Named in errors.
 * @returns A mapping or a list; an empty file is an empty mapping, a single word a mapping from it to `null`.
 * @throws `MalformedYamlError` with line and column.
 */
export function loadConfigYaml(text: string, path: string): ConfigMap | ConfigValue[] {
  const options = { path, keepNumberKinds: true, keepKeyKinds: true, resolvePlain: resolvePlainValue };
  const value = fromPlain(parseYaml(text, options));
  if (Array.isArray(value) || value instanceof Map) return value;
  if (value === null) return new Map();
  return new Map([[value, null]]);
}
