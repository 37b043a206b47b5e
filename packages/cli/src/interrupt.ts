/** Listens for Ctrl-C on behalf of one command. */
export interface Interrupt {
  /** Made, and signals caught, when first read. */
  readonly signal: AbortSignal;
  /** Whether a signal came. */
  readonly wasInterrupted: boolean;
  /** Gives the signals back to the process. */
  close(): void;
}

/** Ctrl-C, a shut-down, and a terminal that was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes the {@link Interrupt} of a command. Until its signal is read nothing is caught, so that Ctrl-C ends a command
 * that has nothing to clean up even while it blocks in Git.
 */
export function createInterrupt(exitCode: number): Interrupt {
  const controller = new AbortController();
  let isListening = false;
  const listener = (): void => {
    // Someone who presses twice wants out.
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort();
  };
  return {
    get signal() {
      if (!isListening) for (const name of SIGNALS) process.on(name, listener);
      isListening = true;
      return controller.signal;
    },
    get wasInterrupted() {
      return controller.signal.aborted;
    },
    close: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
