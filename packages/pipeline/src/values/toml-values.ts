import { parse, TomlDate, TomlError } from "smol-toml";
import { FloatValue } from "@waymark/core";
import { UnreadableFileError } from "../errors.ts";
import { newMapping, type Mapping } from "./values.ts";

/**
 * Parses TOML into plain data: integers as numbers or bigints, floats as {@link FloatValue}, dates as text.
 *
 * @throws {@link UnreadableFileError} with line and column.
 */
export function parseTomlValues(text: string, path: string): Mapping {
  let values: unknown;
  try {
    values = parse(text, { integersAsBigInt: true, maxDepth: 100 });
  } catch (error) {
    if (error instanceof TomlError) {
      const reason = error.message.split("\n")[0] ?? "invalid TOML";
      throw new UnreadableFileError(`${path}:${error.line}:${error.column}`, reason);
    }
    throw error;
  }
  return toPlain(values) as Mapping;
}

function toPlain(value: unknown): unknown {
  if (typeof value === "number") return new FloatValue(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  const result = newMapping();
  for (const [key, item] of Object.entries(value)) result[key] = toPlain(item);
  return result;
}
