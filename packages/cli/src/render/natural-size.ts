const UNITS = ["", "k", "M", "G", "T", "P", "E"];

/** Formats a number of bytes in three digits, as DVC lists it: `139`, `4.00k`, `12.3M`. */
export function formatNaturalSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  for (const unit of UNITS) {
    if (value < 9.995) return `${value.toFixed(2)}${unit}`;
    if (value < 99.95) return `${value.toFixed(1)}${unit}`;
    if (value < 999.5) return `${value.toFixed(0)}${unit}`;
    value /= 1024;
  }
  return `${(value * 1024).toFixed(0)}${UNITS.at(-1) ?? ""}`;
}
