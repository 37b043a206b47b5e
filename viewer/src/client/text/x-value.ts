import type { XAxis } from "../../protocol.ts";
import { formatCount } from "./number.ts";
import { formatDuration, formatMoment } from "./time.ts";

/** A place on the x axis, in full: `step 1,234`, `4m 05s`, `2026-03-04 14:05:06`. */
export function formatX(axis: XAxis, x: number): string {
  switch (axis) {
    case "step":
      return `step ${Number.isInteger(x) ? formatCount(x) : Number(x.toPrecision(6))}`;
    case "relative":
      return formatDuration(x);
    case "wall":
      return formatMoment(x);
  }
}
