import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { RunInfo, ServerMessage } from "../../protocol.ts";

/** What the server says about itself. */
export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

const order = signal<readonly string[]>([]);
const runs = new Map<string, Signal<RunInfo>>();
const loaded = signal(false);
const greeting = signal<Welcome | null>(null);
const gone = signal<ReadonlySet<string>>(new Set());
let version = 0;

/** Ids of all runs: running first, then newest first. Changes only when runs come, go or change places. */
export const runIds: ReadonlySignal<readonly string[]> = order;
/** Runs whose folder disappeared while this page was open: listed with what was last known of them, never drawn. */
export const goneIds: ReadonlySignal<ReadonlySet<string>> = gone;
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
      // Another project at the same address: its runs have nothing to do with those listed.
      if (greeting.peek() !== null && greeting.peek()?.project.root !== message.project.root) forgetAll();
      greeting.value = message;
      break;
    case "catalog":
      version = message.version;
      batch(() => {
        const kept = new Set(message.runs.map((run) => run.id));
        held.clear();
        for (const id of runs.keys()) if (!kept.has(id) && !gone.peek().has(id)) held.set(id, null);
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
          remove(id);
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
        if (run === null) remove(id);
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

/** Takes a run that is gone off the list. */
export function forgetRun(id: string): void {
  batch(() => {
    runs.delete(id);
    fuller.delete(id);
    markGone(id, false);
    reorder();
  });
}

function forgetAll(): void {
  batch(() => {
    runs.clear();
    held.clear();
    fuller.clear();
    gone.value = new Set();
    reorder();
  });
}

/** A live run that leaves is marked, unless its experiment in Git stands for it; all else is taken off the list. */
function remove(id: string): void {
  const run = runs.get(id)?.peek();
  if (run?.kind !== "live" || findExperimentOf(run)) {
    runs.delete(id);
    fuller.delete(id);
    markGone(id, false);
    return;
  }
  upsert({ ...(fuller.get(id) ?? run), state: "unknown", reason: null });
  markGone(id, true);
}

/** Rows as they were before their points went: a folder that is removed empties file by file before it is gone. */
const fuller = new Map<string, RunInfo>();

function noteFuller(run: RunInfo, known: RunInfo): void {
  const best = fuller.get(run.id) ?? known;
  if (pointsOf(run) < pointsOf(best)) fuller.set(run.id, best);
  else fuller.delete(run.id);
}

function findExperimentOf(run: RunInfo): boolean {
  return [...runs.values()].some((other) => other.peek().kind === "experiment" && isSameExperiment(other.peek(), run));
}

function isSameExperiment(a: RunInfo, b: RunInfo): boolean {
  return a.name === b.name && a.baseline === b.baseline;
}

function markGone(id: string, isGone: boolean): void {
  if (gone.peek().has(id) === isGone) return;
  const next = new Set(gone.peek());
  if (isGone) next.add(id);
  else next.delete(id);
  gone.value = next;
}

function upsert(run: RunInfo): void {
  markGone(run.id, false);
  for (const id of run.kind === "experiment" ? gone.peek() : []) {
    const other = runs.get(id)?.peek();
    if (other === undefined || !isSameExperiment(run, other)) continue;
    runs.delete(id);
    markGone(id, false);
  }
  const known = runs.get(run.id);
  if (known === undefined) runs.set(run.id, signal(run));
  else {
    noteFuller(run, known.peek());
    known.value = run;
  }
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
