import { formatFigure } from "./report-data.ts";

/** Maps values to places along an axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Room left above and below the values, as a share of their range. */
const PADDING = 0.04;

/**
 * Makes the scale of an axis from `from` to `to`, in the units of the drawing.
 *
 * @param values - Finite values it has to hold.
 * @param options.tickCount - About how many ticks it gets. Default 6.
 * @param options.isTight - Ends at the values instead of leaving room around them. Default false.
 */
export function makeScale(
  values: readonly number[],
  from: number,
  to: number,
  options: { readonly tickCount?: number; readonly isTight?: boolean } = {},
): Scale {
  const visible = values.map(visibleOf);
  const [low, high] = domainOf(visible, options.isTight === true);
  const at = (value: number): number => from + ((visibleOf(value) - low) / (high - low)) * (to - from);
  const [only, ...others] = new Set(visible);
  if (only === undefined) return { at, ticks: [] };
  if (others.length === 0) return { at, ticks: [{ at: at(only), text: formatFigure(Number(only.toPrecision(4))) }] };
  const step = niceStep((high - low) / (options.tickCount ?? 6));
  const ticks: number[] = [];
  // Counted in whole steps: adding up would drift, and stand still where a step is lost in rounding.
  const first = Math.ceil(low / step);
  for (let index = 0; index < 20 && (first + index) * step <= high; index += 1) ticks.push((first + index) * step);
  return { at, ticks: ticks.map((tick) => ({ at: at(tick), text: formatTick(tick, step) })) };
}

/** Makes the scale of an axis of names, in their order. */
export function makeNameScale(names: readonly string[], from: number, to: number): Scale {
  const width = (to - from) / Math.max(1, names.length);
  const at = (index: number): number => from + (index + 0.5) * width;
  const every = Math.ceil(names.length / 8);
  return { at, ticks: names.flatMap((text, index) => (index % every === 0 ? [{ at: at(index), text }] : [])) };
}

// At the ends of the number range, sums overflow and tenths vanish; nobody reads such values off a chart.
function visibleOf(value: number): number {
  if (Math.abs(value) < 1e-290) return 0;
  return Math.max(-1e300, Math.min(1e300, value));
}

function domainOf(values: readonly number[], isTight: boolean): readonly [number, number] {
  let low = values.reduce((least, value) => Math.min(least, value), Infinity);
  let high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) return [0, 1];
  const middle = (low + high) / 2;
  if (high - low <= Math.abs(middle) * 1e-12) {
    const room = middle === 0 ? 1 : Math.abs(middle) * 0.1;
    return [middle - room, middle + room];
  }
  if (isTight) return [low, high];
  const room = (high - low) * PADDING;
  low = low >= 0 && low < room ? 0 : low - room;
  high += room;
  return [low, high];
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

/** A tick as short as its axis allows: `0.25`, `1500`, `2e6`. */
function formatTick(value: number, step: number): string {
  if (Math.abs(value) < step / 2) return "0";
  if (Math.abs(value) >= 1e5 || step < 1e-4) return trimExponent(value.toExponential(digitsOf(value, step)));
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

function digitsOf(value: number, step: number): number {
  const digits = Math.floor(Math.log10(Math.abs(value)) + 1e-9) - Math.floor(Math.log10(step) + 1e-9);
  return Math.min(6, Math.max(0, digits));
}

function trimExponent(text: string): string {
  return text.replace(/\.?0*e\+?/, "e");
}
