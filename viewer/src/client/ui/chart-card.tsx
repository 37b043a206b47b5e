import type { ChartGroup } from "@waymark/plots";
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chartOptions } from "../chart/chart-inputs.ts";
import { ChartController } from "../chart/chart-controller.ts";
import { EMPTY_STATS } from "../chart/chart-options.ts";
import { bindGestures, type Brush } from "../chart/gestures.ts";
import { Overlay } from "../chart/overlay.ts";
import { buildOverlay } from "../chart/overlay-scene.ts";
import { charts, forgetView, touchView } from "../chart/registry.ts";
import { openedMenu } from "../state/chart-menu.ts";
import { crosshair, highlightedRun, isTooltipFrozen } from "../state/hover.ts";
import { chartLines, noteConstant } from "../state/layout.ts";
import { view } from "../state/view.ts";
import { ChartFooter } from "./chart-footer.tsx";
import { ChartHeader } from "./chart-header.tsx";
import { ChartTable } from "./chart-table.tsx";
import { describeChart, moveByKey } from "./chart-keys.ts";
import { observeNear, observeSize } from "./observe-size.ts";

/** One metric's chart: heading, plot, and what has to be said about its points. */
export function ChartCard({
  group,
  isFull = false,
}: {
  readonly group: ChartGroup;
  readonly isFull?: boolean;
}): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const controller = useSignal<ChartController | null>(null);
  const brush = useSignal<Brush | null>(null);
  const isTable = useSignal(false);
  const content = useComputed(() => chartLines(group));
  const options = useComputed(() => chartOptions(group, content.value.lines));
  const stats = useComputed(() => controller.value?.stats.value ?? EMPTY_STATS);

  useEffect(() => {
    if (host.current === null || canvas.current === null || plot.current === null) return undefined;
    const made = new ChartController(group.id, host.current, options.peek());
    const overlay = new Overlay(canvas.current);
    let frame = 0;
    const drawOverlay = (): void => {
      frame = 0;
      if (!made.isNear) return;
      const { width, height } = made.size;
      const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
      const { readings } = view.peek();
      overlay.draw(
        width,
        height,
        buildOverlay(made, crosshair.peek(), highlightedRun.peek(), readings, brush.peek(), accent),
      );
    };
    const requestOverlay = (): void => {
      frame ||= requestAnimationFrame(drawOverlay);
    };
    made.onDrawn = drawOverlay;
    const stop = [
      observeSize(plot.current, (width, height) => made.resize(Math.floor(width), Math.floor(height))),
      observeNear(plot.current, (isNear) => {
        made.setNear(isNear);
        if (isNear) touchView(made);
      }),
      bindGestures(plot.current, made, (next) => {
        brush.value = next;
      }),
      crosshair.subscribe(requestOverlay),
      view.subscribe(requestOverlay),
      brush.subscribe(requestOverlay),
      highlightedRun.subscribe((run) => made.setHighlight(run)),
      made.stats.subscribe(({ constant }) => noteConstant(group.id, constant)),
    ];
    charts.set(group.id, made);
    controller.value = made;
    return () => {
      for (const end of stop) end();
      cancelAnimationFrame(frame);
      if (charts.get(group.id) === made) charts.delete(group.id);
      forgetView(made);
      made.dispose();
    };
  }, [group.id]);

  useSignalEffect(() => {
    const next = options.value;
    controller.value?.update(next);
  });

  return (
    <figure
      class={`card chart-card${isFull ? " is-full" : ""}`}
      data-chart={group.id}
      data-points={stats.value.shown}
      data-last-x={stats.value.lastX ?? ""}
      aria-label={`Chart of ${group.title}`}
    >
      <ChartHeader group={group} controller={controller} isTable={isTable} isFull={isFull} />
      <div
        class="plot"
        ref={plot}
        tabIndex={0}
        role="img"
        aria-label={describeChart(group, content.value.lines.length, stats.value)}
        onKeyDown={(event) => moveByKey(event, controller.peek())}
        onContextMenu={(event) => openMenu(event, group.id)}
      >
        <div class="plot-canvas" ref={host} aria-hidden="true" />
        <canvas class="plot-overlay" ref={canvas} aria-hidden="true" />
        {!stats.value.isLoaded && <div class="plot-skeleton" aria-hidden="true" />}
        {stats.value.error !== null && <p class="plot-error">{stats.value.error}</p>}
      </div>
      {isTable.value && controller.value !== null && <ChartTable controller={controller.value} />}
      <ChartFooter group={group} stats={stats} dropped={content.value.dropped} controller={controller} />
    </figure>
  );
}

/** Opens the chart's menu where the pointer is; with Shift the browser's own opens, as elsewhere. */
function openMenu(event: MouseEvent, chart: string): void {
  if (event.shiftKey) return;
  event.preventDefault();
  if (!isTooltipFrozen.peek()) crosshair.value = null;
  openedMenu.value = { chart, place: { kind: "pointer", clientX: event.clientX, clientY: event.clientY } };
}
