import {
  forgetTasks,
  makeRunStart,
  type OverrideSet,
  planRun,
  type Project,
  queueForSlurm,
  requireOwnQueue,
  requireTargets,
  type RunRequest,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { showData } from "../data-progress.ts";
import { describeParams, describePlan, HANDFUL } from "../exp-run/describe-sweep.ts";
import { noteLeftOut } from "../exp-run/note-left-out.ts";
import { noteWait } from "../note-wait.ts";
import { toPrintable } from "../render/display-text.ts";
import { planArrays, showArrays, submitArrays, type SubmitFlags } from "./submit.ts";

/** Runs that are the same but for their params. */
export interface RunsForSlurm {
  readonly request: RunRequest;
  /** One for each run. */
  readonly sets: readonly OverrideSet[];
}

/** Queues runs and submits them as a job array. With `--dry`, only says what would be submitted. */
export async function runSlurm(
  project: Project,
  { request, sets }: RunsForSlurm,
  options: SubmitFlags & { readonly dry?: boolean },
  context: CommandContext,
): Promise<void> {
  const { ui, signal } = context;
  requireOwnQueue(project);
  const isSweep = sets.length > 1;
  // Of a sweep with a name, as with DVC, each has a number behind it.
  const nameOf = (at: number): string | undefined =>
    isSweep && request.name !== undefined ? `${request.name}-${at + 1}` : request.name;
  const { spec, notes } = await planRun(project, { ...request, name: nameOf(0) });
  // The files of a checkpoint may have other stages.
  if (spec.resume === null) await requireTargets(project, request.work, request.cwd, sets[0]?.files);
  for (const note of notes) ui.note(toPrintable(note));
  const isPlanned = sets.length > HANDFUL || options.dry === true;
  if (isPlanned)
    ui.note(`${options.dry === true ? "Would submit" : "Submitting"} ${describeArray(request, sets, options)}.`);
  const specs = sets.map(({ params }, at) => ({ ...spec, params, name: isSweep ? nameOf(at) : spec.name }));
  if (options.dry === true) {
    const tasks = specs.map((each, at) => ({ id: String(at), spec: { ...each, name: each.name ?? spec.name } }));
    if (isSweep)
      for (const [at, set] of sets.entries())
        ui.note(`${toPrintable(nameOf(at) ?? `run ${at + 1}`)}: ${describeParams(set)}`);
    showArrays(planArrays(project, tasks, options), context);
    return;
  }
  // What cannot be submitted is said before anything is made.
  planArrays(project, [{ id: "0", spec }], options);
  const {
    commit: start,
    leftOut,
    release,
  } = await makeRunStart(project, spec, new Map(), {
    ...{ signal, onProgress: showData(ui, "Hashing"), ...noteWait(ui) },
  });
  ui.progress("");
  noteLeftOut(ui, leftOut, spec.copyPaths);
  const runs = specs.map((each, at) => ({
    ...{ spec: each, start, files: sets[at]?.files ?? new Map<string, Uint8Array>() },
  }));
  let tasks: ReturnType<typeof queueForSlurm>;
  try {
    tasks = queueForSlurm(project, runs);
  } finally {
    release();
  }
  const told = isSweep ? tasks : [];
  for (const [at, { spec: queued }] of told.entries())
    ui.note(`${toPrintable(queued.name)}: ${describeParams(sets[at])}`);
  try {
    await submitArrays(project, planArrays(project, tasks, options), context);
  } catch (error) {
    forgetTasks(project, tasks);
    throw error;
  }
}

/** How many, of what, and how many of them at a time. */
function describeArray(request: RunRequest, sets: readonly OverrideSet[], { jobs }: SubmitFlags): string {
  const atOnce = jobs === undefined || jobs >= sets.length ? "" : `, at most ${jobs} at a time`;
  return `${describePlan(request, sets)}${atOnce}, to Slurm`;
}
