import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { charts } from "../chart/registry.ts";
import type { ChartController, LineReading } from "../chart/chart-controller.ts";
import { nearestReadings } from "../chart/overlay-scene.ts";
import { crosshair, highlightedRun, isTooltipFrozen, type Crosshair } from "../state/hover.ts";
import { peekRun } from "../state/catalog.ts";
import { view } from "../state/view.ts";
import { formatExact, formatValue } from "../text/number.ts";
import { formatDuration, formatMoment } from "../text/time.ts";
import { formatX } from "../text/x-value.ts";

const GAP = 16;

/** What the lines near the pointer say at the crosshair. One for the whole page; it never covers the point it speaks of. */
export function Tooltip(): JSX.Element | null {
  const cross = crosshair.value;
  const element = useRef<HTMLDivElement>(null);
  const chart = useComputed(() => (crosshair.value === null ? undefined : charts.get(crosshair.value.chart)));
  useLayoutEffect(() => {
    if (cross !== null && element.current !== null) place(element.current, cross);
  });
  if (cross === null || chart.value === undefined) return null;
  return <TooltipBody cross={cross} chart={chart.value} element={element} />;
}

function TooltipBody({
  cross,
  chart,
  element,
}: {
  readonly cross: Crosshair;
  readonly chart: ChartController;
  readonly element: { current: HTMLDivElement | null };
}): JSX.Element | null {
  void chart.stats.value;
  const readings = nearestReadings(chart, cross);
  if (readings.length === 0) return null;
  const others = chart.held().length - readings.length;
  const highlight = highlightedRun.value;
  const hasSplits = new Set(chart.options.lines.map((line) => line.split)).size > 1;
  return (
    <div ref={element} class={`tooltip${isTooltipFrozen.value ? " is-frozen" : ""}`} role="tooltip">
      <div class="tooltip-head">
        <strong>{formatX(chart.options.x, cross.x)}</strong>
        <TimeAside chart={chart} x={cross.x} readings={readings} />
      </div>
      <table>
        <tbody>
          {readings.map((reading) => (
            <TooltipRow
              key={reading.index}
              reading={reading}
              hasSplits={hasSplits}
              x={cross.x}
              isStrong={reading.line.run === highlight || cross.line === reading.index}
            />
          ))}
        </tbody>
      </table>
      {others > 0 && <p class="tooltip-more">+ {others} more</p>}
      <Differences chart={chart} />
    </div>
  );
}

function TooltipRow({
  reading,
  hasSplits,
  x,
  isStrong,
}: {
  readonly reading: LineReading;
  readonly hasSplits: boolean;
  readonly x: number;
  readonly isStrong: boolean;
}): JSX.Element {
  const { line, point, rawY } = reading;
  return (
    <tr class={isStrong ? "is-strong" : ""}>
      <td>
        <svg width="14" height="8" aria-hidden="true">
          <path d="M0 4h14" stroke={line.color} stroke-width="2.5" stroke-dasharray={line.dash.join(" ")} />
        </svg>
      </td>
      <th scope="row">
        {line.name}
        {hasSplits && line.split !== null && <span class="tooltip-split">{line.split}</span>}
        {point.x !== x && <span class="tooltip-at">at {formatValue(point.x)}</span>}
      </th>
      <td class="number" title={formatExact(point.y)}>
        {formatValue(point.y)}
      </td>
      {rawY !== null && <td class="number tooltip-raw">{formatValue(rawY)}</td>}
    </tr>
  );
}

/** The other way to say when, where the axis itself is time. */
function TimeAside({
  chart,
  x,
  readings,
}: {
  readonly chart: ChartController;
  readonly x: number;
  readonly readings: readonly LineReading[];
}): JSX.Element | null {
  const run = peekRun(readings[0]?.line.run ?? "");
  const startedMs = Date.parse(run?.isoStartedAt ?? "");
  if (chart.options.x === "step" || !Number.isFinite(startedMs)) return null;
  return (
    <span class="tooltip-aside">
      {chart.options.x === "wall" ? formatDuration((x - startedMs) / 1000) : formatMoment(startedMs + x * 1000)}
    </span>
  );
}

/** Two kept readings make a difference and a slope. */
function Differences({ chart }: { readonly chart: ChartController }): JSX.Element | null {
  const kept = view.value.readings
    .filter((reading) => reading.chart === chart.id)
    .flatMap((reading) =>
      chart.readAt(reading.x).filter(({ line }) => line.run === reading.run && line.metric === reading.metric),
    );
  const [a, b] = kept;
  if (a === undefined || b === undefined) return null;
  const dx = b.point.x - a.point.x;
  const dy = b.point.y - a.point.y;
  return (
    <p class="tooltip-difference">
      Δ{chart.options.x} {formatValue(dx)} · Δ {formatValue(dy)}
      {dx !== 0 && ` · slope ${formatValue(dy / dx)}`}
    </p>
  );
}

/** Right of and below the pointer, or on the other side where there is no room. */
function place(element: HTMLElement, { clientX, clientY }: Crosshair): void {
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = clientX + GAP + width > innerWidth - 8 ? clientX - GAP - width : clientX + GAP;
  const top = clientY + GAP + height > innerHeight - 8 ? clientY - GAP - height : clientY + GAP;
  element.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
}
