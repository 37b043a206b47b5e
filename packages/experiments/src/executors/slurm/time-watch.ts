import type { SlurmClient } from "./slurm-client.ts";

/** As long as a timer can be set for, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Looks at the clock beside Slurm's own warning. */
export interface TimeWatch {
  /** Aborted when the time of the job is nearly up. */
  readonly signal: AbortSignal;
  close(): void;
}

/**
 * Warns of the end of a job's time by itself. Slurm sends its signal once, up to half a minute early: of a short job
 * before this program has begun to listen, and then it is lost.
 *
 * @param warnMs - How long before the end.
 */
export function watchTime(client: Partial<Pick<SlurmClient, "timeLeft">>, jobId: string, warnMs: number): TimeWatch {
  const warning = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const set = (leftMs: number | undefined): void => {
    const inMs = leftMs === undefined ? Infinity : Math.max(0, leftMs - warnMs);
    if (!isClosed && inMs <= LONGEST_MS) timer = setTimeout(() => warning.abort(), inMs);
  };
  // Who does not answer has sent, or will send, a signal.
  client.timeLeft?.(jobId).then(set, () => undefined);
  return {
    signal: warning.signal,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
