import type { ProjectStage } from "@waymark/pipeline";

/** What is stopped besides a stage: the command of a run without stages. */
type Stoppable = ProjectStage | "command";

/**
 * Ends what goes on because it is enough: by a rule, which ends only the stage that runs now, or because time is up,
 * which ends the run. What was made so far counts as its result.
 */
export class RunStopper {
  readonly #controllers = new Map<Stoppable, AbortController>();
  readonly #running = new Set<Stoppable>();
  readonly #maxTimeMs: number | null;
  #timer: NodeJS.Timeout | undefined;
  #reason: string | null = null;
  #isOver = false;

  /** @param maxTimeMs - Time the run may take; `null`: any. */
  constructor(maxTimeMs: number | null) {
    this.#maxTimeMs = maxTimeMs;
  }

  /** The work begins: from now on time counts. */
  start(): void {
    const limitMs = this.#maxTimeMs;
    // Longer than a timer can be set for is as good as for ever.
    if (limitMs === null || limitMs > 0x7fffffff) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.stop(`it took the ${formatTime(limitMs)} it was given`);
    }, limitMs);
    this.#timer.unref();
  }

  /** Why the run was stopped; `null` when it was not. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Nothing more is to begin. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The signal that ends one stage, or the command. */
  signalOf(what: Stoppable): AbortSignal {
    let controller = this.#controllers.get(what);
    if (controller === undefined) this.#controllers.set(what, (controller = new AbortController()));
    return controller.signal;
  }

  begin(what: Stoppable): void {
    this.#running.add(what);
  }

  end(what: Stoppable): void {
    this.#running.delete(what);
  }

  /** Ends what runs now. The first reason counts. */
  stop(reason: string): void {
    // Between two stages a rule has nothing to end.
    if (this.#running.size === 0 && !this.#isOver) return;
    this.#reason ??= reason;
    for (const what of this.#running) {
      this.signalOf(what);
      this.#controllers.get(what)?.abort(reason);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Formats a time as it is typed: `90s`, `2h`. */
function formatTime(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ] as const;
  const [name, size] = units.find(([, unit]) => ms >= unit && ms % unit === 0) ?? (["ms", 1] as const);
  return `${ms / size} ${name}`;
}
