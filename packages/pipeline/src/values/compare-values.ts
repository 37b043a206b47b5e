import { compareCodePoints, FloatValue, IntValue, MalformedJsonError, parsePythonJson } from "@waymark/core";
import { flattenRecord } from "@waymark/core/formats/plain-data";
import { formatPythonRepr } from "@waymark/core/formats/python-repr";
import type { Readable } from "../errors.ts";
import { isMapping, newMapping, type Mapping } from "./values.ts";

/** One value in two revisions; `null` where it is missing. */
export interface ValueChange {
  readonly old: unknown;
  readonly new: unknown;
  /** New minus old, where both are numbers. */
  readonly diff?: unknown;
}

/** Values that differ, by file, and then by dotted key in code point order. */
export type ValueChanges = ReadonlyMap<string, ReadonlyMap<string, ValueChange>>;

/** What DVC says of a value that stands where the other side has keys. */
const NOT_A_MAPPING = "unable to parse";

/**
 * Compares the values of files in two revisions the way DVC does: mappings are flattened with dots, lists become text
 * as Python prints them, numbers equal across kinds and to booleans, and not-a-number equals nothing.
 *
 * @param withUnchanged - Lists what is the same, too.
 * @returns Files and keys with something to say.
 */
export function compareValues(
  old: ReadonlyMap<string, Readable<unknown>>,
  now: ReadonlyMap<string, Readable<unknown>>,
  withUnchanged = false,
): ValueChanges {
  const changes = new Map<string, ReadonlyMap<string, ValueChange>>();
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const inFile = compareFile(readable(old.get(path)), readable(now.get(path)), withUnchanged);
    if (inFile.size > 0) changes.set(path, inFile);
  }
  return changes;
}

/** A file that is not there, or not readable, holds nothing. */
function readable(file: Readable<unknown> | undefined): unknown {
  return file !== undefined && "data" in file ? formatLists(file.data) : newMapping();
}

function formatLists(value: unknown, isTop = true): unknown {
  if (Array.isArray(value)) return isTop ? reparse(formatPythonRepr(value)) : formatPythonRepr(value);
  if (isTop && typeof value === "string") return reparse(value);
  if (!isMapping(value)) return value;
  const formatted = newMapping();
  for (const [key, item] of Object.entries(value)) formatted[key] = formatLists(item, false);
  return formatted;
}

/** Text that is all there is in a file is taken for JSON where it can be. */
function reparse(text: string): unknown {
  try {
    return parsePythonJson(text, { keepNumberKinds: true });
  } catch (error) {
    if (error instanceof MalformedJsonError) return text;
    throw error;
  }
}

function compareFile(old: unknown, now: unknown, withUnchanged: boolean): ReadonlyMap<string, ValueChange> {
  if (!isMapping(old) && !isMapping(now)) {
    const change = compare(old, now, withUnchanged);
    return new Map(change === undefined ? [] : [["", change]]);
  }
  const [before, after] = [keyedValues(old), keyedValues(now)];
  const keys = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].sort(compareCodePoints);
  const changes = new Map<string, ValueChange>();
  for (const key of keys) {
    const change = compare(before.values[key] ?? before.other, after.values[key] ?? after.other, withUnchanged);
    if (change !== undefined) changes.set(key, change);
  }
  return changes;
}

function keyedValues(value: unknown): { readonly values: Mapping; readonly other: unknown } {
  if (isMapping(value)) return { values: flattenRecord(value), other: null };
  return { values: newMapping(), other: isEmpty(value) ? null : NOT_A_MAPPING };
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === "" || (isNumeric(value) && Number(numberOf(value)) === 0);
}

function compare(old: unknown, now: unknown, withUnchanged: boolean): ValueChange | undefined {
  if (Array.isArray(old) && Array.isArray(now) && old.length === 1 && now.length === 1) {
    return compare(old[0], now[0], withUnchanged);
  }
  if (!withUnchanged && isSame(old, now)) return undefined;
  if (!isNumeric(old) || !isNumeric(now)) return { old, new: now };
  return { old, new: now, diff: subtract(numberOf(now), numberOf(old)) };
}

function isSame(a: unknown, b: unknown): boolean {
  // oxlint-disable-next-line eqeqeq -- compares integers of any size with floats by value
  if (isNumeric(a) && isNumeric(b)) return numberOf(a) == numberOf(b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isMapping(a) || !isMapping(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

type Numeric = number | bigint | boolean | FloatValue | IntValue;

/** A boolean is a number in Python. */
function isNumeric(value: unknown): value is Numeric {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return true;
  return value instanceof FloatValue || value instanceof IntValue;
}

/** An integer as a bigint, a float as a number. */
function numberOf(value: Numeric): number | bigint {
  if (value instanceof FloatValue) return value.value;
  const plain = value instanceof IntValue ? value.value : typeof value === "boolean" ? Number(value) : value;
  return typeof plain === "number" && Number.isInteger(plain) ? BigInt(plain) : plain;
}

function subtract(a: number | bigint, b: number | bigint): unknown {
  return typeof a === "bigint" && typeof b === "bigint" ? new IntValue(a - b) : new FloatValue(Number(a) - Number(b));
}
