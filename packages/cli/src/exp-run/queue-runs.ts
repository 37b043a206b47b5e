import {
  enqueueRuns,
  makeRunStart,
  type OverrideSet,
  planRun,
  type Project,
  type RunRequest,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { noteWait } from "../note-wait.ts";
import { toPrintable } from "../render/display-text.ts";
import { noteLeftOut } from "./note-left-out.ts";
import { describeSet, showRunPlan } from "./run-plan.ts";

/** Runs that differ in their params. */
export interface RunsToQueue {
  readonly request: RunRequest;
  /** One for each run. */
  readonly sets: readonly OverrideSet[];
  /** Only says what would be queued. */
  readonly isDry: boolean;
}

/** Puts one run, or those of a sweep, into the queue. The workspace stays as it is. */
export async function queueRuns(project: Project, runs: RunsToQueue, context: CommandContext): Promise<void> {
  const { request, sets, isDry } = runs;
  const { ui, signal } = context;
  showRunPlan(ui, { sets, where: "in the queue" }, isDry);
  if (isDry) return;
  const isSweep = sets.length > 1;
  // Of a sweep with a name, as with DVC, each has a number behind it.
  const nameOf = (at: number): string | undefined =>
    isSweep && request.name !== undefined ? `${request.name}-${at + 1}` : request.name;
  const { spec, notes } = await planRun(project, { ...request, name: nameOf(0) });
  for (const note of notes) ui.note(toPrintable(note));
  const start = await makeRunStart(project, spec, new Map(), { signal, ...noteWait(ui) });
  noteLeftOut(ui, start.leftOut, spec.copyPaths);
  const queued = enqueueRuns(
    project,
    sets.map(({ params, files }, at) => ({
      spec: { ...spec, params, name: isSweep ? nameOf(at) : spec.name },
      ...{ start: start.commit, files },
    })),
  );
  for (const [at, { name }] of queued.entries()) {
    ui.line(`Queued experiment: ${toPrintable(name)}`);
    if (isSweep) ui.note(`  ${describeSet(sets[at])}`);
  }
  ui.note("To run what is queued: waymark queue start");
}
