import type { PlotProperties } from "@waymark/core/plot-data";

/** The field of rows that has their index, where no x is named. */
export const STEP = "step";

/** A column of a file. */
export interface AxisField {
  readonly file: string;
  readonly field: string;
}

/** What the axes of a figure show. */
export interface FigureAxes {
  /** None: the index of the row. */
  readonly x: readonly AxisField[];
  readonly y: readonly AxisField[];
  readonly xLabel: string | undefined;
  readonly yLabel: string | undefined;
}

/**
 * Works out the columns of a figure. Without y it is the column inferred from the data; one x stands for every y.
 *
 * @param id - As written: the data file where y does not name files.
 * @param inferredY - The column to take when y is not given; `undefined` when there is none.
 */
export function resolveAxes(id: string, properties: PlotProperties, inferredY: string | undefined): FigureAxes {
  const { x, y } = properties;
  const yFields = isRecord(y) ? fieldsOf(y) : fieldsOf({ [id]: y ?? inferredY });
  const xFields =
    typeof x !== "string"
      ? isRecord(x)
        ? fieldsOf(x)
        : []
      : isRecord(y)
        ? sameForAll(y, x)
        : [{ file: id, field: x }];
  return {
    x: xFields,
    y: yFields,
    xLabel: text(properties["x_label"]) ?? labelOf(xFields, "x") ?? STEP,
    yLabel: text(properties["y_label"]) ?? labelOf(yFields, "y"),
  };
}

function fieldsOf(axis: Readonly<Record<string, unknown>>): readonly AxisField[] {
  return Object.entries(axis).flatMap(([file, fields]) =>
    [fields].flat().flatMap((field) => (isName(field) ? [{ file, field: String(field) }] : [])),
  );
}

function sameForAll(y: Readonly<Record<string, unknown>>, field: string): readonly AxisField[] {
  return fieldsOf(y).map(({ file }) => ({ file, field }));
}

function labelOf(fields: readonly AxisField[], several: string): string | undefined {
  const names = new Set(fields.map(({ field }) => field));
  return names.size > 1 ? several : fields[0]?.field;
}

/** A column without a header is called by a number, which YAML reads as one. */
function isName(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
