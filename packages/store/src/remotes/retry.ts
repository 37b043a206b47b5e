import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "@waymark/files";

/** Something that may work when it is tried again, with the time the server asked for. */
export class TransientError extends Error {
  readonly retryAfterMs: number | undefined;
  /** HTTP status, where there is one. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "TransientError";
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Options of {@link withRetries}. */
export interface RetryOptions {
  /** How often it is tried in all. Default 5. */
  readonly attempts?: number;
  /** Pause before the second try; it doubles from try to try. Default 100 ms. */
  readonly firstPauseMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked after a failure: tries are counted anew when the last one got further than those before it. */
  readonly hasProgressed?: () => boolean;
}

/** Statuses with which servers say: not now. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "HPE_INVALID_EOF_STATE",
]);
const LONGEST_PAUSE_MS = 5000;
const LONGEST_WAIT_MS = 30_000;

/** Tells whether a status means that the same request may succeed later. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status);
}

/** Tells whether an error, or what caused it, is a failure of the connection. */
export function isTransient(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof TransientError) return true;
    const code = errorCode(current);
    if (code !== undefined && TRANSIENT_CODES.has(code)) return true;
  }
  return false;
}

/** Reads a `Retry-After` header: seconds or a date. Returns milliseconds from now. */
export function parseRetryAfter(header: string | undefined, nowMs: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : undefined;
  const waitMs = seconds === undefined ? Date.parse(header) - nowMs : seconds * 1000;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS) : undefined;
}

/**
 * Does something again while it fails for a moment, with growing pauses.
 *
 * @param work - Given the number of the try, from 0.
 * @throws What the last try threw; at once what is no failure of a moment.
 */
export async function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 5, firstPauseMs = 100, signal, hasProgressed } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (hasProgressed?.() === true) attempt = 0;
      if (attempt + 1 >= attempts || !isTransient(error)) throw error;
      await sleep(pauseBefore(attempt, firstPauseMs, error), undefined, signal === undefined ? {} : { signal });
    }
  }
}

function pauseBefore(attempt: number, firstPauseMs: number, error: unknown): number {
  if (error instanceof TransientError && error.retryAfterMs !== undefined) return error.retryAfterMs;
  // Many transfers fail together when a server goes away; they should not come back together.
  const jitter = 0.5 + Math.random();
  return Math.min(firstPauseMs * 2 ** attempt, LONGEST_PAUSE_MS) * jitter;
}
