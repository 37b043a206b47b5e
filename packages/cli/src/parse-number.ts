import { UsageError } from "./usage-error.ts";

/** Reads how many things are done at once: 1 or more. */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(text)) throw new UsageError("Expected a number from 1 to 9999.");
  return Number(text);
}

/** Reads the seed of a draw: 0 or more. */
export function parseSeed(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new UsageError("Expected a number from 0 to 999999999.");
  return Number(text);
}
