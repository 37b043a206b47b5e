import {
  makeRunStart,
  newRecordId,
  type OverrideSet,
  planRun,
  planSubmissions,
  type Project,
  readSlurmSettings,
  type RunRequest,
  type RunToSubmit,
  SlurmClient,
  submitRuns,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import type { RunOptions } from "../exp-run/run-options.ts";
import { noteWait } from "../note-wait.ts";
import { toPrintable } from "../render/display-text.ts";
import { ownProgram } from "./own-program.ts";

/** Runs that are the same but for their params. */
export interface RunsForSlurm {
  readonly request: RunRequest;
  /** One for each run. */
  readonly sets: readonly OverrideSet[];
}

/** Submits runs as a job array, and says which job that is. With `--dry`, only says what would be submitted. */
export async function runSlurm(
  project: Project,
  { request, sets }: RunsForSlurm,
  options: Pick<RunOptions, "sbatch" | "jobs" | "dry">,
  context: CommandContext,
): Promise<void> {
  const { ui, signal, env } = context;
  const settings = readSlurmSettings(project.repo);
  const runs: RunToSubmit[] = [];
  const names = new Set<string>();
  for (const [at, { files, params }] of sets.entries()) {
    // As DVC names what a sweep makes.
    const name = sets.length > 1 && request.name !== undefined ? `${request.name}-${at + 1}` : request.name;
    let { spec, notes } = await planRun(project, { ...request, name, params });
    // Two of a sweep may draw the same words.
    while (names.has(spec.name)) ({ spec, notes } = await planRun(project, { ...request, name, params }));
    names.add(spec.name);
    for (const note of notes) ui.note(toPrintable(note));
    const start =
      options.dry === true
        ? { commit: spec.baseline }
        : await makeRunStart(project, spec, files, { signal, ...noteWait(ui) });
    const recordId = newRecordId();
    runs.push({ task: recordId, recordId, spec, start });
  }
  const planned = planSubmissions(project, runs, {
    ...{ carrier: settings.carrier, jobs: options.jobs, program: settings.program ?? ownProgram() },
    sbatch: [...settings.sbatch, ...(options.sbatch ?? [])],
  });
  if (options.dry === true) {
    for (const { plan } of planned) ui.line(toPrintable(`sbatch ${plan.args.join(" ")}`));
    return;
  }
  const client = new SlurmClient({ env });
  for (const submission of planned) {
    const { jobId, tasks } = await submitRuns(project, submission, client, signal);
    const many = tasks.length === 1 ? "1 run" : `${tasks.length} runs`;
    ui.line(`Submitted ${many} to Slurm as job ${jobId}: ${tasks.map(({ name }) => toPrintable(name)).join(", ")}`);
  }
}
