const MINUTE_MS = 60_000;

/** Formats a time limit as Slurm takes it, rounded up to the minutes in which it counts: `1-02:30:00`. */
export function formatSlurmTime(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / MINUTE_MS));
  const two = (number: number): string => String(number).padStart(2, "0");
  const days = Math.floor(minutes / 1440);
  const hours = two(Math.floor(minutes / 60) % 24);
  return `${days === 0 ? "" : `${days}-`}${hours}:${two(minutes % 60)}:00`;
}

/** Parses a time as Slurm shows it: `1-02:30:00`, `30:00`, `0:59`; `undefined` for `UNLIMITED` and what is none. */
export function parseSlurmTime(text: string): number | undefined {
  const groups = /^(?:(?<days>\d+)-)?(?:(?<hours>\d+):)?(?<minutes>\d+):(?<seconds>\d\d)$/u.exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const { days = "0", hours = "0", minutes, seconds } = groups;
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
