import {
  changeQueue,
  enqueueRuns,
  makeRunStart,
  type OverrideSet,
  planRun,
  type Project,
  type QueuedRun,
  requireTargets,
  type RunRequest,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { noteWait } from "../note-wait.ts";
import { toPrintable } from "../render/display-text.ts";
import { showData } from "../data-progress.ts";
import { describeParams, describePlan, HANDFUL } from "./describe-sweep.ts";
import { noteLeftOut } from "./note-left-out.ts";

/** Puts runs into the queue, one per set of overrides, and says which. */
export async function runQueued(
  project: Project,
  request: RunRequest,
  sets: readonly OverrideSet[],
  { ui, signal }: CommandContext,
): Promise<void> {
  const isSweep = sets.length > 1;
  const { spec, notes } = await planRun(project, { ...request, ...(isSweep ? { name: undefined } : {}) });
  // The files of a checkpoint may have other stages.
  if (spec.resume === null) await requireTargets(project, request.work, request.cwd, sets[0]?.files);
  for (const note of notes) ui.note(toPrintable(note));
  if (sets.length > HANDFUL) ui.note(`Queueing ${describePlan(request, sets)}.`);
  const start = await makeRunStart(project, spec, new Map(), {
    ...{ signal, onProgress: showData(ui, "Hashing"), ...noteWait(ui) },
  });
  ui.progress("");
  noteLeftOut(ui, start.leftOut, spec.copyPaths);
  const { name } = request;
  const runs = sets.map(({ files, params }, at) => ({
    ...{ start: start.commit, files },
    // As DVC: a sweep numbers the name it was given.
    spec: {
      ...spec,
      params,
      name: name === undefined || !isSweep ? (name ?? resumedName(spec)) : `${name}-${at + 1}`,
    },
  }));
  let queued: readonly QueuedRun[];
  try {
    queued = await changeQueue(project, () => enqueueRuns(project, runs), signal);
  } finally {
    start.release();
  }
  for (const [at, { name: queuedName }] of queued.entries()) {
    const what = describeParams(sets[at]);
    if (isSweep && what !== "") ui.note(`${toPrintable(queuedName)}: ${what}`);
    ui.line(`Queued experiment '${toPrintable(queuedName)}' for future execution.`);
  }
  ui.note("To run what waits: waymark queue start, or waymark exp run --run-all");
}

/** A run that goes on with an experiment goes on under its name. */
function resumedName({ resume, name }: { readonly resume: unknown; readonly name: string }): string | undefined {
  return resume === null ? undefined : name;
}
