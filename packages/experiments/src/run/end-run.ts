import { type CommitTrailers, TrackerError } from "@waymark/core";
import type { RunCheckpoints } from "./run-checkpoints.ts";
import { formatRunCommand } from "./command-line.ts";
import { type LeftOut, type RunContent, stageRunContent } from "./run-content.ts";
import type { RunContext } from "./run-context.ts";
import type { RunResult } from "./run-place.ts";
import { saveRun } from "./save-run.ts";

/** What there is to save when the work of a run is over. */
export interface RunEnd {
  readonly checkpoints: RunCheckpoints | undefined;
  readonly content: RunContent;
  /** Of the stages that were reproduced. */
  readonly hash: string | undefined;
  /** What the experiment's ref pointed to before the run; `null` when there was none. */
  readonly oldId: string | null;
}

/** The run ended as it should, and its last commit could not be made. */
class UnsavedEndError extends TrackerError {
  override readonly code = "RUN_NOT_SAVED";

  constructor(reason: string, hint: string | undefined) {
    super(`The run has ended and cannot be saved: ${reason}`, {
      hint: hint ?? "Its files are in place; `waymark exp save` saves them once that is mended.",
    });
  }
}

/**
 * Saves a run that has ended well, or was stopped because it is enough: as the last commit of its checkpoints, or in the
 * only one.
 */
export async function endRun(context: RunContext, end: RunEnd): Promise<RunResult> {
  const { place, spec, stopper, random, effects } = context;
  const { checkpoints, content, hash, oldId } = end;
  const { reason } = stopper;
  const state = reason === null ? "finished" : "stopped";
  const done = (name: string, commit: string): RunResult => ({
    ...{ state, name, commit, reason, error: undefined },
    exitCode: reason === null ? 0 : null,
  });
  if (checkpoints?.isChain === true) {
    const outcome = checkpoints.finish({ hash, content, reason: reason ?? undefined });
    if (outcome.kind === "failed") throw new UnsavedEndError(outcome.reason, outcome.hint);
    return done(outcome.experimentName, outcome.commit);
  }
  let leftOut: LeftOut = { untracked: [], sensitive: [] };
  // DVC's own message for what DVC would have done the same way.
  const isPlain = spec.work.kind === "pipeline" && reason === null;
  const folder = spec.work.kind === "command" ? checkpoints?.folder : undefined;
  const said: CommitTrailers = {
    ...{ command: formatRunCommand(spec), cwd: spec.cwd, folder, reason: reason ?? undefined },
    status: "finished",
  };
  const saved = await saveRun(place.project, {
    ...{ name: spec.name, baseline: spec.baseline, parent: spec.baseline, oldId: spec.force ? oldId : null },
    ...{ force: spec.force, message: spec.message, hash, fence: place.fence, random },
    trailers: isPlain ? {} : said,
    stage: (index) => {
      leftOut = stageRunContent(place.project, index, content);
    },
  });
  tellLeftOut(context, leftOut);
  if (saved.name !== spec.name) {
    effects.onWarning?.(`An experiment named '${spec.name}' was made meanwhile: this one is saved as '${saved.name}'.`);
  }
  return done(saved.name, saved.commit);
}

function tellLeftOut({ spec, effects }: RunContext, { untracked, sensitive }: LeftOut): void {
  if (sensitive.length > 0) {
    effects.onWarning?.(`Not saved, because they look like credentials: ${shorten(sensitive)}.`);
  }
  if (spec.work.kind === "command" && untracked.length > 0) {
    effects.onNote?.(`Untracked files that are not part of the experiment: ${shorten(untracked)}.`);
  }
}

const SHOWN = 5;

function shorten(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN).join(", ");
  return paths.length > SHOWN ? `${shown} and ${paths.length - SHOWN} more` : shown;
}
