/** A moment with the offset it was written in. */
export interface GitDate {
  /** Seconds since the epoch. */
  readonly timeSeconds: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
}

/**
 * Parses the date forms Git documents for `GIT_AUTHOR_DATE`: `@1700000000 +0100` (the `@` may be missing from nine
 * digits on) and ISO 8601, with or without an offset; local time without.
 *
 * @returns `undefined` for anything else.
 */
export function parseGitDate(text: string): GitDate | undefined {
  const trimmed = text.trim();
  const raw = /^@?(\d+)(?: ([+-]\d{4}))?$/.exec(trimmed);
  if (raw?.[1] !== undefined && (trimmed.startsWith("@") || raw[1].length >= 9)) {
    return { timeSeconds: Number(raw[1]), offsetMinutes: parseOffset(raw[2] ?? "+0000") };
  }
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?$/.exec(trimmed);
  if (iso === null) return undefined;
  const [, day, time, zone] = iso;
  const ms = Date.parse(`${day}T${time}${zone === undefined ? "" : "Z"}`);
  if (Number.isNaN(ms)) return undefined;
  const offsetMinutes = zone === undefined ? -new Date(ms).getTimezoneOffset() : parseOffset(zone);
  const timeSeconds = Math.floor(ms / 1000) - (zone === undefined ? 0 : offsetMinutes * 60);
  return { timeSeconds, offsetMinutes };
}

function parseOffset(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith("-") ? -minutes : minutes;
}
