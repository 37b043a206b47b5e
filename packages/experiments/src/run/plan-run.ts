import { isValidExperimentName } from "@waymark/core";
import { readIdentity, readRef } from "@waymark/git";
import { loadProject, openDvcProject, planReproduction, type ProjectStage } from "@waymark/pipeline";
import { ExperimentExistsError, InvalidExperimentNameError, NoCommitsError } from "../errors.ts";
import { suggestFreeName } from "../experiment-names.ts";
import { formatExperimentRef, parseExperimentRef } from "../experiment-ref.ts";
import { findNamedOrigin, type Origin } from "../find-origin.ts";
import { type Project, toRepositoryPath } from "../project.ts";
import { formatCheckpointSelector } from "../selector.ts";
import { findResumePoint } from "./find-resume-point.ts";
import { hasCheckpoints } from "./restore-run.ts";
import { parseStopRule } from "./rules/parse-stop-rule.ts";
import { requireStageFile } from "./require-stage-file.ts";
import { requireWritable } from "./require-writable.ts";
import { isRunGoingOn, listRunRecords } from "./run-record.ts";
import type { RunOrigin, RunPipelineOptions, RunSpec, RunWork } from "./run-spec.ts";

/** What the user asks for. */
export interface RunRequest {
  readonly work: RunWork;
  /** Folder it was typed in, absolute. */
  readonly cwd: string;
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly force?: boolean;
  readonly params?: RunSpec["params"];
  readonly copyPaths?: readonly string[];
  readonly rules?: RunSpec["rules"];
  /** `NAME`, `NAME@STEP` or the id of a commit: the checkpoint to go on from. */
  readonly resumeFrom?: string | undefined;
  /** Begins anew, whatever was left unfinished; with `resumeFrom` it says nothing. */
  readonly isReset?: boolean;
  /** Looks for a run of this workspace that was cut short, to go on with it. */
  readonly continuesUnfinished?: boolean;
  readonly random?: () => number;
}

/** A run that can begin. */
export interface PlannedRun {
  readonly spec: RunSpec;
  /** What to tell the user: one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Makes the spec of a run: finds its baseline, its name and where it goes on from. Nothing is written.
 *
 * @throws {@link NoCommitsError}, {@link InvalidExperimentNameError}, {@link ExperimentExistsError},
 *   `InvalidStopRuleError`; for `resumeFrom` what is not there; what would keep its result from being saved, and
 *   `NotADvcProjectError` where there are neither stages nor a project.
 */
export async function planRun(project: Project, request: RunRequest): Promise<PlannedRun> {
  const { repo, root } = project;
  const head = repo.headCommit;
  if (head === undefined) throw new NoCommitsError(root);
  // Before a params file is changed, or hours are spent: what would stop the commit is found out.
  repo.requireSha1();
  readIdentity(repo);
  requireWritable(repo);
  requireStageFile(project, request);
  const { name, force = false, random = Math.random, resumeFrom } = request;
  if (name !== undefined && !isValidExperimentName(name)) throw new InvalidExperimentNameError(name);
  for (const rule of request.rules?.stop ?? []) parseStopRule(rule);
  const notes: string[] = [];
  let origin = resumeFrom === undefined ? undefined : findResumePoint(project, resumeFrom);
  if (origin === undefined && request.continuesUnfinished === true && name === undefined) {
    origin = await findUnfinished(project, request, head);
    if (origin !== undefined) {
      const { trailers } = origin.point;
      notes.push(
        `${formatCheckpointSelector(origin.experiment.name, trailers.step)} was not finished: this run goes on from there. To begin anew: --reset`,
      );
    }
  }
  const baseline = origin?.experiment.baseline ?? head;
  const isSame = origin !== undefined && (name === undefined || name === origin.experiment.name);
  if (name !== undefined && !isSame && !force && readRef(repo, formatExperimentRef(baseline, name)) !== undefined) {
    throw new ExperimentExistsError(name, baseline);
  }
  return {
    notes,
    spec: {
      ...{ schema: 1, baseline, work: request.work, force, message: request.message ?? null },
      name: name ?? origin?.experiment.name ?? suggestFreeName(repo, baseline, random),
      cwd: toRepositoryPath(root, request.cwd) || ".",
      params: request.params ?? [],
      copyPaths: request.copyPaths ?? [],
      rules: request.rules ?? { stop: [], maxTimeMs: null },
      ...(request.isReset === true ? { isReset: true } : {}),
      resume: origin === undefined ? null : toRunOrigin(origin),
    },
  };
}

function toRunOrigin({ experiment, point }: Origin): RunOrigin {
  return { selector: formatCheckpointSelector(experiment.name, point.trailers.step), commit: point.id };
}

/**
 * Finds the run of this workspace that was cut short last, if the stages to run go on from their own outputs, and
 * nothing was run here since.
 */
async function findUnfinished(project: Project, request: RunRequest, head: string): Promise<Origin | undefined> {
  if (request.work.kind === "command" || request.isReset === true) return undefined;
  const last = listRunRecords(project).findLast(({ kind, root }) => kind === "workspace" && root === project.root);
  if (last === undefined || last.commit === null || last.baseline !== head) return undefined;
  if (last.state === "finished" || last.state === "stopped" || isRunGoingOn(last)) return undefined;
  const ref = formatExperimentRef(last.baseline, last.name);
  // Removed, renamed or moved on since: then it is nobody's unfinished business here.
  if (readRef(project.repo, ref) !== last.commit || parseExperimentRef(ref) === undefined) return undefined;
  const steps = await readSteps(project, request.work.options, request.cwd);
  if (!steps.some(hasCheckpoints)) return undefined;
  const origin = findNamedOrigin(project.repo, ref);
  return origin.point.trailers.step === undefined ? undefined : origin;
}

async function readSteps(project: Project, options: RunPipelineOptions, cwd: string): Promise<readonly ProjectStage[]> {
  const dvc = openDvcProject(cwd, project.repo.env, { repo: project.repo });
  try {
    return planReproduction(dvc, (await loadProject(dvc)).stages, options);
  } finally {
    await dvc.store.close();
  }
}
