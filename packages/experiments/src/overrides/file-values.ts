import { type ConfigMap, type ConfigValue, keyText } from "@waymark/hydra";

type Values = Record<string, unknown>;

/**
 * Gives values the form that files are edited in. Mappings that are there have text for keys, as they were read; of those
 * that are new, keys keep their kind, and `1` is written without quotes.
 */
export function toFileValues(values: ConfigMap, before: Readonly<Values>): Values {
  const result = Object.create(null) as Values;
  for (const [key, value] of values) result[keyText(key)] = toFileValue(value, before[keyText(key)]);
  return result;
}

function toFileValue(value: ConfigValue, before: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item, at) => toFileValue(item, Array.isArray(before) ? before[at] : undefined));
  if (!(value instanceof Map)) return value;
  const isThere = typeof before === "object" && before !== null && !Array.isArray(before);
  if (isThere) return toFileValues(value, before as Values);
  const isPlain = [...value.keys()].every((key) => typeof key === "string");
  if (isPlain) return toFileValues(value, {});
  return new Map([...value].map(([key, member]) => [key, toFileValue(member, undefined)]));
}
