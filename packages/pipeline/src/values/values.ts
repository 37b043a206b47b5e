/** A mapping read from a file: no prototype, so that any key is a key like any other. */
export type Mapping = Record<string, unknown>;

/** Tells whether a value is a mapping from a file, and not a number that kept its kind. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Makes an empty mapping. */
export function newMapping(): Mapping {
  return Object.create(null) as Mapping;
}

/** Returns the items of a list, or of a single value, or of nothing. */
export function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Returns the member of a mapping or the item of a list; `undefined` when there is none. */
export function member(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? (value as readonly unknown[])[Number(key)] : undefined;
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
