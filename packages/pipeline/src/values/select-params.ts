import { isMapping, newMapping } from "./values.ts";

/**
 * Returns the part of a params file that dotted keys name, nested as in the file. A key that is not there is left out;
 * `*` and `?` stand for any characters of one part, and a number for an item of a list.
 */
export function selectParams(values: unknown, keys: readonly string[]): unknown {
  let result: unknown = newMapping();
  for (const key of keys) {
    const found = search(values, key.split("."));
    if (found !== undefined) result = mergeParts(result, found);
  }
  return result;
}

function search(value: unknown, parts: readonly string[]): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return value;
  const matches = matcher(part);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [at, item] of (value as readonly unknown[]).entries()) {
      const found = matches(String(at)) ? search(item, rest) : undefined;
      if (found === undefined) continue;
      while (items.length < at) items.push(null);
      items.push(found);
    }
    return items.length === 0 ? undefined : items;
  }
  if (!isMapping(value)) return undefined;
  const members = newMapping();
  for (const [key, item] of Object.entries(value)) {
    const found = matches(key) ? search(item, rest) : undefined;
    if (found !== undefined) members[key] = found;
  }
  return Object.keys(members).length === 0 ? undefined : members;
}

function matcher(part: string): (key: string) => boolean {
  if (!/[*?]/.test(part)) return (key) => key === part;
  const pattern = part
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^]*")
    .replaceAll("?", "[^]");
  const expression = new RegExp(`^${pattern}$`);
  return (key) => expression.test(key);
}

function mergeParts(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) {
    const longest = Math.max(a.length, b.length);
    return Array.from({ length: longest }, (_, at) => mergeParts((a as unknown[])[at] ?? null, (b as unknown[])[at]));
  }
  if (isMapping(a) && isMapping(b)) {
    const merged = Object.assign(newMapping(), a);
    for (const [key, value] of Object.entries(b)) merged[key] = key in merged ? mergeParts(merged[key], value) : value;
    return merged;
  }
  return b ?? a;
}
