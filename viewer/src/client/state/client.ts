import { effect, signal, type ReadonlySignal } from "@preact/signals";
import type { ServerMessage } from "../../protocol.ts";
import type { ConnectionStatus, Transport } from "../net/transport.ts";
import { announce } from "./announce.ts";
import { applyCatalogMessage, catalogCursor, countPoints } from "./catalog.ts";

const status = signal<ConnectionStatus>({ kind: "connecting" });
const lag = signal<number | null>(null);
const caughtUp = signal<number | null>(null);
const mediaReady = signal(false);
const problem = signal<string | null>(null);

export const connection: ReadonlySignal<ConnectionStatus> = status;
/** Milliseconds between a point being noticed on disk and being on screen, lately; null before the first. */
export const lagMs: ReadonlySignal<number | null> = lag;
/** Points that a reconnect brought, for a few seconds after it. */
export const caughtUpPoints: ReadonlySignal<number | null> = caughtUp;
/** Whether pictures and data files may be asked for. */
export const isMediaReady: ReadonlySignal<boolean> = mediaReady;
/** The server's last complaint. */
export const serverProblem: ReadonlySignal<string | null> = problem;

const SETTLE_MS = 800;

let active: Transport | undefined;

/** The page's connection. */
export function transport(): Transport {
  if (active === undefined) throw new Error("The page has no transport yet");
  return active;
}

/** Connects the page's state to a transport, for good. */
export function connect(to: Transport): void {
  active = to;
  let pointsBefore: number | null = null;
  to.start({
    status(next) {
      if (next.kind === "waiting" && status.peek().kind === "open") {
        pointsBefore = countPoints();
        announce("Disconnected. Everything shown stays readable.");
      }
      status.value = next;
    },
    mediaReady() {
      mediaReady.value = true;
    },
    message(message: ServerMessage) {
      applyCatalogMessage(message);
      if (message.type === "error") problem.value = message.message;
      if (message.type === "catalog" || message.type === "catalog-patch") {
        const { session, version } = catalogCursor();
        to.setCursor(session, version);
        if (pointsBefore !== null) {
          const before = pointsBefore;
          pointsBefore = null;
          // A server that starts anew names its runs at once and counts their points a moment later.
          setTimeout(() => showCaughtUp(countPoints() - before), SETTLE_MS);
        }
      }
    },
  });
  document.addEventListener("visibilitychange", () => to.setVisible(document.visibilityState === "visible"));
  addEventListener("online", () => to.retryNow());
  effect(() => {
    if (status.value.kind !== "open") lag.value = null;
  });
}

let caughtUpTimer: ReturnType<typeof setTimeout> | undefined;

function showCaughtUp(points: number): void {
  caughtUp.value = Math.max(0, points);
  announce(points > 0 ? `Connected again. Caught up ${points} points.` : "Connected again.");
  clearTimeout(caughtUpTimer);
  caughtUpTimer = setTimeout(() => {
    caughtUp.value = null;
  }, 4000);
}

let lastLagUpdate = 0;

/** Takes the age of a drawn point into account; `noticedMs` is server time. */
export function recordLag(noticedMs: number): void {
  const now = performance.now();
  if (now - lastLagUpdate < 500) return;
  lastLagUpdate = now;
  lag.value = Math.max(0, transport().toServerMs(Date.now()) - noticedMs);
}
