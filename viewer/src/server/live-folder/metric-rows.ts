import type { History } from "../history/history.ts";
import type { MetricInfo } from "../../protocol.ts";
import type { SummaryValues } from "./summary.ts";

/** Longer strings are cut: a catalog is no place for a page of text. */
const MAX_TEXT = 200;

/** Lists a run's metrics by name: those with a history, then those that only have a last value. */
export function listMetrics(histories: Iterable<History>, summary: SummaryValues | undefined): MetricInfo[] {
  const rows = new Map<string, MetricInfo>();
  for (const { name, summary: counted } of histories) {
    rows.set(name, {
      name,
      points: counted.rows,
      last: counted.last === undefined ? null : showValue(counted.last),
      lastStep: counted.lastStep ?? null,
      hasTimestamp: counted.hasTimestamps,
    });
  }
  for (const [name, value] of summary?.values ?? []) {
    const lastStep = summary?.step ?? null;
    if (!rows.has(name)) rows.set(name, { name, points: 1, last: showValue(value), lastStep, hasTimestamp: false });
  }
  return [...rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** JSON has no word for non-finite numbers: they travel as the text that the histories use. */
export function showValue(value: number | string): number | string {
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
