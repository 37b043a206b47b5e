import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { isErrno, processIdentity, replaceFileSync } from "@waymark/files";
import type { CheckpointOutcome, KeepPolicy } from "@waymark/core";

/** A checkpoint that a program of the run asks for. Paths are absolute. */
export interface RequestedCheckpoint {
  readonly step: number;
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly summary: Readonly<Record<string, unknown>>;
  readonly keep: KeepPolicy | undefined;
}

/** Who is asked for checkpoints. */
export interface CheckpointRequestHandlers {
  /** By the logger, which waits for the answer. */
  readonly onRequest: (request: RequestedCheckpoint) => Promise<CheckpointOutcome>;
  /** By code written for DVC 2, which waits until its file is gone. */
  readonly onSignal: () => Promise<void>;
}

const REQUEST = /^request-(?<step>-?\d+)\.json$/u;
/** Watching a folder can miss changes on network file systems, so it is only a hint. */
const POLL_MS = 100;

/**
 * Waits for what programs of a run ask for: requests in a folder of the run, answered with `done-<step>.json` or
 * `failed-<step>.json`, and the signal file of DVC 2. One at a time, in the order in which they are seen.
 */
export class CheckpointRequests {
  readonly #folder: string;
  readonly #signal: string;
  readonly #handlers: CheckpointRequestHandlers;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param folder - For requests, absolute; made here.
   * @param signal - The signal file of DVC 2, absolute.
   */
  constructor(folder: string, signal: string, handlers: CheckpointRequestHandlers) {
    this.#folder = folder;
    this.#signal = signal;
    this.#handlers = handlers;
  }

  /** Begins to listen. What a killed run left unanswered is nobody's any more. */
  open(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    rmSync(this.#signal, { force: true });
    replaceFileSync(join(this.#folder, "runner.json"), `${JSON.stringify({ schema: 1, ...processIdentity() })}\n`);
    try {
      this.#watcher = watch(this.#folder, () => this.#look());
      this.#watcher.on("error", () => this.#watcher?.close());
      this.#watcher.unref();
    } catch {
      // No watches left on this machine: polling alone will do.
    }
    this.#timer = setInterval(() => this.#look(), POLL_MS);
    this.#timer.unref();
  }

  /** Stops listening, after what is being done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    await this.#working;
    // Whoever still waits is told that nobody answers any more.
    rmSync(this.#folder, { recursive: true, force: true });
    rmSync(this.#signal, { force: true });
  }

  #look(): void {
    if (this.#working !== undefined || this.#isClosed) return;
    const next = this.#next();
    if (next === undefined) return;
    this.#working = next().finally(() => {
      this.#working = undefined;
      this.#look();
    });
  }

  #next(): (() => Promise<void>) | undefined {
    const name = listNames(this.#folder).find((candidate) => REQUEST.test(candidate));
    if (name !== undefined) return async () => this.#answer(name);
    return existsSync(this.#signal) ? async () => this.#takeSignal() : undefined;
  }

  async #answer(name: string): Promise<void> {
    const step = Number(REQUEST.exec(name)?.groups?.["step"]);
    const path = join(this.#folder, name);
    const request = readRequest(path, step);
    const outcome: CheckpointOutcome =
      request === undefined
        ? { kind: "failed", reason: "the request makes no sense", hint: undefined }
        : await this.#handlers.onRequest(request);
    rmSync(path, { force: true });
    const { kind, ...answer } = outcome;
    const file = kind === "committed" ? `done-${step}.json` : `failed-${step}.json`;
    replaceFileSync(join(this.#folder, file), `${JSON.stringify({ schema: 1, ...answer })}\n`);
  }

  async #takeSignal(): Promise<void> {
    try {
      await this.#handlers.onSignal();
    } finally {
      rmSync(this.#signal, { force: true });
    }
  }
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function readRequest(path: string, step: number): RequestedCheckpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { paths, include, summary, keep }: { paths?: unknown; include?: unknown; summary?: unknown; keep?: unknown } =
    value;
  if (!isTexts(paths) || !isTexts(include)) return undefined;
  return { step, paths, include, summary: isRecord(summary) ? summary : {}, keep: readKeep(keep) };
}

function readKeep(keep: unknown): KeepPolicy | undefined {
  if (!isRecord(keep)) return undefined;
  const { kind, count, metric, goal } = keep;
  if (kind === "all") return { kind };
  if (kind === "last" && typeof count === "number" && count >= 1) return { kind, count };
  if (kind === "best" && typeof metric === "string" && (goal === "min" || goal === "max"))
    return { kind, metric, goal };
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one.startsWith("/"));
}
