import type { ConfigMap, ConfigValue } from "../values.ts";

/** Splits a path as OmegaConf does: `a.b[c].d` and `a.b.c.d` are the same. */
export function splitKey(key: string): string[] {
  const head = /^\.*[^.[]*/.exec(key)?.[0] ?? "";
  const parts = head.split(".");
  if (head.length === key.length) return parts;
  if (key[head.length] === "[" && parts.at(-1) === "") parts.pop();
  for (const match of key.slice(head.length).matchAll(/\.([^.[]*)|\[(.*?)\]/g))
    parts.push(match[1] || (match[2] ?? ""));
  return parts;
}

/** A part of a path that is no index of the list it stands for. */
export class NotAnIndexError extends Error {}

/**
 * Finds a member of a mapping by its name, or an item of a list by its index.
 *
 * @returns `undefined` for what is not there.
 * @throws {@link NotAnIndexError}
 */
export function findMember(container: ConfigMap | readonly ConfigValue[], key: string): ConfigValue | undefined {
  if (container instanceof Map) return container.get(key);
  return container[indexOf(key)];
}

/** Reads an index of a list. @throws {@link NotAnIndexError} */
export function indexOf(key: string): number {
  if (!/^\d{1,9}$/.test(key)) throw new NotAnIndexError(`'${key}' is no index of a list`);
  return Number(key);
}

/** Tells a list or a mapping. */
export function isContainer(value: ConfigValue | undefined): value is ConfigMap | ConfigValue[] {
  return Array.isArray(value) || value instanceof Map;
}

/** Tells whether a value is an interpolation, or text with one in it. */
export function isInterpolated(value: ConfigValue | undefined): value is string {
  return typeof value === "string" && value.includes("${");
}

/** What stands for a value that has to be set elsewhere. */
export const MISSING = "???";

/** Lists the dotted paths of all values in a mapping, for suggestions; at most some thousand. */
export function listPaths(map: ConfigMap): string[] {
  const paths: string[] = [];
  const visit = (members: ConfigMap, prefix: string): void => {
    for (const [key, value] of members) {
      if (typeof key !== "string" || paths.length > 5000) continue;
      paths.push(prefix + key);
      if (value instanceof Map) visit(value, `${prefix}${key}.`);
    }
  };
  visit(map, "");
  return paths;
}
