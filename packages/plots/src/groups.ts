import { compareSplits, parseMetricSplit } from "./metric-split.ts";
import { classifyQuantity, type QuantityClass } from "./quantity-class.ts";

/** One metric inside a chart. */
export interface ChartMetric {
  readonly name: string;
  readonly split: string | null;
}

/** One chart: all splits of one quantity. */
export interface ChartGroup {
  /** Stable, and the only thing a link to the chart needs: the quantity, or the metric's name where it stands alone. */
  readonly id: string;
  readonly title: string;
  readonly quantityClass: QuantityClass;
  /** In drawing order: no split, train, val, eval, test. */
  readonly metrics: readonly ChartMetric[];
}

/** Charts that belong together. */
export interface ChartSection {
  /** `headline`, `optimizer`, `prefix:<prefix>`, `other` or `system`. */
  readonly id: string;
  readonly title: string;
  readonly charts: readonly ChartGroup[];
  /** Whether it starts closed. */
  readonly isCollapsed: boolean;
}

/** Above this many charts, everything but the headline starts closed. */
export const MAX_OPEN_CHARTS = 60;

/** As many charts as one look takes in. */
const MAX_HEADLINE = 6;

const CLASS_ORDER: readonly QuantityClass[] = ["loss", "score", "optimizer", "other", "system"];

/**
 * Lays out metrics as charts in sections, with no configuration: the splits of a quantity share a chart; loss-like and
 * then score-like quantities come first, learning rate, gradients and throughput next, then one section per name
 * prefix, and the machine's own metrics last and closed.
 *
 * @param names - Metric names; duplicates are ignored.
 */
export function groupMetrics(names: Iterable<string>): ChartSection[] {
  const charts = collectCharts(names);
  const headline = pickHeadline(charts);
  const inHeadline = new Set(headline);
  const rest = new Map<string, ChartGroup[]>();
  for (const chart of charts) {
    if (inHeadline.has(chart)) continue;
    const key = isLonePrefix(chart, charts, inHeadline) ? "other" : sectionKey(chart);
    const list = rest.get(key);
    if (list === undefined) rest.set(key, [chart]);
    else list.push(chart);
  }
  const isCollapsed = charts.length > MAX_OPEN_CHARTS;
  const sections: ChartSection[] = [];
  if (headline.length > 0)
    sections.push({ id: "headline", title: "Key metrics", charts: headline, isCollapsed: false });
  for (const key of [...rest.keys()].sort(compareSectionKeys)) {
    const list = (rest.get(key) ?? []).sort(compareCharts);
    sections.push({ id: key, title: sectionTitle(key), charts: list, isCollapsed: isCollapsed || key === "system" });
  }
  return sections;
}

function collectCharts(names: Iterable<string>): ChartGroup[] {
  const byQuantity = new Map<string, ChartMetric[]>();
  for (const name of new Set(names)) {
    // The machine's metrics are never split: `system/cpu/test` is a core or disk of that name.
    const isSystem = classifyQuantity(name) === "system";
    const { quantity, split } = isSystem ? { quantity: name, split: null } : parseMetricSplit(name);
    const list = byQuantity.get(quantity);
    if (list === undefined) byQuantity.set(quantity, [{ name, split }]);
    else list.push({ name, split });
  }
  return [...byQuantity].map(([quantity, metrics]) => {
    metrics.sort((a, b) => compareSplits(a.split, b.split) || compareNames(a.name, b.name));
    const only = metrics.length === 1 ? metrics[0] : undefined;
    return { id: quantity, title: only?.name ?? quantity, quantityClass: classifyQuantity(quantity), metrics };
  });
}

/** Losses and scores that stand at the top level; when there are none, those one level down. */
function pickHeadline(charts: readonly ChartGroup[]): ChartGroup[] {
  const candidates = charts.filter((chart) => chart.quantityClass === "loss" || chart.quantityClass === "score");
  const shallowest = Math.min(...candidates.map(depth));
  return candidates
    .filter((chart) => depth(chart) === shallowest)
    .sort(compareCharts)
    .slice(0, MAX_HEADLINE);
}

function depth(chart: ChartGroup): number {
  return chart.id.split("/").length;
}

function sectionKey(chart: ChartGroup): string {
  if (chart.quantityClass === "system") return "system";
  const prefix = prefixOf(chart);
  // `gradients/norm` stays with the other gradients.
  if (prefix === null) return chart.quantityClass === "optimizer" ? "optimizer" : "other";
  return `prefix:${prefix}`;
}

function prefixOf(chart: ChartGroup): string | null {
  const slash = chart.id.indexOf("/");
  return slash > 0 ? chart.id.slice(0, slash) : null;
}

/** A section of one chart is a heading without a section. */
function isLonePrefix(chart: ChartGroup, charts: readonly ChartGroup[], inHeadline: ReadonlySet<ChartGroup>): boolean {
  const key = sectionKey(chart);
  if (!key.startsWith("prefix:")) return false;
  return charts.filter((other) => !inHeadline.has(other) && sectionKey(other) === key).length === 1;
}

function sectionTitle(key: string): string {
  switch (key) {
    case "optimizer":
      return "Optimisation and speed";
    case "other":
      return "More metrics";
    case "system":
      return "System";
    default:
      return key.slice("prefix:".length);
  }
}

function compareSectionKeys(a: string, b: string): number {
  return sectionRank(a) - sectionRank(b) || compareNames(a, b);
}

function sectionRank(key: string): number {
  return key === "optimizer" ? 0 : key === "other" ? 1 : key === "system" ? 3 : 2;
}

function compareCharts(a: ChartGroup, b: ChartGroup): number {
  return (
    CLASS_ORDER.indexOf(a.quantityClass) - CLASS_ORDER.indexOf(b.quantityClass) ||
    // A quantity measured on several splits says more about learning than one measured once.
    b.metrics.length - a.metrics.length ||
    compareNames(a.id, b.id)
  );
}

/** Numbers inside names sort by value: `layer2` before `layer10`. Independent of the machine's locale. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true }) || (a < b ? -1 : a > b ? 1 : 0);
}
