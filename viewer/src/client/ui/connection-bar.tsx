import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { caughtUpPoints, connection, serverProblem, transport } from "../state/client.ts";
import { formatCount } from "../text/number.ts";
import { Icon } from "./icons.tsx";

const frameNow = signal(0);

/** Says when what is on screen may be old, and since when; clears nothing. */
export function ConnectionBar(): JSX.Element | null {
  const status = connection.value;
  const isWaiting = status.kind === "waiting";
  useEffect(() => {
    if (!isWaiting) return undefined;
    frameNow.value = performance.now();
    const timer = setInterval(() => (frameNow.value = performance.now()), 250);
    return () => clearInterval(timer);
  }, [isWaiting]);
  switch (status.kind) {
    case "waiting": {
      const now = Math.max(frameNow.value, status.sinceMs);
      const gone = Math.round((now - status.sinceMs) / 1000);
      const next = Math.max(0, Math.ceil((status.retryAtMs - now) / 1000));
      return (
        <div class="bar is-warning" role="status">
          <Icon name="warning" size={14} />
          <span>
            Disconnected {gone < 1 ? "" : `for ${gone} s `}– {next === 0 ? "trying again" : `next try in ${next} s`}.
            Everything shown stays readable.
          </span>
          <button type="button" class="button" onClick={() => transport().retryNow()}>
            Try now
          </button>
        </div>
      );
    }
    case "denied":
      return (
        <div class="bar is-warning" role="status">
          <Icon name="warning" size={14} />
          <span>
            This page needs a link with a token. Run <code>waymark view</code> in the project: it prints one.
          </span>
          <button type="button" class="button" onClick={() => transport().retryNow()}>
            Try again
          </button>
        </div>
      );
    case "incompatible":
      return (
        <div class="bar is-warning" role="status">
          <Icon name="warning" size={14} />
          <span>The server was updated. Load the page again to go on.</span>
          <button type="button" class="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      );
    case "connecting":
      return null;
    case "open":
      return <OpenBar />;
  }
}

function OpenBar(): JSX.Element | null {
  const points = caughtUpPoints.value;
  if (points !== null) {
    return (
      <div class="bar is-good" role="status">
        <Icon name="check" size={14} />
        <span>
          {points === 0
            ? "Connected again; nothing was missed."
            : `Connected again, caught up ${formatCount(points)} points.`}
        </span>
      </div>
    );
  }
  if (serverProblem.value === null) return null;
  return (
    <div class="bar is-warning" role="status">
      <Icon name="warning" size={14} />
      <span>{serverProblem.value}</span>
    </div>
  );
}
