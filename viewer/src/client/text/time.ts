/** A span of time in its two largest units: `0.4s`, `12s`, `4m 05s`, `1h 02m`, `3d 04h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const size = Math.abs(seconds);
  if (size === 0) return "0s";
  if (size < 1) return `${sign}${trim(size * 1000)}ms`;
  if (size < 10 && !Number.isInteger(size)) return `${sign}${trim(size)}s`;
  const whole = Math.round(size);
  if (whole < 60) return `${sign}${whole}s`;
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86_400) return `${sign}${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  return `${sign}${Math.floor(whole / 86_400)}d ${pad(Math.floor((whole % 86_400) / 3600))}h`;
}

/** A moment beside a time axis; the date where days are counted, seconds only where they matter. */
export function formatClock(epochMs: number, stepMs: number): string {
  const date = new Date(epochMs);
  if (stepMs >= 86_400_000) return `${MONTHS[date.getMonth()] ?? ""} ${date.getDate()}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (stepMs < 1000) return `${time}:${pad(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return stepMs < 60_000 ? `${time}:${pad(date.getSeconds())}` : time;
}

/** A full local moment: `2026-03-04 14:05:06`. */
export function formatMoment(epochMs: number): string {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return "–";
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** How long ago, in one unit: `just now`, `4 min ago`, `2 days ago`. */
export function formatAgo(seconds: number): string {
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  const days = Math.round(seconds / 86_400);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

function trim(value: number): string {
  return String(Number(value.toPrecision(2)));
}
