/** Counts with separators: `98,304`. The same in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** A value in four significant digits, as people compare them: `0.04123`, `1.235e-7`, `98.31`, `12,480`. */
export function formatValue(value: number | string | null): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (Number.isInteger(value) && size < 1e9) return minus(formatCount(value));
  if (size >= 1e6 || size < 1e-4) return minus(trimExponent(value.toExponential(3)));
  if (size >= 1e4) return minus(Math.round(value).toLocaleString("en-US"));
  return minus(value.toPrecision(4));
}

/** Every digit of a value, for copying and for titles. */
export function formatExact(value: number | string | null): string {
  return value === null ? "" : String(value);
}

/**
 * A number beside an axis: no more digits than its neighbours need.
 *
 * @param step - Distance to the next tick.
 */
export function formatTick(value: number, step: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e15 || size < 1e-4) return minus(trimExponent(value.toExponential(Math.min(3, digits(value, step)))));
  if (size >= 1e4) {
    const [unit, suffix] =
      size >= 1e12 ? [1e12, "T"] : size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : [1e3, "k"];
    return minus(trimZeros((value / unit).toFixed(Math.min(6, decimals(step / unit))))) + suffix;
  }
  return minus(value.toFixed(Math.min(10, decimals(step))));
}

function decimals(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 3;
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function digits(value: number, step: number): number {
  const ratio = Math.log10(Math.abs(value) / Math.max(step, Number.MIN_VALUE));
  return Number.isFinite(ratio) ? Math.max(0, Math.ceil(ratio)) : 3;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/u, "") : text;
}

function trimExponent(text: string): string {
  return text.replace(/\.?0*e/u, "e").replace("e+", "e");
}

/** A real minus sign is as wide as a digit. */
function minus(text: string): string {
  return text.replace("-", text.includes("e-") && !text.startsWith("-") ? "-" : "−");
}
