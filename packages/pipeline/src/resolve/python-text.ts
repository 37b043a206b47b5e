import { FloatValue, formatPythonFloat } from "@waymark/core";

/** Formats a scalar as it stands inside a longer string: as Python's `str` does, booleans as YAML does. */
export function formatValue(value: unknown): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return formatPythonText(value);
}

/** Formats a scalar as Python's `str` does. */
export function formatPythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof FloatValue) return formatPythonFloat(value.value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : formatPythonFloat(value);
  return typeof value === "object" ? JSON.stringify(value) : `${value as string | bigint}`;
}
