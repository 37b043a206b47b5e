import { formatYaml } from "./yaml.ts";
import { isPlainObject } from "./plain-data.ts";

/** Formats a value in YAML's one-line style, `{x: step, y: [a, b]}`, for collections that are written that way. */
export function formatFlowYaml(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(formatFlowYaml).join(", ")}]`;
  if (isPlainObject(value)) return `{${Object.entries(value).map(formatFlowMember).join(", ")}}`;
  return quoteForFlow(formatYaml(value).slice(0, -1));
}

/** Formats one member of a one-line mapping: `x: step`. */
export function formatFlowMember([key, value]: readonly [string, unknown]): string {
  return `${quoteForFlow(formatYaml(key).slice(0, -1))}: ${formatFlowYaml(value)}`;
}

// Commas and brackets end a plain scalar here, and nowhere else.
function quoteForFlow(scalar: string): string {
  return /^['"]/.test(scalar) || !/[,[\]{}]/.test(scalar) ? scalar : `'${scalar.replaceAll("'", "''")}'`;
}
