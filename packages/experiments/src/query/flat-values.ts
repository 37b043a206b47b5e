import { FloatValue, IntValue } from "@waymark/core/formats/python-number";

/** A listing asks for the values of one file once per column. */
const flattened = new WeakMap<object, ReadonlyMap<string, unknown>>();

/** Flattens nested maps to dotted names; lists stay as they are, and empty maps have nothing to show. */
export function flattenValues(data: unknown): ReadonlyMap<string, unknown> {
  const known = typeof data === "object" && data !== null ? flattened.get(data) : undefined;
  if (known !== undefined) return known;
  const result = new Map<string, unknown>();
  addFlat(result, "", data);
  if (typeof data === "object" && data !== null) flattened.set(data, result);
  return result;
}

function addFlat(result: Map<string, unknown>, prefix: string, value: unknown): void {
  if (!isMap(value)) {
    if (prefix !== "") result.set(prefix, value);
    return;
  }
  for (const key of Object.keys(value)) addFlat(result, prefix === "" ? key : `${prefix}.${key}`, value[key]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof FloatValue) &&
    !(value instanceof IntValue)
  );
}
