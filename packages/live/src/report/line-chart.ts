import { escapeHtml, formatFigure, type ReportLine } from "./report-data.ts";

/** How a chart is labelled and drawn. */
export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Points instead of lines. Default false. */
  readonly isScatter?: boolean;
  /**
   * Colours: `page` follows the page's variables and its dark mode, `fixed` stands alone as a file. Default `page`.
   */
  readonly palette?: "page" | "fixed";
}

const WIDTH = 560;
const HEIGHT = 300;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 44 };
const LINE_COLOURS = [
  "#058dfa",
  "#b78a16",
  "#ab4963",
  "#9a8bab",
  "#7053b5",
  "#aa5f04",
  "#245df1",
  "#437691",
  "#70a16f",
];
/** Points drawn per line at most; the extremes of each stretch are kept. */
const MAX_POINTS = 1000;

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Draws lines over one pair of axes as an SVG element. */
export function drawLineChart(lines: readonly ReportLine[], options: ChartOptions): string {
  const drawn = lines.map(({ name, points }) => ({ name, points: thinOut(points) }));
  const finite = drawn.flatMap(({ points }) => points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
  const x = makeScale(
    finite.map((point) => point.x),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = makeScale(
    finite.map((point) => point.y),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const ink = options.palette === "fixed" ? "#3c4350" : "var(--muted)";
  const grid = options.palette === "fixed" ? "#e3e6ea" : "var(--line)";
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(options.title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<text x="${MARGIN.left}" y="20" font-size="13" font-weight="600" fill="${options.palette === "fixed" ? "#15181d" : "var(--ink)"}">${escapeHtml(options.title)}</text>`,
    ...x.ticks.map((tick) => tickOfX(tick, x.at(tick), ink)),
    ...y.ticks.map((tick) => tickOfY(tick, y.at(tick), ink, grid)),
    `<text x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="${ink}">${escapeHtml(options.xLabel)}</text>`,
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle" fill="${ink}">${escapeHtml(options.yLabel)}</text>`,
  ];
  drawn.forEach(({ name, points }, index) => {
    const colour = LINE_COLOURS[index % LINE_COLOURS.length] ?? "#058dfa";
    if (options.isScatter === true || points.length === 1) {
      for (const point of points) {
        if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) continue;
        parts.push(`<circle cx="${round(x.at(point.x))}" cy="${round(y.at(point.y))}" r="2.5" fill="${colour}"/>`);
      }
    } else {
      parts.push(`<path d="${pathOf(points, x, y)}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
    }
    if (drawn.length > 1) {
      const at = WIDTH - MARGIN.right;
      parts.push(
        `<text x="${at}" y="${20 + index * 15}" text-anchor="end" fill="${colour}">${escapeHtml(name)}</text>`,
      );
    }
  });
  if (finite.length === 0) {
    parts.push(`<text x="${WIDTH / 2}" y="${HEIGHT / 2}" text-anchor="middle" fill="${ink}">no finite values</text>`);
  }
  parts.push("</svg>");
  return parts.join("");
}

function tickOfX(tick: number, at: number, ink: string): string {
  return `<text x="${round(at)}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle" fill="${ink}">${formatFigure(tick)}</text>`;
}

function tickOfY(tick: number, at: number, ink: string, grid: string): string {
  return (
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(at)}" y2="${round(at)}" stroke="${grid}"/>` +
    `<text x="${MARGIN.left - 6}" y="${round(at + 4)}" text-anchor="end" fill="${ink}">${formatFigure(tick)}</text>`
  );
}

function pathOf(points: ReportLine["points"], x: Scale, y: Scale): string {
  let path = "";
  let isDown = false;
  for (const point of points) {
    if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) {
      isDown = false;
      continue;
    }
    path += `${isDown ? "L" : "M"}${round(x.at(point.x))} ${round(y.at(point.y))}`;
    isDown = true;
  }
  return path;
}

function makeScale(values: readonly number[], from: number, to: number): Scale {
  let low = values.reduce((least, value) => Math.min(least, value), Infinity);
  let high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) [low, high] = [0, 1];
  if (low === high) {
    const room = Math.abs(low) > 0 ? Math.abs(low) * 0.1 : 1;
    [low, high] = [low - room, high + room];
  }
  const step = niceStep((high - low) / 5);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9 && ticks.length < 20; tick += step) {
    ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : Number(tick.toPrecision(12)));
  }
  return { at: (value) => from + ((value - low) / (high - low)) * (to - from), ticks };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

/** Keeps first, least, greatest and last of each stretch, so that no spike is lost. */
function thinOut(points: ReportLine["points"]): ReportLine["points"] {
  if (points.length <= MAX_POINTS) return points;
  const stretch = Math.ceil(points.length / (MAX_POINTS / 4));
  const kept: { readonly x: number; readonly y: number }[] = [];
  for (let start = 0; start < points.length; start += stretch) {
    const part = points.slice(start, start + stretch);
    const places = new Set([0, part.length - 1]);
    let least = 0;
    let most = 0;
    part.forEach((point, index) => {
      if (point.y < (part[least]?.y ?? Infinity)) least = index;
      if (point.y > (part[most]?.y ?? -Infinity)) most = index;
      if (!Number.isFinite(point.y)) places.add(index);
    });
    places.add(least).add(most);
    for (const index of [...places].sort((a, b) => a - b)) {
      const point = part[index];
      if (point !== undefined) kept.push(point);
    }
  }
  return kept;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
