/** Tells whether a value is an object that holds nothing but its members: a literal, or one without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Makes an object in which any key is a key like any other, `__proto__` included. */
export function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/**
 * Flattens nested mappings into one level with dotted keys, as DVC shows params and metrics. Lists stay as they are; an
 * empty mapping has nothing to show. When two paths meet in one key the later value stands.
 */
export function flattenRecord(record: Readonly<Record<string, unknown>>, separator = "."): Record<string, unknown> {
  const flat = emptyRecord();
  const visit = (members: Readonly<Record<string, unknown>>, prefix: string): void => {
    for (const key of Object.keys(members)) {
      const value = members[key];
      if (isPlainObject(value)) visit(value, `${prefix}${key}${separator}`);
      else flat[prefix + key] = value;
    }
  };
  visit(record, "");
  return flat;
}
