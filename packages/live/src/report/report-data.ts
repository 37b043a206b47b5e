import { FloatValue, IntValue, formatPythonNumber } from "@waymark/core/formats/python-number";
import type { ImageKind } from "../image/image-kind.ts";
import type { Line } from "./line-chart.ts";

/** One value of a table. */
export type FlatValue = string | number | boolean | null;

/** The history of one metric. */
export type ReportLine = Line;

/** A custom or classification plot: its rows and what dvc.yaml says of it. */
export interface ReportPlot {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** An image of the run, inlined. */
export interface ReportImage {
  /** Path below `plots/images`. */
  readonly name: string;
  readonly kind: ImageKind;
  readonly bytes: Uint8Array;
}

/** Everything a report shows, in the order it shows it. */
export interface ReportData {
  readonly title: string;
  /** One line under the title: folder, status, step. */
  readonly subtitle: string;
  readonly params: Readonly<Record<string, FlatValue>>;
  readonly metrics: Readonly<Record<string, FlatValue>>;
  readonly histories: readonly ReportLine[];
  readonly images: readonly ReportImage[];
  readonly plots: readonly ReportPlot[];
  /** What could not be read, said in the report instead of leaving it out. */
  readonly problems: readonly string[];
}

/** Makes one value of a table of any value: numbers as they are in the file, lists and the like as compact JSON. */
export function toFlatValue(value: unknown): FlatValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return `${value}`;
    default:
      if (value === null || value === undefined) return null;
      if (value instanceof FloatValue || value instanceof IntValue) return formatPythonNumber(value);
      return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? `${member}` : member)) ?? null;
  }
}

/** Formats a value for a reader: at most six significant digits. */
export function formatFigure(value: FlatValue): string {
  if (typeof value !== "number" || Number.isInteger(value) || !Number.isFinite(value)) return String(value ?? "");
  return String(Number(value.toPrecision(6)));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// oxlint-disable-next-line no-control-regex -- XML has no form for these, not even escaped
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Escapes text for HTML and SVG, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
