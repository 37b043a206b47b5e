import { emptyRecord, isPlainObject } from "@waymark/core/formats/plain-data";
import { FloatValue, IntValue } from "@waymark/core";

/** A key of a mapping. Python tells `1` from `"1"`, and so do the files. */
export type ConfigKey = string | number | bigint | boolean | null | FloatValue;

/** A mapping, in the order of its keys. */
export type ConfigMap = Map<ConfigKey, ConfigValue>;

/** A value of a configuration. A plain number is an integer; floats are {@link FloatValue}s. */
export type ConfigValue = null | boolean | number | bigint | FloatValue | string | ConfigValue[] | ConfigMap;

/** Finds the key of a mapping that Python would take for the same: `1`, `1.0` and `true` are one. */
export function findKey(map: ReadonlyMap<ConfigKey, unknown>, key: ConfigKey): ConfigKey | undefined {
  if (map.has(key)) return key;
  const number = numberOf(key);
  if (number === undefined) return undefined;
  for (const other of map.keys()) if (isSameNumber(numberOf(other), number)) return other;
  return undefined;
}

/** Sets a member as Python does: a key that is there keeps its place and its spelling. */
export function setMember<T>(map: Map<ConfigKey, T>, key: ConfigKey, value: T): void {
  map.set(findKey(map, key) ?? key, value);
}

/** Compares as Python's `==`: numbers by their value, `true` as 1, mappings in any order. */
export function isEqualValue(a: unknown, b: unknown): boolean {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return isSameNumber(left, right);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => isEqualValue(item, b[at]));
  }
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a as ConfigMap) {
      const other = findKey(b as ConfigMap, key);
      if (other === undefined || !isEqualValue(value, (b as ConfigMap).get(other))) return false;
    }
    return true;
  }
  return a === b;
}

/** The number that Python computes with; booleans count as 0 and 1. */
export function numberOf(value: unknown): number | bigint | undefined {
  if (value instanceof FloatValue) return value.value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}

function isSameNumber(a: number | bigint | undefined, b: number | bigint): boolean {
  // Not strict: a bigint equals the number it is.
  // oxlint-disable-next-line eqeqeq
  return a !== undefined && a == b;
}

/** Copies a value with everything in it. */
export function copyValue(value: ConfigValue): ConfigValue {
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, copyValue(member)]));
  return value;
}

/**
 * Takes over plain data as parsed with number kinds kept. Numbers with a fraction become floats.
 *
 * @throws RangeError for what no file of values holds, such as a function.
 */
export function fromPlain(value: unknown): ConfigValue {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof FloatValue) return value;
  if (value instanceof IntValue) return value.value;
  if (typeof value === "number") return Number.isInteger(value) ? value : new FloatValue(value);
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value instanceof Map) {
    return new Map([...(value as Map<unknown, unknown>)].map(([key, member]) => [keyOf(key), fromPlain(member)]));
  }
  if (isPlainObject(value)) return new Map(Object.entries(value).map(([key, member]) => [key, fromPlain(member)]));
  throw new RangeError(`a value of a configuration cannot be a ${typeof value}`);
}

function keyOf(key: unknown): ConfigKey {
  const value = fromPlain(key);
  if (typeof value === "object" && value !== null && !(value instanceof FloatValue)) {
    throw new RangeError("a key of a configuration cannot be a list or a mapping");
  }
  return value;
}

/** Gives values as plain data: mappings as objects without prototype, keys as text. Number kinds stay. */
export function toPlain(value: ConfigValue): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const record = emptyRecord();
  for (const [key, member] of value) record[keyText(key)] = toPlain(member);
  return record;
}

/** A key as text, as YAML would write it. */
export function keyText(key: ConfigKey): string {
  if (key instanceof FloatValue) return `${key.value}`;
  return key === null ? "null" : `${key}`;
}
