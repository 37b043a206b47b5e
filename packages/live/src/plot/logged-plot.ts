import { isPlainObject } from "@waymark/core/formats/plain-data";
import { FloatValue } from "@waymark/core/formats/python-number";

/** A plot ready to be written: its data file and what dvc.yaml says of it. */
export interface LoggedPlot {
  readonly name: string;
  /** Content of the JSON file. */
  readonly content: unknown;
  /** `template`, `x`, `y`, `title`, `x_label`, `y_label`, in this order, those that are set. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Makes every number of computed data a float, as they are in Python. */
export function withNumberKinds(value: unknown): unknown {
  if (typeof value === "number") return new FloatValue(value);
  if (Array.isArray(value)) return value.map(withNumberKinds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumberKinds(member)]));
}

const MAX_DEPTH = 600;

/**
 * Writes non-finite numbers as the text DVC knows them by (`nan`, `inf`, `-inf`), so that the file is valid JSON for
 * every reader. DVCLive writes the bare words that only Python accepts.
 */
export function withoutNonFinite(value: unknown, depth = 0): unknown {
  // Deeper, or without end, is refused with the place of it when the rest is written.
  if (depth > MAX_DEPTH) return value;
  const inside = (member: unknown): unknown => withoutNonFinite(member, depth + 1);
  if (typeof value === "number") return Number.isFinite(value) ? value : nonFiniteText(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof FloatValue) return Number.isFinite(value.value) ? value : nonFiniteText(value.value);
  if (Array.isArray(value)) return value.map(inside);
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return Array.from(value, (item) => withoutNonFinite(new FloatValue(item)));
  }
  if (value instanceof Map) {
    return new Map(Array.from(value as Map<unknown, unknown>, ([key, member]) => [key, inside(member)]));
  }
  // Anything else either holds no such numbers or is refused when it is written.
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inside(member)]));
}

function nonFiniteText(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
