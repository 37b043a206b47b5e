import type { ImageKind } from "../image/image-kind.ts";

/** One value of a table. */
export type FlatValue = string | number | boolean | null;

/** Points of one line; a value that is not finite breaks the line. */
export interface ReportLine {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A custom or classification plot: its rows and what dvc.yaml says of it. */
export interface ReportPlot {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Everything a report shows, in the order it shows it. */
export interface ReportData {
  readonly title: string;
  /** One line under the title: experiment, status, step. */
  readonly subtitle: string;
  readonly params: Readonly<Record<string, FlatValue>>;
  readonly metrics: Readonly<Record<string, FlatValue>>;
  readonly histories: readonly ReportLine[];
  readonly images: readonly { readonly name: string; readonly kind: ImageKind; readonly bytes: Uint8Array }[];
  readonly plots: readonly ReportPlot[];
  /** What could not be read, said in the report instead of leaving it out. */
  readonly problems: readonly string[];
}

/** Formats a number for a reader: at most six significant digits. */
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

/** Escapes text for HTML and SVG, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
