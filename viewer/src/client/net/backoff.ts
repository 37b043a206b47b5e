const DELAYS_MS: readonly number[] = [250, 500, 1000, 2000, 5000];

/**
 * How long to wait before attempt `attempt` (0 is the first retry): 0.25, 0.5, 1, 2 and then 5 seconds, each ±20 % so
 * that several pages of one server do not return in the same instant.
 *
 * @param random - In [0, 1).
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const delay = DELAYS_MS[Math.min(Math.max(0, attempt), DELAYS_MS.length - 1)] ?? 5000;
  return delay * (0.8 + 0.4 * random());
}
