import { FloatValue } from "@waymark/core/formats/python-number";
import { InvalidPlotDataError } from "../errors.ts";
import type { LoggedPlot } from "./logged-plot.ts";
import { checkPlotOptions } from "./plot-options.ts";

/** Rows to draw: an array of records, or an object of columns of one length. */
export type PlotData = readonly Readonly<Record<string, unknown>>[] | Readonly<Record<string, ArrayLike<unknown>>>;

/** How a custom plot is drawn. */
export interface CustomPlotOptions {
  /** Field of the x axis. */
  readonly x: string;
  /** Field of the y axis, or several. */
  readonly y: string | readonly string[];
  /** Name of a DVC template. Default `linear`; empty for none. */
  readonly template?: string;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/**
 * Makes a custom plot of data.
 *
 * @throws {@link InvalidPlotDataError} for data that is neither records nor columns, or lacks a field the axes name.
 */
export function customPlot(name: string, data: PlotData, options: CustomPlotOptions): LoggedPlot {
  checkPlotOptions(options, 'an object that names the axes, such as { x: "step", y: "loss" }');
  const { x, y } = options;
  if (typeof x !== "string" || x === "") throw new InvalidPlotDataError(name, "it needs the field of its x axis");
  const fields = typeof y === "string" ? [y] : y;
  if (
    !Array.isArray(fields) ||
    fields.length === 0 ||
    fields.some((field) => typeof field !== "string" || field === "")
  ) {
    throw new InvalidPlotDataError(name, "it needs the field of its y axis");
  }
  const rows = readRows(name, data);
  for (const field of [x, ...fields]) {
    if (rows.length > 0 && !rows.some((row) => Object.hasOwn(row, field))) {
      throw new InvalidPlotDataError(name, `no row has the field '${field}'`);
    }
  }
  const template = options.template ?? "linear";
  const properties = {
    template: template === "" ? undefined : template,
    x,
    y: typeof y === "string" ? y : [...fields],
    title: options.title,
    x_label: options.xLabel,
    y_label: options.yLabel,
  };
  return {
    name,
    content: rows,
    properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)),
  };
}

function readRows(name: string, data: PlotData): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(data)) {
    const odd = data.findIndex((row: unknown) => typeof row !== "object" || row === null || Array.isArray(row));
    if (odd < 0) return data.map((row: Readonly<Record<string, unknown>>) => ({ ...row }));
    throw new InvalidPlotDataError(name, `row ${odd} is not a record`, "Pass rows such as [{ x: 1, y: 2 }, …].");
  }
  if (typeof data !== "object" || data === null || data instanceof Map || data instanceof Set) {
    throw new InvalidPlotDataError(name, "the data is no list of rows", "Pass rows such as [{ x: 1, y: 2 }, …].");
  }
  const columns = Object.entries(data as Readonly<Record<string, ArrayLike<unknown>>>);
  for (const [field, column] of columns) {
    if (typeof column !== "object" || column === null || typeof column.length !== "number") {
      throw new InvalidPlotDataError(
        name,
        `column '${field}' is not a list`,
        "Pass columns such as { x: [1], y: [2] }.",
      );
    }
  }
  const length = columns[0]?.[1].length ?? 0;
  for (const [field, column] of columns) {
    if (column.length === length) continue;
    throw new InvalidPlotDataError(name, `column '${field}' does not have ${length} values as the first one has`);
  }
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(columns.map(([field, column]) => [field, cellOf(column, index)])),
  );
}

function cellOf(column: ArrayLike<unknown>, index: number): unknown {
  const value = column[index];
  const isFloat = column instanceof Float64Array || column instanceof Float32Array;
  return isFloat && typeof value === "number" ? new FloatValue(value) : value;
}
