/** A span of time in seconds since the epoch: a second, or a whole day. */
export interface Moment {
  readonly startSeconds: number;
  /** The first second after it. */
  readonly endSeconds: number;
}

const DAY_SECONDS = 86_400;
/** Seconds of what `… ago` counts. A month is 30 days and a year 365. */
const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [1, "s sec secs second seconds"],
      [60, "m min mins minute minutes"],
      [3600, "h hour hours"],
      [DAY_SECONDS, "d day days"],
      [7 * DAY_SECONDS, "w week weeks"],
      [30 * DAY_SECONDS, "mo month months"],
      [365 * DAY_SECONDS, "y year years"],
    ] as const
  ).flatMap(([seconds, words]) => words.split(" ").map((word) => [word, seconds] as const)),
);

const AGO = /^(\d+(?:\.\d+)?)\s*([a-z]+)\s+ago$/iu;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/u;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/iu;

/** Tells whether a word counts time, such as `d` or `weeks`. */
export function isTimeUnit(word: string): boolean {
  return UNITS.has(word.toLowerCase());
}

/**
 * Reads a date as people write it: `now`, `today`, `yesterday`, `2d ago`, `3 weeks ago`, `2026-11-01`, or a date with a
 * time, ISO 8601. Without an offset it is local time, as listings show it.
 *
 * @param now - In milliseconds since the epoch.
 * @returns `undefined` for anything else.
 */
export function parseMoment(text: string, now: number): Moment | undefined {
  const word = text.trim().toLowerCase();
  if (word === "now") return second(now);
  if (word === "today") return day(new Date(now), 0);
  if (word === "yesterday") return day(new Date(now), -1);
  const [, amount, unit] = AGO.exec(word) ?? [];
  const unitSeconds = unit === undefined ? undefined : UNITS.get(unit);
  if (amount !== undefined && unitSeconds !== undefined) return second(now - Number(amount) * unitSeconds * 1000);
  const date = DATE.exec(word);
  if (date !== null) {
    const [year, month, dayOfMonth] = date.slice(1).map(Number) as [number, number, number];
    const start = new Date(year, month - 1, dayOfMonth);
    // The 31st of a shorter month would run into the next one.
    return start.getMonth() === month - 1 && start.getDate() === dayOfMonth ? day(start, 0) : undefined;
  }
  if (!TIME.test(word)) return undefined;
  const time = Date.parse(
    word
      .replace(" ", "T")
      .toUpperCase()
      .replace(/([+-]\d\d)(\d\d)$/u, "$1:$2"),
  );
  return Number.isNaN(time) ? undefined : second(time);
}

function second(timeMs: number): Moment {
  const startSeconds = Math.floor(timeMs / 1000);
  return { startSeconds, endSeconds: startSeconds + 1 };
}

function day(date: Date, offset: number): Moment {
  const midnight = (days: number): number =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate() + offset + days).getTime() / 1000;
  return { startSeconds: midnight(0), endSeconds: midnight(1) };
}
