import type { XAxis } from "../../protocol.ts";
import type { Range, YScale } from "../state/view-state.ts";
import { formatClock, formatDuration } from "../text/time.ts";
import { formatTick } from "../text/number.ts";
import { mapValue, unmapValue } from "./axis-scale.ts";

/** Where an axis is marked, and with what; positions are in the mapped space of the axis. */
export interface Ticks {
  readonly positions: readonly number[];
  readonly labels: readonly string[];
}

/** Round numbers for a value axis, about `count` of them inside `[low, high]`. */
export function valueTicks(scale: YScale, domain: Range, count: number): Ticks {
  const values = scale === "linear" ? linearValues(domain, count) : logValues(scale, domain, count);
  const step = Math.min(...values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0))));
  return {
    positions: values.map((value) => mapValue(scale, value)),
    labels: values.map((value) => formatTick(value, scale === "linear" ? step : Math.abs(value))),
  };
}

/** Marks of an x axis: whole steps, round durations, or times of day. */
export function xTicks(axis: XAxis, isLog: boolean, domain: Range, count: number): Ticks {
  if (isLog && axis !== "wall") {
    const { positions } = valueTicks("log", domain, count);
    return {
      positions,
      labels: positions.map((position) => {
        const value = 10 ** position;
        return axis === "relative" ? formatDuration(value) : formatTick(value, value);
      }),
    };
  }
  if (axis === "step") {
    const values = linearValues(domain, count).filter((value) => Number.isInteger(value) || domain[1] - domain[0] < 2);
    const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : 1;
    return { positions: values, labels: values.map((value) => formatTick(value, step)) };
  }
  const unit = axis === "wall" ? 1000 : 1;
  const step = durationStep((domain[1] - domain[0]) / unit, count) * unit;
  // Times of day fall on round local times, not on round times of the epoch.
  const shift = axis === "wall" ? new Date(domain[0]).getTimezoneOffset() * 60_000 : 0;
  const values: number[] = [];
  for (let value = Math.ceil((domain[0] - shift) / step) * step + shift; value <= domain[1]; value += step) {
    values.push(value);
    if (values.length > 50) break;
  }
  return {
    positions: values,
    labels: values.map((value) => (axis === "wall" ? formatClock(value, step) : formatDuration(value))),
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
export function linearValues([low, high]: Range, count: number): number[] {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const residue = raw / power;
  const factor = residue >= 7.07 ? 10 : residue >= 3.16 ? 5 : residue >= 1.41 ? 2 : 1;
  const first = Math.ceil(low / (factor * power));
  const last = Math.floor(high / (factor * power));
  const values: number[] = [];
  // Dividing by an integer keeps 0.3 as 0.3, where multiplying by 0.1 would not.
  for (let i = first; i <= last && values.length < 100; i++) {
    values.push(power >= 1 ? i * factor * power : (i * factor) / Math.round(1 / power));
  }
  return values;
}

/** Powers of ten, thinned or filled with 2 and 5 as room allows; around zero for a symmetric scale. */
function logValues(scale: "log" | "symlog", domain: Range, count: number): number[] {
  const low = mapValue(scale, domain[0]);
  const high = mapValue(scale, domain[1]);
  const inside = (value: number): boolean =>
    mapValue(scale, value) >= low - 1e-9 && mapValue(scale, value) <= high + 1e-9;
  const top = Math.max(Math.abs(domain[0]), Math.abs(domain[1]));
  const bottom = scale === "log" ? domain[0] : Math.max(0.01, top * 1e-6);
  const from = Math.floor(Math.log10(bottom));
  const to = Math.ceil(Math.log10(top));
  const stride = Math.max(1, Math.ceil((to - from) / Math.max(1, count)));
  const decades = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((power) => power % stride === 0);
  let values = decades.map((power) => 10 ** power);
  if (values.filter(inside).length < 3 && stride === 1)
    values = decades.flatMap((power) => [1, 2, 5].map((k) => k * 10 ** power));
  if (scale === "symlog") values = [...values.map((value) => -value).reverse(), 0, ...values];
  const shown = values.filter(inside);
  if (shown.length >= 3) return shown;
  // A range within one decade reads best with the plain numbers it covers.
  const plain = linearValues([unmapValue(scale, low), unmapValue(scale, high)], count);
  return plain.length > shown.length ? plain.filter((value) => scale !== "log" || value > 0) : shown;
}

const DURATION_STEPS: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

function durationStep(spanSeconds: number, count: number): number {
  const raw = spanSeconds / Math.max(1, count);
  return DURATION_STEPS.find((step) => step >= raw) ?? Math.ceil(raw / 31_536_000) * 31_536_000;
}
