import { compareCodePoints } from "@waymark/core/formats/python-json";
import { UnknownColumnError } from "../errors.ts";
import { type BuiltInField, FieldCatalog, type FieldValue, isBuiltInField, readValues } from "./fields.ts";
import type { QueryRow } from "./query-row.ts";

/** How {@link sortRows} sorts. */
export interface SortOptions {
  /** A field: `metrics.acc`, `[FILE:]NAME`, `created`, `name`, … */
  readonly sortBy: string;
  /** Default `asc`: least first. */
  readonly sortOrder?: "asc" | "desc" | undefined;
  /** Where experiments without a value go: `last` in either order, or as if it were the `greatest`. Default `last`. */
  readonly missing?: "last" | "greatest" | undefined;
}

/**
 * Sorts experiments by a field; equal ones stay in their order.
 *
 * @throws {@link UnknownColumnError} when none of them has the field, or several files hold different values of it.
 */
export function sortRows<Row extends QueryRow>(rows: readonly Row[], options: SortOptions): Row[] {
  const read = fieldReader(options.sortBy, rows);
  const direction = options.sortOrder === "desc" ? -1 : 1;
  return rows
    .map((row) => ({ row, value: read(row) }))
    .sort((a, b) => {
      const absent = Number(a.value === undefined) - Number(b.value === undefined);
      if (absent !== 0) return options.missing === "greatest" ? direction * absent : absent;
      return a.value === undefined || b.value === undefined ? 0 : direction * compareFieldValues(a.value, b.value);
    })
    .map(({ row }) => row);
}

/** Orders values: numbers and booleans by value, not-a-number behind them, then texts. */
export function compareFieldValues(a: FieldValue, b: FieldValue): number {
  const rank = (value: FieldValue): number => (typeof value === "string" ? 2 : Number.isNaN(value) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function fieldReader(field: string, rows: readonly QueryRow[]): (row: QueryRow) => FieldValue | undefined {
  if (isBuiltInField(field)) return (row) => readBuiltIn(row, field);
  const catalog = new FieldCatalog(rows);
  const found = catalog.find(field);
  const candidates = found.map(({ path, name }) => `${path}:${name}`);
  if (found.length === 0 && !catalog.isEmpty) throw new UnknownColumnError(field, catalog.similar(field).slice(0, 1));
  if (new Set(found.map(({ kind }) => kind)).size > 1) throw new UnknownColumnError(field, candidates);
  return (row) => {
    const values = readValues(row, found);
    if (values.length > 1) throw new UnknownColumnError(field, candidates);
    return values[0];
  };
}

function readBuiltIn(row: QueryRow, field: BuiltInField): FieldValue | undefined {
  switch (field) {
    case "created":
      return row.createdSeconds;
    case "step":
      return row.step;
    case "status":
      return row.status;
    case "note":
      return row.note;
    case "tag":
      return row.tags[0];
    case "rev":
      return row.rev;
    case "baseline":
      return row.baseline;
    case "name":
      return row.name;
  }
}
