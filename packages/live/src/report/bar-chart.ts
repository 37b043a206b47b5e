import { formatFigure } from "./report-data.ts";
import { type ChartPlace, colourOf, drawText, round, WIDTH, wrapChart } from "./svg.ts";

/** One bar. */
export interface Bar {
  readonly name: string;
  /** A length that is not finite is named and not drawn. */
  readonly length: number;
}

const ROW_HEIGHT = 22;
const MAX_BARS = 40;
const TOP = 38;
const LEFT = 118;
const VALUE_WIDTH = 60;

/** Draws horizontal bars as an SVG element; negative ones go left of a common zero. */
export function drawBarChart(bars: readonly Bar[], title: string, place: ChartPlace): string {
  const shown = bars.slice(0, MAX_BARS);
  const lengths = shown.map((bar) => bar.length).filter((length) => Number.isFinite(length));
  const low = Math.min(0, ...lengths);
  const high = Math.max(0, ...lengths);
  const span = high - low || 1;
  const width = WIDTH - LEFT - VALUE_WIDTH - 12;
  const at = (length: number): number => LEFT + ((length - low) / span) * width;
  const parts = shown.map(({ name, length }, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const label = drawText(name, LEFT - 8, y + 13, { className: "wm-ink", anchor: "end", limit: 17 });
    if (!Number.isFinite(length)) return label + drawText(formatFigure(length), LEFT, y + 13);
    const [start, end] = length < 0 ? [at(length), at(0)] : [at(0), at(length)];
    return (
      `${label}<rect x="${round(start)}" y="${y + 3}" width="${round(Math.max(1, end - start))}" height="14" rx="2" fill="${colourOf(0)}"/>` +
      drawText(formatFigure(length), end + 6, y + 14, { className: "wm-value" })
    );
  });
  const more = bars.length - shown.length;
  const bottom = TOP + shown.length * ROW_HEIGHT;
  if (more > 0) parts.push(drawText(`and ${more} more`, LEFT, bottom + 14));
  if (shown.length === 0) parts.push(drawText("no rows", WIDTH / 2, TOP + 20, { anchor: "middle" }));
  return wrapChart(title, Math.max(bottom, TOP + 30) + (more > 0 ? 26 : 8), parts, place);
}
