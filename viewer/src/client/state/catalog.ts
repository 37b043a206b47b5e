import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { RunInfo, ServerMessage } from "../../protocol.ts";

/** What the server says about itself. */
export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

const order = signal<readonly string[]>([]);
const runs = new Map<string, Signal<RunInfo>>();
const loaded = signal(false);
const greeting = signal<Welcome | null>(null);
let version = 0;

/** Ids of all runs: running first, then newest first. Changes only when runs come, go or change places. */
export const runIds: ReadonlySignal<readonly string[]> = order;
/** Whether a catalog has arrived. */
export const isCatalogLoaded: ReadonlySignal<boolean> = loaded;
export const welcome: ReadonlySignal<Welcome | null> = greeting;

/** One run; each has a signal of its own, so that a step of one does not redraw the others. */
export function findRun(id: string): ReadonlySignal<RunInfo> | undefined {
  const run = runs.get(id);
  // Who asks for a run that is not there yet is told when it comes.
  if (run === undefined) void order.value;
  return run;
}

/** The run as it is now, without following it. */
export function peekRun(id: string): RunInfo | undefined {
  return runs.get(id)?.peek();
}

/** Whether a run is still going on. */
export function isActive(run: RunInfo): boolean {
  return run.state === "running" || run.state === "stalled";
}

/** What this page holds, for the greeting after a reconnect. */
export function catalogCursor(): { readonly session: string | null; readonly version: number } {
  return { session: greeting.peek()?.session ?? null, version };
}

/** Brings the catalog up to date with a message; others are passed over. */
export function applyCatalogMessage(message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      greeting.value = message;
      break;
    case "catalog":
      version = message.version;
      batch(() => {
        const kept = new Set(message.runs.map((run) => run.id));
        held.clear();
        for (const id of runs.keys()) if (!kept.has(id)) held.set(id, null);
        for (const run of message.runs) upsertOrHold(run);
        if (held.size > 0) holdForAWhile();
        reorder();
        loaded.value = true;
      });
      break;
    case "catalog-patch":
      version = message.version;
      batch(() => {
        for (const id of message.removes) {
          held.delete(id);
          runs.delete(id);
        }
        for (const run of message.upserts) {
          if (held.has(run.id)) upsertOrHold(run);
          else upsert(run);
        }
        reorder();
        // After a reconnect to the same session, a patch is all that comes.
        loaded.value = true;
      });
      break;
    default:
  }
}

/**
 * What a server that started anew says of runs that it has not read to their ends: it knows less than this page shows,
 * and for a moment the page knows better. `null` is a run that it did not name.
 */
const held = new Map<string, RunInfo | null>();
const HOLD_MS = 2000;
let holdTimer: ReturnType<typeof setTimeout> | undefined;

function upsertOrHold(run: RunInfo): void {
  const known = runs.get(run.id)?.peek();
  if (known !== undefined && pointsOf(run) < pointsOf(known)) {
    held.set(run.id, run);
    return;
  }
  held.delete(run.id);
  upsert(run);
}

function holdForAWhile(): void {
  clearTimeout(holdTimer);
  holdTimer = setTimeout(() => {
    batch(() => {
      for (const [id, run] of held) {
        if (run === null) runs.delete(id);
        else upsert(run);
      }
      held.clear();
      reorder();
    });
  }, HOLD_MS);
}

function pointsOf(run: RunInfo): number {
  return run.metrics.reduce((sum, metric) => sum + metric.points, 0);
}

/** Points of all runs together; the difference over a reconnect is what was missed. */
export function countPoints(): number {
  let points = 0;
  for (const run of runs.values()) points += pointsOf(run.peek());
  return points;
}

function upsert(run: RunInfo): void {
  const known = runs.get(run.id);
  if (known === undefined) runs.set(run.id, signal(run));
  else known.value = run;
}

function reorder(): void {
  const sorted = [...runs.values()].map((run) => run.peek()).sort(compareRuns);
  const ids = sorted.map((run) => run.id);
  const before = order.peek();
  if (ids.length !== before.length || ids.some((id, i) => id !== before[i])) order.value = ids;
}

function compareRuns(a: RunInfo, b: RunInfo): number {
  const activity = Number(isActive(b)) - Number(isActive(a));
  if (activity !== 0) return activity;
  const started = (b.isoStartedAt ?? "").localeCompare(a.isoStartedAt ?? "");
  return started !== 0 ? started : a.name.localeCompare(b.name, "en", { numeric: true });
}
