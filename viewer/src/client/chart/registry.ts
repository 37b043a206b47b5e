import type { ChartController } from "./chart-controller.ts";

/** Charts on the page by id, for what acts on all of them or on the one under the pointer. */
export const charts = new Map<string, ChartController>();

const MAX_VIEWS = 40;
const recent: ChartController[] = [];

/** Keeps the Vega views of the charts seen last, and gives the oldest ones back. */
export function touchView(controller: ChartController): void {
  const index = recent.indexOf(controller);
  if (index >= 0) recent.splice(index, 1);
  recent.push(controller);
  while (recent.length > MAX_VIEWS) {
    const oldest = recent.findIndex((candidate) => !candidate.isNear);
    if (oldest < 0) return;
    recent.splice(oldest, 1)[0]?.release();
  }
}

/** Forgets a chart that left the page. */
export function forgetView(controller: ChartController): void {
  const index = recent.indexOf(controller);
  if (index >= 0) recent.splice(index, 1);
}
