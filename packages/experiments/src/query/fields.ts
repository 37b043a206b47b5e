import { FloatValue, IntValue } from "@waymark/core/formats/python-number";
import { formatPythonStr } from "@waymark/core/formats/python-repr";
import { suggestWords } from "@waymark/core/suggest";
import { flattenValues } from "./flat-values.ts";
import type { QueryRow } from "./query-row.ts";

/** What an experiment has for a field. Numbers are plain; lists are text as tables show them. */
export type FieldValue = number | bigint | boolean | string;

/** Fields that every experiment may have, whatever its files hold. */
export const BUILT_IN_FIELDS = [
  "name",
  "tag",
  "note",
  "status",
  "created",
  "step",
  "baseline",
  "rev",
] as const satisfies readonly string[];

/** One of {@link BUILT_IN_FIELDS}. */
export type BuiltInField = (typeof BUILT_IN_FIELDS)[number];

/** Tells whether a name is that of a built-in field; these go before metrics and params. */
export function isBuiltInField(name: string): name is BuiltInField {
  return (BUILT_IN_FIELDS as readonly string[]).includes(name);
}

/** A metric or param, or several that a name may mean. */
export interface ValueField {
  /** `undefined` for either. */
  readonly kind: "metrics" | "params" | undefined;
  /** `undefined` for any file. */
  readonly path: string | undefined;
  /** Dotted name inside the file. */
  readonly name: string;
}

/** Lists what the name of a metric or param may mean, the likeliest first. */
export function readFieldName(text: string): ValueField[] {
  const meanings: ValueField[] = [];
  for (const kind of ["metrics", "params"] as const) {
    if (!text.startsWith(`${kind}.`)) continue;
    const rest = text.slice(kind.length + 1);
    meanings.push({ kind, path: undefined, name: rest });
    meanings.push(...splitPath(rest).map((split) => ({ kind, ...split })));
  }
  return [...meanings, ...splitPath(text).map((split) => ({ kind: undefined, ...split })), anywhere(text)];
}

function anywhere(name: string): ValueField {
  return { kind: undefined, path: undefined, name };
}

/** `FILE:NAME`; names and files may hold colons themselves. `:NAME` is NAME in any file, as in DVC. */
function splitPath(text: string): { readonly path: string | undefined; readonly name: string }[] {
  const splits = [];
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) {
    splits.push({ path: at === 0 ? undefined : text.slice(0, at), name: text.slice(at + 1) });
  }
  return splits;
}

/** Where a metric or param stands. */
export interface FoundField {
  readonly kind: "metrics" | "params";
  readonly path: string;
  readonly name: string;
}

/** The metrics and params that some experiments have. */
export class FieldCatalog {
  readonly #byName = new Map<string, FoundField[]>();

  constructor(rows: Iterable<Pick<QueryRow, "metrics" | "params">>) {
    const known = new Set<string>();
    for (const row of rows) {
      for (const kind of ["metrics", "params"] as const) {
        for (const [path, file] of Object.entries(row[kind])) {
          if ("error" in file) continue;
          for (const name of flattenValues(file.data).keys()) {
            const key = `${kind}\0${path}\0${name}`;
            if (known.has(key)) continue;
            known.add(key);
            const found = this.#byName.get(name);
            if (found === undefined) this.#byName.set(name, [{ kind, path, name }]);
            else found.push({ kind, path, name });
          }
        }
      }
    }
  }

  /** Whether no experiment has any metric or param. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /** Finds all that a name may mean; its first meaning that exists counts. */
  find(text: string): readonly FoundField[] {
    for (const { kind, path, name } of readFieldName(text)) {
      const found = (this.#byName.get(name) ?? this.#byName.get(name.replaceAll("/", ".")) ?? []).filter(
        (field) => (kind === undefined || field.kind === kind) && (path === undefined || field.path === path),
      );
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Names that come near one that is unknown, written as they can be typed. */
  similar(text: string): string[] {
    const prefix = /^(?:metrics|params)\./u.exec(text)?.[0] ?? "";
    const bare = text.slice(prefix.length).replace(/^.*:/u, "");
    const names = [...this.#byName].filter(([, found]) =>
      found.some(({ kind }) => prefix === "" || prefix === `${kind}.`),
    );
    const near = new Set([
      ...suggestWords(
        bare,
        names.map(([name]) => name),
      ),
      ...names.flatMap(([name]) => (name.endsWith(`.${bare}`) ? [name] : [])).slice(0, 3),
    ]);
    const builtIn = prefix === "" ? suggestWords(text, BUILT_IN_FIELDS) : [];
    const elsewhere = near.size === 0 && prefix !== "" && this.#byName.has(bare) ? [bare] : [];
    return [...[...near].map((name) => prefix + name), ...builtIn, ...elsewhere].slice(0, 3);
  }
}

/** Writes a field so that it means nothing else. */
export function formatField({ kind, path, name }: FoundField): string {
  return `${kind}.${path}:${name}`;
}

/**
 * Reads what an experiment has for metrics and params.
 *
 * @returns Each different value once; nothing when it has none, or its file could not be read.
 */
export function readValues(row: Pick<QueryRow, "metrics" | "params">, fields: readonly FoundField[]): FieldValue[] {
  const values: FieldValue[] = [];
  for (const { kind, path, name } of fields) {
    const file = row[kind][path];
    if (file === undefined || "error" in file) continue;
    const value = toFieldValue(flattenValues(file.data).get(name));
    if (value !== undefined && !values.some((known) => Object.is(known, value))) values.push(value);
  }
  return values;
}

function toFieldValue(value: unknown): FieldValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof FloatValue || value instanceof IntValue) return value.value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean" || typeof value === "string") return value;
  return formatPythonStr(value);
}
