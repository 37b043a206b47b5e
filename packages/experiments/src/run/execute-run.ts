import { StageCommandError } from "@waymark/pipeline";
import { Run } from "./carry-out.ts";
import type { RunCheckpoints } from "./run-checkpoints.ts";
import type { RunContext } from "./run-context.ts";
import { RunFiles } from "./run-files.ts";
import { runEnvironment } from "./run-environment.ts";
import { RunCommandError, RunCommandMissingError } from "./run-errors.ts";
import { RunJournal } from "./run-journal.ts";
import type { ExecuteRunOptions, RunEffects, RunPlace, RunResult } from "./run-place.ts";
import type { RunSpec } from "./run-spec.ts";
import { RunStopper } from "./run-stopper.ts";
import { checkpointRequestFolder } from "./wanted-checkpoint.ts";

/** Errors have causes; one in itself has no end. */
const DEEPEST_CAUSE = 5;

/**
 * Carries out a run in its work tree: puts a checkpoint back if it goes on from one, brings the data it begins with,
 * runs its stages or its command, commits the checkpoints it asks for, and saves what it made as an experiment. HEAD,
 * the index, the stash and files that the run does not write stay as they are, whenever it is killed.
 *
 * ```
 *   record: preparing ─▶ running ──────────────▶ saving ─▶ finished │ stopped
 *                          │  checkpoint ◀─ request, signal             (one commit more, or the only one)
 *                          └─▶ failed │ interrupted                     (the chain as far as it got)
 * ```
 *
 * @returns How it ended, with the error that ended it; nothing is thrown once the record is there.
 */
export async function executeRun(
  place: RunPlace,
  spec: RunSpec,
  options: ExecuteRunOptions = {},
  effects: RunEffects = {},
): Promise<RunResult> {
  const { signal, random = Math.random, nowMs = Date.now, files = new Map<string, Uint8Array>() } = options;
  const journal = RunJournal.begin(place, spec, nowMs);
  const checkpointFolder = checkpointRequestFolder(journal.folder);
  const env = runEnvironment(place, spec, checkpointFolder);
  const stopper = new RunStopper(spec.rules.maxTimeMs);
  const context: RunContext = {
    ...{ place, spec, journal, effects, stopper, env, signal, random },
    ...{ include: [...(options.include ?? []), ...files.keys()], startedMs: Date.now() },
    files: new RunFiles(place.project.root, files),
  };
  const run = new Run(context, checkpointFolder);
  let result: RunResult;
  try {
    result = await run.carryOut();
  } catch (error) {
    result = cutShort(context, run.checkpoints, error);
    if (result.isUnbegun === true || !context.files.isUsed) context.files.putBack();
  } finally {
    stopper.close();
  }
  journal.end(result);
  return result;
}

/** Says how a run ended that was not saved as it should: its checkpoints stay, with the reason. */
function cutShort(
  { spec, signal, journal }: RunContext,
  checkpoints: RunCheckpoints | undefined,
  error: unknown,
): RunResult {
  const isInterrupted = signal?.aborted === true;
  const reason = isInterrupted ? interruptReason(signal) : describeError(error);
  const state = isInterrupted ? "interrupted" : "failed";
  checkpoints?.cutShort(state, reason);
  const newest = checkpoints?.newest;
  return {
    ...{ state, name: newest?.name ?? spec.name, commit: newest?.commit ?? null },
    ...{ exitCode: exitCodeOf(error), reason, error },
    isUnbegun: journal.record.state === "preparing" || error instanceof RunCommandMissingError,
  };
}

function interruptReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return typeof reason === "string" ? reason : "it was interrupted";
}

function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < DEEPEST_CAUSE; at = at.cause)
    parts.push(at.message);
  const text = parts.length === 0 ? String(error) : (parts.at(-1) ?? "");
  return text.replace(/\s+/gu, " ").trim();
}

function exitCodeOf(error: unknown): number | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof StageCommandError || at instanceof RunCommandError) return at.exitCode;
  }
  return null;
}
