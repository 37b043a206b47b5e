import { TrackerError } from "@waymark/core";
import type { PlotRow } from "../plot-rows.ts";
import type { FigureSource } from "./figure.ts";
import { STEP, type AxisField, type FigureAxes } from "./figure-axes.ts";

/** Columns that several columns are folded into. */
const FOLDED_X = "dvc_inferred_x_value";
const FOLDED_Y = "dvc_inferred_y_value";

/** A definition asks for what the data does not have. */
export class FigureDataError extends TrackerError {
  override readonly code = "FIGURE_DATA";
  /** The name DVC has for it in JSON. */
  readonly kind: string;

  constructor(kind: string, message: string, hint: string) {
    super(message, { hint });
    this.kind = kind;
  }
}

/** The rows of one revision of a figure. */
export interface FigureRows {
  readonly rows: readonly PlotRow[];
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly sources: readonly FigureSource[];
}

/**
 * Lays the rows of several files and columns out as rows of one chart, each with the revision, file and field it comes
 * from.
 *
 * @param files - Rows by file; a file that is missing has none.
 * @throws {@link FigureDataError} for a field that is not there, and for x and y that cannot be joined.
 */
export function layRows(
  revision: string,
  axes: FigureAxes,
  files: ReadonlyMap<string, readonly PlotRow[]>,
): FigureRows {
  for (const axis of [...axes.x, ...axes.y]) requireField(axis, files);
  const { x: xs, y: ys } = axes;
  if (xs.length > 1 && xs.length !== ys.length) {
    throw new FigureDataError(
      "DvcException",
      `There are ${xs.length} columns for x and ${ys.length} for y`,
      "Name one x for all of them, or as many as there are y.",
    );
  }
  const isFoldedX = new Set(xs.map(({ field }) => field)).size > 1;
  const isFoldedY = new Set(ys.map(({ field }) => field)).size > 1;
  const shortName = shortenPaths(ys.map(({ file }) => file));
  const rows = ys.flatMap(({ file, field }, index) => {
    const own = files.get(file) ?? [];
    const from = xs.length > 1 ? xs[index] : xs[0];
    const joined = from === undefined ? undefined : (files.get(from.file) ?? []);
    if (from !== undefined && joined?.length !== own.length) throw lengthMismatch(from, { file, field });
    return own.map((original, at) => {
      const row = Object.assign(Object.create(null) as Record<string, unknown>, original);
      if (isFoldedY) copyField(row, FOLDED_Y, original, field);
      if (from === undefined) row[STEP] = at;
      else copyField(row, isFoldedX ? FOLDED_X : from.field, joined?.[at], from.field);
      row["rev"] = revision;
      row["filename"] = shortName(file);
      row["field"] = field;
      return row;
    });
  });
  return {
    rows,
    x: isFoldedX ? FOLDED_X : (xs[0]?.field ?? STEP),
    y: isFoldedY ? FOLDED_Y : ys[0]?.field,
    sources: ys.map(({ file, field }) => ({ filename: shortName(file), field })),
  };
}

function requireField({ file, field }: AxisField, files: ReadonlyMap<string, readonly PlotRow[]>): void {
  const rows = files.get(file);
  const [first] = rows ?? [];
  if (rows === undefined || (first !== undefined && Object.hasOwn(first, field))) return;
  const found = first === undefined ? "it has no rows" : `it has ${Object.keys(first).map(quote).join(", ")}`;
  throw new FigureDataError("FieldNotFoundError", `There is no field '${field}' in '${file}': ${found}`, "Name one.");
}

function quote(text: string): string {
  return `'${text}'`;
}

function lengthMismatch(x: AxisField, y: AxisField): FigureDataError {
  return new FigureDataError(
    "DvcException",
    `'${x.field}' of '${x.file}' and '${y.field}' of '${y.file}' cannot be joined: they have different lengths`,
    "Draw columns that have as many rows.",
  );
}

function copyField(row: Record<string, unknown>, to: string, from: PlotRow | undefined, field: string): void {
  if (from !== undefined && Object.hasOwn(from, field)) row[to] = from[field];
}

/** Returns what takes the folders away that all paths have in common. */
function shortenPaths(paths: readonly string[]): (path: string) => string {
  const [first = [], ...others] = [...new Set(paths)].map((path) => path.split("/"));
  if (others.length === 0) return (path) => path;
  let shared = 0;
  while (shared < first.length && others.every((parts) => parts[shared] === first[shared])) shared += 1;
  return (path) => path.split("/").slice(shared).join("/");
}
