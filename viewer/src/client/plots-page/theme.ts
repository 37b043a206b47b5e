/** Colours of a page that does not say its own. */
const LIGHT = { text: "#1b2330", muted: "#5b6675", grid: "#e4e8ee", axis: "#9aa5b3" } as const;
/** Legends stand below the plot, this many pixels to a column. */
const LEGEND_COLUMN = 170;

/** Reads how charts look from the page's style: `--text`, `--muted`, `--grid` and `--axis`. */
export function readTheme(figure: HTMLElement): Record<string, unknown> {
  const style = getComputedStyle(figure);
  const color = (name: keyof typeof LIGHT): string => style.getPropertyValue(`--${name}`).trim() || LIGHT[name];
  const [text, muted] = [color("text"), color("muted")];
  return {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    title: { color: text, fontSize: 13, fontWeight: 600 },
    axis: {
      labelColor: muted,
      titleColor: muted,
      titleFontWeight: 500,
      gridColor: color("grid"),
      domainColor: color("axis"),
      tickColor: color("axis"),
      labelFontSize: 11,
      titleFontSize: 12,
      titlePadding: 8,
    },
    legend: {
      orient: "bottom",
      layout: { bottom: { anchor: "start", direction: "vertical" } },
      columns: Math.max(1, Math.floor(figure.clientWidth / LEGEND_COLUMN)),
      title: null,
      labelColor: text,
      titleColor: muted,
      labelFontSize: 12,
      labelLimit: LEGEND_COLUMN - 30,
      offset: 12,
    },
    header: { labelColor: text, titleColor: muted, labelFontSize: 12 },
    line: { strokeWidth: 1.75 },
  };
}
