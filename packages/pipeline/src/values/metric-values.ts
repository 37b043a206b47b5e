import { FloatValue, IntValue } from "@waymark/core";
import { isMapping, newMapping } from "./values.ts";

/**
 * Keeps what can be a metric: numbers, strings, booleans, and mappings of these; lists, nulls and mappings without any
 * go. A file may be one value alone; DVC then takes zero, false and the empty text for nothing.
 *
 * @returns An empty mapping when nothing is left.
 */
export function keepMetrics(value: unknown): unknown {
  const kept = extract(value);
  return kept === undefined || isNothing(kept) ? newMapping() : kept;
}

function isNothing(value: unknown): boolean {
  if (value instanceof FloatValue || value instanceof IntValue) return Number(value.value) === 0;
  return value === "" || value === false || value === 0 || value === 0n;
}

function extract(value: unknown): unknown {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "string":
    case "boolean":
      return value;
    default:
      if (value instanceof FloatValue || value instanceof IntValue) return value;
      if (!isMapping(value)) return undefined;
  }
  const kept = newMapping();
  for (const [key, item] of Object.entries(value)) {
    const metric = extract(item);
    if (metric !== undefined) kept[key] = metric;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}
