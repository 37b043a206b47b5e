/** What Slurm tells a job by signals. */
export interface SlurmSignals {
  /** Aborted by SIGUSR1: the job's time is nearly up, or another job is to take its place. */
  readonly warned: AbortSignal;
  /** Aborted by SIGTERM and SIGINT: cancelled, or to be started anew. Seconds later follows SIGKILL. */
  readonly ended: AbortSignal;
  /** Gives the signals back to the process. */
  close(): void;
}

/** Begins to listen to what Slurm tells this process. */
export function hearSlurm(): SlurmSignals {
  const warned = new AbortController();
  const ended = new AbortController();
  const onWarned = (): void => warned.abort();
  const onEnded = (): void => ended.abort();
  // Without a listener, Node would open its debugger.
  process.on("SIGUSR1", onWarned);
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, onEnded);
  return {
    warned: warned.signal,
    ended: ended.signal,
    close: () => {
      process.off("SIGUSR1", onWarned);
      for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, onEnded);
    },
  };
}
