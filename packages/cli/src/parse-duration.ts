import { UsageError } from "./usage-error.ts";

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, min: 60_000, s: 1000 };
const PART = /^(?<amount>\d+(?:\.\d+)?)\s*(?<unit>d|h|min|m|s)?\s*/u;

/** Reads a time such as `90s`, `2h`, `1h30m` or `1.5d`; a number alone is seconds. In milliseconds. */
export function parseDuration(text: string): number {
  let rest = text.trim().toLowerCase();
  let totalMs = 0;
  while (rest !== "") {
    const part = PART.exec(rest);
    const amount = Number(part?.groups?.["amount"]);
    const unit = UNITS[part?.groups?.["unit"] ?? "s"];
    if (part === null || unit === undefined) throw new UsageError("Expected a time such as 90s, 2h or 1h30m.");
    totalMs += amount * unit;
    rest = rest.slice(part[0].length);
  }
  if (totalMs <= 0 || !Number.isSafeInteger(Math.round(totalMs))) {
    throw new UsageError("Expected a time such as 90s, 2h or 1h30m.");
  }
  return Math.round(totalMs);
}
