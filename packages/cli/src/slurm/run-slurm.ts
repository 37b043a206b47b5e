import {
  forgetTasks,
  makeRunStart,
  type OverrideSet,
  planRun,
  type Project,
  queueForSlurm,
  type RunRequest,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { showData } from "../data-progress.ts";
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
  const isSweep = sets.length > 1;
  // Of a sweep with a name, as with DVC, each has a number behind it.
  const nameOf = (at: number): string | undefined =>
    isSweep && request.name !== undefined ? `${request.name}-${at + 1}` : request.name;
  const { spec, notes } = await planRun(project, { ...request, name: nameOf(0) });
  for (const note of notes) ui.note(toPrintable(note));
  const specs = sets.map(({ params }, at) => ({ ...spec, params, name: isSweep ? nameOf(at) : spec.name }));
  if (options.dry === true) {
    const tasks = specs.map((each, at) => ({ id: String(at), spec: { ...each, name: each.name ?? spec.name } }));
    showArrays(planArrays(project, tasks, options), context);
    return;
  }
  // What cannot be submitted is said before anything is made.
  planArrays(project, [{ id: "0", spec }], options);
  const { commit: start, leftOut } = await makeRunStart(project, spec, new Map(), {
    ...{ signal, onProgress: showData(ui, "Hashing"), ...noteWait(ui) },
  });
  ui.progress("");
  noteLeftOut(ui, leftOut, spec.copyPaths);
  const tasks = queueForSlurm(
    project,
    specs.map((each, at) => ({ spec: each, start, files: sets[at]?.files ?? new Map<string, Uint8Array>() })),
  );
  try {
    await submitArrays(project, planArrays(project, tasks, options), context);
  } catch (error) {
    forgetTasks(project, tasks);
    throw error;
  }
}
