import { acquireDvcLock, DvcLockedError, type DvcLock } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";

/** Options of {@link SharedLock}. */
export interface SharedLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once when the lock has to be waited for, with the process that holds it. */
  readonly onWait?: (pid: number | undefined) => void;
}

const POLL_MS = 100;
/** How long DVC waits, and the first who asks here. */
const FIRST_WAIT_MS = 3000;

/**
 * The repository lock, shared by the stages that this process works on at a time: held from the first of them to the
 * end, and free while nothing happens but commands that run.
 *
 * The first time it is waited for as long as DVC does. After a command has run, giving up would throw away what it made,
 * so it is waited for until the other command is done.
 */
export class SharedLock {
  readonly #project: DvcProject;
  readonly #options: SharedLockOptions;
  #held: DvcLock | undefined;
  #holders = 0;
  #paused = 0;
  #taking: Promise<void> | undefined;
  #wasHeld = false;

  constructor(project: DvcProject, options: SharedLockOptions = {}) {
    this.#project = project;
    this.#options = options;
  }

  /** Holds the lock during work. It stays held afterwards, unless something else has paused it. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#holders -= 1;
      this.#freeIfIdle();
    }
  }

  /** Gives the lock back while something runs that takes long, and takes it again. Only inside {@link SharedLock.hold}. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#holders -= 1;
    this.#paused += 1;
    this.#freeIfIdle();
    try {
      return await work();
    } finally {
      this.#paused -= 1;
      await this.#enter().catch((error: unknown) => {
        // Whoever holds it goes on to give it back.
        this.#holders += 1;
        throw error;
      });
    }
  }

  /** Gives the lock back for good. */
  close(): void {
    if (this.#held?.kind === "held") this.#held.release();
    this.#held = undefined;
  }

  async #enter(): Promise<void> {
    this.#holders += 1;
    if (this.#held !== undefined) return;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    try {
      await this.#taking;
    } catch (error) {
      this.#holders -= 1;
      throw error;
    }
  }

  #freeIfIdle(): void {
    if (this.#holders === 0 && this.#paused > 0) this.close();
  }

  async #take(): Promise<void> {
    const { dvcDir, config } = this.#project;
    const begin = performance.now();
    for (let isTold = false; ; isTold = true) {
      try {
        this.#held = acquireDvcLock(dvcDir, { usesHardlinkLock: config.usesHardlinkLock, waitMs: 0 });
        this.#wasHeld = true;
        return;
      } catch (error) {
        const isOver = !this.#wasHeld && performance.now() - begin >= FIRST_WAIT_MS;
        if (!(error instanceof DvcLockedError) || isOver) throw error;
        if (!isTold) this.#options.onWait?.(error.pid);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      // Interrupted after a command: what it made is still put in order, but not for ever.
      if (this.#options.signal?.aborted === true && performance.now() - begin >= FIRST_WAIT_MS)
        this.#options.signal.throwIfAborted();
    }
  }
}
