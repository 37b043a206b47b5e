import { filterRows } from "./match-query.ts";
import { parseQuery } from "./parse-query.ts";
import type { Query } from "./query.ts";
import type { QueryRow } from "./query-row.ts";
import { type SortOptions, sortRows } from "./sort-rows.ts";

/** Which experiments of a listing are meant, and in which order. */
export interface RowSelection {
  /** A query; see {@link parseQuery}. */
  readonly where?: string | undefined;
  /** A field to sort by. Default: as they come. */
  readonly sortBy?: string | undefined;
  /** Default `asc`. */
  readonly sortOrder?: "asc" | "desc" | undefined;
  /** How many to take from the front; without `sortBy` the newest. */
  readonly top?: number | undefined;
}

/** A {@link RowSelection} with what only listings care about. */
export interface ListingSelection extends RowSelection {
  /** Where experiments without a value go. Default `last`. */
  readonly missing?: SortOptions["missing"];
}

/** Tells whether a selection selects anything, so that there is something to look at. */
export function isSelective(selection: RowSelection): boolean {
  return selection.where !== undefined || selection.sortBy !== undefined || selection.top !== undefined;
}

/** Lists the fields that a selection looks at. */
export function selectionFields(selection: RowSelection, query: Query | undefined): string[] {
  const sorted = selection.sortBy === undefined ? [] : [selection.sortBy];
  return [
    ...(query?.fields ?? []).map(({ text }) => text),
    ...sorted,
    ...(selection.top === undefined ? [] : ["created"]),
  ];
}

/** Parses the query of a selection. */
export function parseSelection({ where }: RowSelection): Query | undefined {
  return where === undefined ? undefined : parseQuery(where);
}

/**
 * Filters, sorts and cuts rows.
 *
 * @throws `InvalidQueryError`, `UnknownColumnError`
 */
export function selectRows<Row extends QueryRow>(
  rows: readonly Row[],
  selection: ListingSelection,
  query: Query | undefined = parseSelection(selection),
): Row[] {
  const { sortBy, sortOrder, top, missing } = selection;
  const matching = query === undefined ? [...rows] : filterRows(query, rows);
  if (sortBy !== undefined) return sortRows(matching, { sortBy, sortOrder, missing }).slice(0, top);
  return top === undefined ? matching : sortRows(matching, { sortBy: "created", sortOrder: "desc" }).slice(0, top);
}
