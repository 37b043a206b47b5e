import type { JSX } from "preact";
import { connection, lagMs } from "../state/client.ts";

/** Whether what is on screen is what is on disk, and how far behind it is. */
export function LiveDot(): JSX.Element {
  const status = connection.value;
  const lag = lagMs.value;
  const isLate = lag !== null && lag > 1000;
  const level =
    status.kind !== "open" ? "is-off" : lag !== null && lag > 5000 ? "is-bad" : isLate ? "is-late" : "is-live";
  const text =
    status.kind === "open"
      ? lag === null
        ? "live"
        : lag < 100
          ? "live"
          : `${(lag / 1000).toFixed(1)} s behind`
      : status.kind === "connecting"
        ? "connecting"
        : "offline";
  return (
    <span class={`live-dot ${level}`} title="Time between a point on disk and on screen">
      <span class="live-light" aria-hidden="true" />
      {text}
    </span>
  );
}
