import { SPLIT_DASHES, type ChartGroup } from "@waymark/plots";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { ChartController } from "../chart/chart-controller.ts";
import type { ChartStats } from "../chart/chart-options.ts";
import { plottedIds } from "../state/plotted.ts";
import { resetZoom, updateView, view, xAxis, zoomTo } from "../state/view.ts";
import { formatCount } from "../text/number.ts";
import { formatX } from "../text/x-value.ts";

/** Below a chart: which dash is which split, and what is not to be overlooked about its points. */
export function ChartFooter({
  group,
  stats,
  dropped,
  controller,
}: {
  readonly group: ChartGroup;
  readonly stats: ReadonlySignal<ChartStats>;
  readonly dropped: number;
  readonly controller: Signal<ChartController | null>;
}): JSX.Element {
  const { isLoaded, isClipped, firstNonFinite, nonFinite } = stats.value;
  const runs = new Set(controller.value?.options.lines.map((line) => line.run)).size;
  const isZoomed = view.value.windows.has(group.id) || view.value.yWindows.has(group.id);
  return (
    <div class="card-footer">
      <span class="splits">
        {group.metrics.length > 1 &&
          group.metrics.map((metric, i) => (
            <span key={metric.name} class="split" title={metric.name}>
              <svg width="18" height="6" aria-hidden="true">
                <path
                  d="M0 3h18"
                  stroke="currentColor"
                  stroke-width="1.5"
                  stroke-dasharray={SPLIT_DASHES[i % SPLIT_DASHES.length]?.join(" ")}
                />
              </svg>
              {metric.split ?? metric.name.slice(metric.name.lastIndexOf("/") + 1)}
            </span>
          ))}
      </span>
      {firstNonFinite !== null && (
        <button
          type="button"
          class="chip is-danger"
          title="Zoom to the first value that is not a number"
          onClick={() => jumpTo(firstNonFinite.x)}
        >
          {nonFinite > 1 ? `${formatCount(nonFinite)} × ` : ""}
          {firstNonFinite.kind === "nan" ? "NaN" : firstNonFinite.kind} at {formatX(xAxis.value, firstNonFinite.x)}
        </button>
      )}
      {isClipped && (
        <button
          type="button"
          class="chip"
          title="A few points would flatten the rest: they lie outside. Click to show all."
          onClick={() => updateView({ outliers: "all" })}
        >
          outliers off scale
        </button>
      )}
      {isZoomed && (
        <button type="button" class="chip" onClick={() => resetZoom()}>
          reset zoom
        </button>
      )}
      {dropped > 0 && <span class="chip">first 100 lines</span>}
      <span class="honesty">
        {runs > 0 && runs < plottedIds.value.length && `${runs} of ${plottedIds.value.length} runs log this · `}
        {isLoaded && <Honesty stats={stats.value} />}
      </span>
    </div>
  );
}

/** How many of the points on disk are drawn; never silent about a reduction. */
function Honesty({ stats }: { readonly stats: ChartStats }): JSX.Element {
  if (stats.isExact) {
    return (
      <span title="Every logged point is drawn">
        {stats.total === 1 ? "1 point" : `all ${formatCount(stats.total)} points`}
      </span>
    );
  }
  return (
    <span title="First, lowest, highest and last of every stretch: no spike is lost. Zoom in for all points.">
      {formatCount(stats.shown)} of {formatCount(stats.total)} points
    </span>
  );
}

/** A window around a place on the x axis, a fiftieth of what is shown. */
function jumpTo(x: number): void {
  const { window } = view.peek();
  const span = window === null ? Math.max(20, Math.abs(x) * 0.1) : (window[1] - window[0]) / 5;
  zoomTo({ window: [x - span / 2, x + span / 2], tail: null });
}
