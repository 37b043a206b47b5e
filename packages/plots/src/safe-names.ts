import type { PlotRow } from "./plot-rows.ts";

/**
 * A field that is called as something every object has (`__proto__`, `constructor`) gets an underscore: Vega-Lite keeps
 * fields in plain objects by name, and would find that instead.
 */
export function safeField(field: string): string {
  return field in Object.prototype ? `${field}_` : field;
}

/** The same for titles, with a space that nobody sees: Vega looks their texts up as well. */
export function safeLabel(label: string): string {
  return label in Object.prototype ? `${label}\u200a` : label;
}

/** Returns a row whose fields have safe names. */
export function safeRow(row: PlotRow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [safeField(key), value]));
}
