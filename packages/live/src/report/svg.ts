import { escapeHtml } from "./report-data.ts";

/** Whether a chart stands in the page, whose style it shares, or in a file of its own. */
export type ChartPlace = "page" | "file";

/** Rules of every chart: texts, grid and, in dark mode, their colours, which are variables of the page. */
export const CHART_STYLE =
  ".wm-chart{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:11px}" +
  ".wm-title{font-size:13px;font-weight:600;fill:var(--ink)}.wm-ink{fill:var(--ink)}.wm-muted{fill:var(--muted)}" +
  ".wm-value{font-size:12px;fill:var(--muted);font-variant-numeric:tabular-nums}" +
  ".wm-grid{stroke:var(--line)}.wm-axis{stroke:var(--muted);stroke-opacity:.5}";

/** Colours of page and charts, light and dark, as the declarations of one rule each. */
export const LIGHT =
  "--paper:#fff;--card:#fff;--ink:#15181d;--muted:#5a6270;--line:#e4e7ec;--tint:#058dfa;--bad:#ab3a5a";
export const DARK =
  "--paper:#111418;--card:#181c22;--ink:#eceef1;--muted:#9aa3b0;--line:#2a3039;--tint:#3ba4ff;--bad:#e58aa4";

/** Line colours in the order they are given out; legible on light and dark paper. */
const COLOURS = ["#058dfa", "#b78a16", "#ab4963", "#7053b5", "#2f9e6e", "#aa5f04", "#437691", "#9a8bab", "#70a16f"];

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "#058dfa";
}

/** Width of every chart, about that of a card on the page, so that its text has the size it says. */
export const WIDTH = 400;

/** Wraps the parts of a chart into an SVG element with its title. */
export function wrapChart(title: string, height: number, parts: readonly string[], place: ChartPlace): string {
  const style =
    place === "page"
      ? ""
      : `<style>svg{${LIGHT}}@media(prefers-color-scheme:dark){svg{${DARK}}}${CHART_STYLE}</style>` +
        `<rect width="${WIDTH}" height="${height}" rx="6" fill="var(--paper)"/>`;
  return (
    `<svg class="wm-chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
    `aria-label="${escapeHtml(title)}"${place === "file" ? ` width="${WIDTH}" height="${height}"` : ""}>` +
    `${style}<title>${escapeHtml(title)}</title>` +
    `${drawText(title, 12, 22, { className: "wm-title", limit: 44 })}${parts.join("")}</svg>`
  );
}

/** How a text is placed. */
export interface TextOptions {
  readonly className?: "wm-title" | "wm-ink" | "wm-muted" | "wm-value";
  readonly anchor?: "start" | "middle" | "end";
  /** Characters it may have; what is over is cut out of its middle. */
  readonly limit?: number;
  /** Further attributes, safe as they are. */
  readonly attributes?: string;
}

export function drawText(text: string, x: number, y: number, options: TextOptions = {}): string {
  const { className = "wm-muted", anchor = "start", limit = 60, attributes = "" } = options;
  const place = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${className}" x="${round(x)}" y="${round(y)}"${place}${attributes === "" ? "" : ` ${attributes}`}>${escapeHtml(shorten(text, limit))}</text>`;
}

/** Cuts the middle out of a text that is too long; both its ends tell it from others. */
export function shorten(text: string, limit: number): string {
  const characters = [...text];
  if (characters.length <= limit) return text;
  const tail = Math.floor((limit - 1) / 2);
  return `${characters.slice(0, limit - 1 - tail).join("")}…${characters.slice(-tail).join("")}`;
}

/** Rounds to what can be seen. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
