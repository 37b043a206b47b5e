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
import { showData } from "../data-progress.ts";
import { noteLeftOut } from "./note-left-out.ts";

/** More than so many are told of as a whole, before they are queued. */
const HANDFUL = 8;

/** Puts runs into the queue, one per set of overrides, and says which. */
export async function runQueued(
  project: Project,
  request: RunRequest,
  sets: readonly OverrideSet[],
  { ui, signal }: CommandContext,
): Promise<void> {
  const isSweep = sets.length > 1;
  const { spec, notes } = await planRun(project, { ...request, ...(isSweep ? { name: undefined } : {}) });
  for (const note of notes) ui.note(toPrintable(note));
  if (sets.length > HANDFUL)
    ui.note(`Queueing ${sets.length} runs of ${describeWork(request)}: ${describeSweep(sets)}.`);
  const start = await makeRunStart(project, spec, new Map(), {
    ...{ signal, onProgress: showData(ui, "Hashing"), ...noteWait(ui) },
  });
  ui.progress("");
  noteLeftOut(ui, start.leftOut, spec.copyPaths);
  const { name } = request;
  const queued = enqueueRuns(
    project,
    sets.map(({ files, params }, at) => ({
      ...{ start: start.commit, files },
      // As DVC: a sweep numbers the name it was given.
      spec: {
        ...spec,
        params,
        name: name === undefined || !isSweep ? (name ?? resumedName(spec)) : `${name}-${at + 1}`,
      },
    })),
  );
  for (const [at, { name: queuedName }] of queued.entries()) {
    const params = sets[at]?.params ?? [];
    const what = params.map(({ path, value }) => `${path}=${JSON.stringify(value) ?? "removed"}`).join(", ");
    if (isSweep && what !== "") ui.note(`${toPrintable(queuedName)}: ${toPrintable(what)}`);
    ui.line(`Queued experiment '${toPrintable(queuedName)}' for future execution.`);
  }
  ui.note("To run what waits: waymark queue start, or waymark exp run --run-all");
}

/** A run that goes on with an experiment goes on under its name. */
function resumedName({ resume, name }: { readonly resume: unknown; readonly name: string }): string | undefined {
  return resume === null ? undefined : name;
}

function describeWork({ work }: RunRequest): string {
  if (work.kind === "command") return toPrintable(work.command.join(" "));
  const targets = work.options.targets ?? [];
  return targets.length === 0 ? "dvc.yaml" : toPrintable(targets.join(", "));
}

function describeSweep(sets: readonly OverrideSet[]): string {
  const values = new Map<string, Set<string>>();
  for (const { params } of sets) {
    for (const { path, value } of params) {
      const known = values.get(path) ?? new Set();
      known.add(JSON.stringify(value) ?? "removed");
      values.set(path, known);
    }
  }
  return [...values]
    .map(([path, all]) => `${toPrintable(path)} (${all.size} ${all.size === 1 ? "value" : "values"})`)
    .join(" × ");
}
