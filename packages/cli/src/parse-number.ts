import { UsageError } from "./usage-error.ts";

/** Reads how many things are done at once: 1 or more. */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(text)) throw new UsageError("Expected a number from 1 to 9999.");
  return Number(text);
}
