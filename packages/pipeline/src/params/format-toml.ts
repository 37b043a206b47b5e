import { FloatValue, formatPythonFloat } from "@waymark/core";
import { isMapping } from "../values/values.ts";

/** A value that TOML has no form for. */
export class NotTomlError extends Error {}

/** Formats a value as tomlkit does, which DVC writes TOML with: mappings inside of lists on one line. */
export function formatTomlValue(value: unknown): string {
  if (value === null || value === undefined) throw new NotTomlError("TOML has no null");
  if (typeof value === "string") return formatTomlString(value);
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "bigint") return `${value}`;
  if (value instanceof FloatValue) return formatPythonFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(formatTomlValue).join(", ")}]`;
  const entries = membersOf(value).map(([key, member]) => `${formatTomlKey(key)} = ${formatTomlValue(member)}`);
  return `{${entries.join(", ")}}`;
}

/** Formats a table with its header, and the tables below it. */
export function formatTomlTable(keys: readonly string[], value: unknown): string {
  const members = membersOf(value);
  const own = members.filter(([, member]) => !isTable(member));
  const header = `[${keys.map(formatTomlKey).join(".")}]\n`;
  const lines = own.map(([key, member]) => `${formatTomlKey(key)} = ${formatTomlValue(member)}\n`).join("");
  const below = members.filter(([, member]) => isTable(member));
  const tables = below.map(([key, member]) => formatTomlTable([...keys, key], member));
  // A table that only holds others needs no header.
  return [...(own.length > 0 || below.length === 0 ? [header + lines] : []), ...tables].join("\n");
}

/** Tells whether a value becomes a table of its own. */
export function isTable(value: unknown): boolean {
  return isMapping(value) || value instanceof Map;
}

export function formatTomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : formatTomlString(key);
}

function membersOf(value: unknown): (readonly [string, unknown])[] {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].map(([key, member]) => [String(key), member]);
  return isMapping(value) ? Object.entries(value) : [];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\f": "f",
  "\r": "r",
  '"': '"',
  "\\": "\\",
};

function formatTomlString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters TOML escapes
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    const short = ESCAPES[character];
    return `\\${short ?? `u${character.charCodeAt(0).toString(16).padStart(4, "0")}`}`;
  });
  return `"${escaped}"`;
}
