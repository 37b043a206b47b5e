/** What can befall the process of a run, before its script ended it. */
export type ProcessEvent =
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "exit"; readonly code: number; readonly failure: string | undefined };

/** A run that wants to be ended before its process is. */
export interface HookedRun {
  /** Ends the run; nothing can be awaited. */
  onProcessEnd(event: ProcessEvent): void;
  /** The script handles the signal itself: the run goes on, and is called interrupted if it ends by it. */
  onSignalSeen(signal: NodeJS.Signals): void;
  /** An error left the script after the run was ended by leaving its block. */
  onLateFailure(failure: string): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A loop that has not yielded for this long cannot hear signals: they get their usual effect back. */
const DEAF_MS = 500;

const runs = new Set<HookedRun>();
const lately = new Set<HookedRun>();
let failure: string | undefined;
let areProcessHooksSet = false;
let listensToSignals = false;
let waitsForTurn = false;
let waitingSinceMs = 0;

/** Makes sure a run is ended when its process is, whichever way that happens short of SIGKILL. */
export function hookRun(run: HookedRun): void {
  runs.add(run);
  if (!areProcessHooksSet) {
    areProcessHooksSet = true;
    process.on("exit", onExit);
    // The monitor sees what will end the process without changing that it will.
    process.on("uncaughtExceptionMonitor", onUncaught);
  }
  noteTurn();
}

export function unhookRun(run: HookedRun): void {
  runs.delete(run);
  if (runs.size === 0) stopListening();
}

/** Keeps an ended run known until the script has had its turn: leaving a block does not say whether by an error. */
export function hookLateFailure(run: HookedRun): void {
  lately.add(run);
  setImmediate(() => lately.delete(run)).unref();
}

/**
 * Called at every step. Node delivers signals between two turns of its event loop; a loop that never awaits would make
 * Ctrl-C do nothing, so the handlers are only in place while turns are seen to happen.
 */
export function noteTurn(): void {
  if (waitsForTurn) {
    if (listensToSignals && Date.now() - waitingSinceMs > DEAF_MS) stopListening();
    return;
  }
  waitsForTurn = true;
  waitingSinceMs = Date.now();
  setImmediate(onTurn).unref();
}

function onTurn(): void {
  waitsForTurn = false;
  if (runs.size > 0) listen();
}

function listen(): void {
  if (listensToSignals) return;
  listensToSignals = true;
  // In front of the script's own handlers, which may end the process.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function stopListening(): void {
  if (!listensToSignals) return;
  listensToSignals = false;
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  // A script with a handler of its own decides itself whether the signal ends it.
  if (process.listenerCount(signal) > 1) {
    for (const run of runs) run.onSignalSeen(signal);
    return;
  }
  // Ctrl-C comes twice where a parent such as npm passes it on: the second must not cut the end of the run short.
  for (const other of SIGNALS) process.on(other, ignore);
  for (const run of runs) run.onProcessEnd({ kind: "signal", signal });
  stopListening();
  for (const other of SIGNALS) process.off(other, ignore);
  // Without a handler the signal does what it always does, and the parent sees which one it was.
  process.kill(process.pid, signal);
}

function ignore(): void {
  // Having a listener is all it takes.
}

function onUncaught(error: unknown): void {
  failure = describeFailure(error);
  for (const run of lately) run.onLateFailure(failure);
  lately.clear();
}

function onExit(code: number): void {
  for (const run of runs) run.onProcessEnd({ kind: "exit", code, failure });
}

/** One line that names an error. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split("\n", 1)[0] ?? text).slice(0, 300);
}
