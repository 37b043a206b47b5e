import { formatPythonNumber } from "@waymark/core";
import { FloatValue } from "@waymark/core";
import { type Element, isSweep, QuotedString } from "./element.ts";

/**
 * Writes a value as Hydra does, so that it reads back as the same value; the text behind the `=` of an override.
 *
 * @throws RangeError for a sweep, which has no value.
 */
export function formatElement(value: Element): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return escape(value);
  if (typeof value === "number" || typeof value === "bigint" || value instanceof FloatValue) {
    return formatPythonNumber(value);
  }
  if (value instanceof QuotedString) return quote(value);
  if (Array.isArray(value)) return `[${value.map(formatElement).join(",")}]`;
  if (isSweep(value)) throw new RangeError("a sweep inside of another value");
  return `{${[...value].map(([key, item]) => `${formatElement(key)}:${formatElement(item)}`).join(",")}}`;
}

function escape(text: string): string {
  return text.replace(/[\\()[\]{}:=, \t]/g, String.raw`\$&`);
}

function quote({ text, quote: mark }: QuotedString): string {
  // Backslashes are doubled where they stand in front of a quote, the closing one included; others mean themselves.
  const pattern = mark === '"' ? /(\\*)("|$)/g : /(\\*)('|$)/g;
  const inner = text.replace(pattern, (_, run: string, end: string) => run + run + (end === "" ? "" : `\\${end}`));
  return `${mark}${inner}${mark}`;
}
