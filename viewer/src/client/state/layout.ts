import { groupMetrics, SPLIT_DASHES, type ChartGroup, type ChartSection } from "@waymark/plots";
import { computed, signal } from "@preact/signals";
import type { MetricInfo, RunInfo } from "../../protocol.ts";
import type { ChartLine, CheckpointTicks } from "../chart/chart-options.ts";
import { findRun, isActive } from "./catalog.ts";
import { plottedIds, runColor } from "./plotted.ts";
import { stable } from "./stable.ts";
import { searchQuery, updateView, view, withItem, xAxis } from "./view.ts";

/** More lines than this in one chart tell nothing apart; the newest are drawn, and the chart says so. */
const MAX_LINES = 100;

const plottedRuns = computed(() => plottedIds.value.flatMap((id) => findRun(id)?.value ?? []));

/** Runs that have a history of a metric, by metric. Entries, because names are anybody's. */
const presence = stable(() => {
  const byMetric = new Map<string, string[]>();
  for (const run of plottedRuns.value) {
    for (const metric of run.metrics) {
      if (!hasHistory(run, metric)) continue;
      const list = byMetric.get(metric.name);
      if (list === undefined) byMetric.set(metric.name, [run.id]);
      else list.push(run.id);
    }
  }
  return [...byMetric];
});

/** Metrics that no plotted run has more than one value of: numbers, not charts. */
export const tileMetrics = stable(() => {
  const names = new Set<string>();
  const charted = new Set(presence.value.map(([name]) => name));
  for (const run of plottedRuns.value) {
    for (const metric of run.metrics) if (metric.last !== null && !charted.has(metric.name)) names.add(metric.name);
  }
  return [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
});

/** One point makes a chart only while its run may soon add the second. */
function hasHistory(run: RunInfo, metric: MetricInfo): boolean {
  if (metric.points > 1) return true;
  return metric.points === 1 && isActive(run) && typeof metric.last === "number" && (run.step ?? 0) <= 2;
}

const constants = signal<ReadonlyMap<string, number>>(new Map());

/** Notes whether all points of a chart are one value, as its drawing found. */
export function noteConstant(chart: string, value: number | null): void {
  if ((constants.peek().get(chart) ?? null) === value) return;
  const next = new Map(constants.peek());
  if (value === null) next.delete(chart);
  else next.set(chart, value);
  constants.value = next;
}

/** The one value of a constant chart. */
export function constantValue(chart: string): number | null {
  return constants.value.get(chart) ?? null;
}

/** Constant charts whose newest values still say so; a value that moves brings its chart back. */
const constantIds = stable(() => {
  if (constants.value.size === 0) return [];
  const ids: string[] = [];
  for (const section of allSections.value) {
    for (const chart of section.charts) {
      const value = constants.value.get(chart.id);
      if (value === undefined) continue;
      const names = new Set(chart.metrics.map((metric) => metric.name));
      const isStill = plottedRuns.value.every((run) =>
        run.metrics.every((metric) => !names.has(metric.name) || metric.points === 0 || metric.last === value),
      );
      if (isStill) ids.push(chart.id);
    }
  }
  return ids;
});

const allSections = computed<readonly ChartSection[]>(() => groupMetrics(presence.value.map(([name]) => name)));

/** A section as it is shown. */
export interface ShownSection extends ChartSection {
  readonly isOpen: boolean;
  /** Charts of one value, listed in a line instead of drawn. */
  readonly constants: readonly ChartGroup[];
}

/** Sections that match the search box, with constants set apart. */
export const sections = stable<readonly ShownSection[]>(() => {
  const { opened, closed } = view.value;
  const query = searchQuery.value;
  const constant = new Set(constantIds.value);
  const matching = filterSections(allSections.value, query);
  return matching.map((section) => ({
    ...section,
    isOpen: opened.includes(section.id) || (!closed.includes(section.id) && !section.isCollapsed),
    charts: section.charts.filter((chart) => section.id === "headline" || !constant.has(chart.id)),
    constants: section.charts.filter((chart) => section.id !== "headline" && constant.has(chart.id)),
  }));
});

/** Whether the search box's text is in a name: every word, in any order and case. */
export function matchesQuery(query: string, text: string): boolean {
  const lower = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => lower.includes(word));
}

/** A query that names no metric is about runs, and leaves the charts as they are. */
function filterSections(all: readonly ChartSection[], query: string): readonly ChartSection[] {
  if (query.trim() === "") return all;
  const filtered = all
    .map((section) => ({
      ...section,
      charts: section.charts.filter((chart) => chart.metrics.some((metric) => matchesQuery(query, metric.name))),
      isCollapsed: false,
    }))
    .filter((section) => section.charts.length > 0);
  return filtered.length > 0 ? filtered : all;
}

/** Whether any metric matches the search box. */
export const isAnyMetricFound = computed(() =>
  allSections.value.some((section) =>
    section.charts.some((chart) => chart.metrics.some((metric) => matchesQuery(searchQuery.value, metric.name))),
  ),
);

export function toggleSection(section: ShownSection): void {
  const { opened, closed } = view.peek();
  const isOpening = !section.isOpen;
  updateView({
    opened: withItem(opened, section.id, isOpening && section.isCollapsed),
    closed: withItem(closed, section.id, !isOpening && !section.isCollapsed),
  });
}

/** The lines of a chart: every metric of every plotted run that has it. */
export function chartLines(group: ChartGroup): { readonly lines: readonly ChartLine[]; readonly dropped: number } {
  const runsOf = new Map(presence.value);
  const lines: ChartLine[] = [];
  group.metrics.forEach((metric, index) => {
    for (const run of runsOf.get(metric.name) ?? []) {
      lines.push({
        run,
        metric: metric.name,
        split: metric.split,
        color: runColor(run),
        dash: SPLIT_DASHES[index % SPLIT_DASHES.length] ?? [],
        name: nameById.value.get(run)?.name ?? run,
        isActive: nameById.value.get(run)?.isActive ?? false,
      });
    }
  });
  return { lines: lines.slice(0, MAX_LINES), dropped: Math.max(0, lines.length - MAX_LINES) };
}

const names = stable(() =>
  plottedRuns.value.map((run) => [run.id, { name: run.name, isActive: isActive(run) }] as const),
);
const nameById = computed(() => new Map(names.value));

/** Checkpoints of the plotted runs as positions on the x axis in use. */
export const checkpointTicks = stable<readonly CheckpointTicks[]>(() =>
  plottedRuns.value
    .filter((run) => run.checkpoints.length > 0)
    .map((run) => ({ run: run.id, color: runColor(run.id), positions: checkpointPositions(run) })),
);

function checkpointPositions(run: RunInfo): number[] {
  const axis = xAxis.value;
  if (axis === "step") return run.checkpoints.map((checkpoint) => checkpoint.step).sort((a, b) => a - b);
  const startedMs = Date.parse(run.isoStartedAt ?? "");
  return run.checkpoints
    .map((checkpoint) => Date.parse(checkpoint.isoTime ?? ""))
    .map((timeMs) => (axis === "wall" ? timeMs : (timeMs - startedMs) / 1000))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}

/** The chart with this id, if it is among the plotted metrics. */
export function findChart(id: string): ChartGroup | undefined {
  for (const section of allSections.value) {
    const chart = section.charts.find((candidate) => candidate.id === id);
    if (chart !== undefined) return chart;
  }
  return undefined;
}

/** The quantity that answers whether it is learning. */
export const headlineChart = computed(() => allSections.value[0]?.charts[0]);

/** What a run logs of the headline quantity. Of several splits the last: it is the one that was not trained on. */
export function headlineMetric(run: RunInfo): MetricInfo | undefined {
  const splits = headlineChart.value?.metrics.toReversed() ?? [];
  return splits.flatMap((split) => run.metrics.find((metric) => metric.name === split.name) ?? [])[0];
}
