import { downloadSvg } from "../chart/export.ts";
import { charts } from "../chart/registry.ts";
import { announce } from "./announce.ts";
import { openedMenu } from "./chart-menu.ts";
import { crosshair } from "./hover.ts";
import { findChart, headlineChart } from "./layout.ts";
import { fullChart } from "./view.ts";

/** The chart that keys act on: the one that has the focus, else the one pointed at, else the one that leads the page. */
export function chartInFocus(): string | null {
  const focused = document.activeElement?.closest<HTMLElement>("[data-chart]")?.dataset["chart"];
  const pointed = crosshair.peek()?.chart ?? "";
  return focused ?? (pointed === "" ? null : pointed) ?? fullChart.peek() ?? headlineChart.peek()?.id ?? null;
}

/** Saves the chart in focus. */
export async function exportChart(): Promise<void> {
  const id = chartInFocus();
  const chart = id === null ? undefined : charts.get(id);
  const title = id === null ? undefined : findChart(id)?.title;
  if (chart === undefined || title === undefined) return announce("No chart to save");
  try {
    await downloadSvg(chart, title);
    announce(`Saved ${title} as SVG`);
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
  }
}

/** Opens the menu of the chart in focus. */
export function openMenuInFocus(): void {
  const chart = chartInFocus();
  const card = chart === null ? null : document.querySelector(`[data-chart="${CSS.escape(chart)}"]`);
  if (chart === null || card === null) return announce("No chart here has a menu");
  const { top, bottom } = card.getBoundingClientRect();
  const open = (): void => {
    openedMenu.value = { chart, place: { kind: "button" } };
  };
  if (top >= 0 && bottom <= innerHeight) return open();
  card.scrollIntoView({ block: "nearest", behavior: "instant" });
  // A menu closes when the page scrolls, and the scrolling is told of in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(open));
}
