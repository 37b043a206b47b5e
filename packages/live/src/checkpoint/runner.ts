import { existsSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import type { CheckpointOutcome, CheckpointRequest, KeepPolicy } from "@waymark/core";
import { type ProcessIdentity, isProcessAlive, replaceFileSync } from "@waymark/files";

/** How long a runner may take for one checkpoint: hashing a very large model takes minutes. */
const TIMEOUT_MS = 30 * 60_000;
/** Folder watching can miss changes on network file systems, so it is only a hint. */
const POLL_MS = 250;

/**
 * Asks the runner that started this process for a checkpoint: writes `request-<step>.json` into its folder and waits for
 * `done-<step>.json` or `failed-<step>.json`. The runner says who it is in `runner.json`; when that process has ended,
 * nobody will answer and the wait is over.
 */
export async function requestFromRunner(
  folder: string,
  request: CheckpointRequest & { readonly keep?: KeepPolicy },
  timeoutMs = TIMEOUT_MS,
): Promise<CheckpointOutcome> {
  const done = join(folder, `done-${request.step}.json`);
  const failed = join(folder, `failed-${request.step}.json`);
  if (!isRunnerAlive(folder)) return failure("the runner that started this process has ended");
  try {
    rmSync(done, { force: true });
    rmSync(failed, { force: true });
    replaceFileSync(join(folder, `request-${request.step}.json`), `${JSON.stringify({ schema: 1, ...request })}\n`);
  } catch (error) {
    return failure(`the request cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = readAnswer(done, request.step) ?? readFailure(failed);
    if (answer !== undefined) return answer;
    if (!isRunnerAlive(folder)) return failure("the runner that started this process has ended");
    if (performance.now() >= deadlineMs) return failure("the runner did not answer in time");
    await changeIn(folder);
  }
}

/**
 * Tells whether the runner that started this process asks for a checkpoint as soon as possible: its time is nearly up,
 * say. It puts `wanted.json` into its folder, and takes it away once there is one.
 */
export function isWantedByRunner(folder: string): boolean {
  return existsSync(join(folder, "wanted.json"));
}

function isRunnerAlive(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const runner = readJson(join(folder, "runner.json"));
  if (runner === undefined) return true;
  const { pid, host, processStart, bootId } = runner;
  if (typeof pid !== "number" || typeof host !== "string") return true;
  const identity: ProcessIdentity = {
    pid,
    host,
    processStart: typeof processStart === "string" ? processStart : null,
    bootId: typeof bootId === "string" ? bootId : null,
  };
  return isProcessAlive(identity);
}

function readAnswer(path: string, step: number): CheckpointOutcome | undefined {
  const answer = readJson(path);
  if (answer === undefined) return undefined;
  const { commit, experimentName, ref, forkedFrom } = answer;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    kind: "committed",
    commit: text(commit),
    experimentName: text(experimentName),
    ref: text(ref),
    step,
    forkedFrom: typeof forkedFrom === "string" ? forkedFrom : undefined,
  };
}

function readFailure(path: string): CheckpointOutcome | undefined {
  const answer = readJson(path);
  if (answer === undefined) return undefined;
  const { reason, hint } = answer;
  return failure(
    typeof reason === "string" ? reason : "the runner gave no reason",
    typeof hint === "string" ? hint : undefined,
  );
}

function failure(reason: string, hint?: string): CheckpointOutcome {
  return { kind: "failed", reason, hint };
}

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    // Not there yet; answers are renamed into place, so they are never half-written.
    return undefined;
  }
}

/** Waits for a change in the folder, at most as long as one poll. */
async function changeIn(folder: string): Promise<void> {
  await new Promise<void>((resolve) => {
    let watcher: ReturnType<typeof watch> | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(finish, POLL_MS);
    try {
      watcher = watch(folder, finish);
      watcher.on("error", finish);
    } catch {
      // No watches left on this machine: polling alone will do.
    }
  });
}
