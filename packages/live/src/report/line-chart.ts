import { formatFigure } from "./report-data.ts";
import { makeNameScale, makeScale, type Scale } from "./scale.ts";
import { type ChartPlace, colourOf, drawText, round, WIDTH, wrapChart } from "./svg.ts";
import { type Point, thinOut } from "./thin-out.ts";

/** Points of one line; a value that is not finite breaks the line. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** How a chart is labelled and drawn. */
export interface LineChartOptions {
  readonly title: string;
  readonly xLabel: string;
  /** Left out where the title says it. */
  readonly yLabel?: string;
  /** Points instead of lines. Default false. */
  readonly isScatter?: boolean;
  /** The x axis has these names; x of a point is an index into them. */
  readonly xNames?: readonly string[];
  /** Shows the last value of a single line beside the title. Default false. */
  readonly showsLast?: boolean;
}

const HEIGHT = 232;
const LEGEND_HEIGHT = 18;

/** Draws lines over one pair of axes as an SVG element. */
export function drawLineChart(lines: readonly Line[], options: LineChartOptions, place: ChartPlace): string {
  const legend = lines.length > 1 ? LEGEND_HEIGHT : 0;
  const box = {
    left: options.yLabel === undefined ? 52 : 66,
    right: WIDTH - 14,
    top: 40 + legend,
    bottom: HEIGHT - 40,
  };
  const drawn = lines.map((line) => thinOut(line.points));
  const finite = drawn.flat().filter(isFinitePoint);
  const xs = finite.map((point) => point.x);
  const x =
    options.xNames === undefined
      ? makeScale(xs, box.left, box.right, { tickCount: 6, isTight: options.isScatter !== true })
      : makeNameScale(options.xNames, box.left, box.right);
  const y = makeScale(
    finite.map((point) => point.y),
    box.bottom,
    box.top,
  );
  const parts = [...drawAxes(x, y, box), ...drawLabels(options, box)];
  if (legend > 0) parts.push(drawLegend(lines.map((line) => line.name)));
  const last = lines.length === 1 && options.showsLast === true ? lastValueOf(lines[0]) : undefined;
  if (last !== undefined) {
    parts.push(drawText(formatFigure(last), WIDTH - 14, 22, { className: "wm-value", anchor: "end" }));
  }
  drawn.forEach((points, index) => {
    const count = points.filter(isFinitePoint).length;
    const isDots = options.isScatter === true || count === 1;
    parts.push(isDots ? drawDots(points, x, y, colourOf(index)) : drawPath(points, x, y, colourOf(index)));
  });
  if (finite.length === 0) {
    parts.push(
      drawText("no finite values", (box.left + box.right) / 2, (box.top + box.bottom) / 2, { anchor: "middle" }),
    );
  }
  return wrapChart(options.title, HEIGHT, parts, place);
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function drawAxes(x: Scale, y: Scale, { left, right, bottom }: Box): string[] {
  return [
    ...y.ticks.map(
      ({ at, text }) =>
        `<line class="wm-grid" x1="${left}" x2="${right}" y1="${round(at)}" y2="${round(at)}"/>` +
        drawText(text, left - 6, at + 4, { anchor: "end", limit: 9 }),
    ),
    ...x.ticks.map(({ at, text }) => drawText(text, at, bottom + 15, { anchor: "middle", limit: 9 })),
    `<line class="wm-axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
  ];
}

function drawLabels({ xLabel, yLabel }: LineChartOptions, { left, right, top, bottom }: Box): string[] {
  const labels = [drawText(xLabel, (left + right) / 2, bottom + 32, { anchor: "middle", limit: 50 })];
  if (yLabel !== undefined) {
    const attributes = `transform="rotate(-90 14 ${(top + bottom) / 2})"`;
    labels.push(drawText(yLabel, 14, (top + bottom) / 2, { anchor: "middle", limit: 28, attributes }));
  }
  return labels;
}

function drawLegend(names: readonly string[]): string {
  let x = 12;
  return names
    .map((name, index) => {
      const text = drawText(name, x + 14, 41, { limit: 20 });
      const mark = `<rect x="${x}" y="32" width="10" height="10" rx="2" fill="${colourOf(index)}"/>`;
      x += 26 + Math.min(20, name.length) * 6.2;
      return x > WIDTH + 20 ? "" : mark + text;
    })
    .join("");
}

function drawPath(points: readonly Point[], x: Scale, y: Scale, colour: string): string {
  let path = "";
  let isDown = false;
  for (const point of points) {
    if (isFinitePoint(point)) path += `${isDown ? "L" : "M"}${round(x.at(point.x))} ${round(y.at(point.y))}`;
    isDown = isFinitePoint(point);
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>`;
}

function drawDots(points: readonly Point[], x: Scale, y: Scale, colour: string): string {
  const dots = points
    .filter(isFinitePoint)
    .map((point) => `<circle cx="${round(x.at(point.x))}" cy="${round(y.at(point.y))}" r="2.4"/>`);
  return `<g fill="${colour}" fill-opacity=".75">${dots.join("")}</g>`;
}

function isFinitePoint({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function lastValueOf(line: Line | undefined): number | undefined {
  return line?.points.findLast((point) => isFinitePoint(point))?.y;
}
