import { parseCommitMessage } from "@waymark/core";
import { parseCommit, readObjectsSync, readRef } from "@waymark/git";
import { CheckpointNotFoundError, ExperimentNotFoundError } from "../errors.ts";
import { formatExperimentRef } from "../experiment-ref.ts";
import { findNamedOrigin } from "../find-origin.ts";
import type { Project } from "../project.ts";
import { readRunRecord } from "../run/run-record.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { formatCheckpointSelector } from "../selector.ts";
import type { QueueTask } from "./task.ts";

/** What is left to do of a task. */
export type TaskRest =
  /** It goes on, or begins, with this. */
  | { readonly kind: "run"; readonly spec: RunSpec }
  /** A worker had finished it, and could not say so any more. */
  | { readonly kind: "finished"; readonly name: string; readonly commit: string };

/**
 * Finds out what is left of a task that was taken before: nothing when its experiment says that it is finished, what
 * comes after its newest checkpoint when it has one, and all of it otherwise.
 *
 * @param before - The task as it was when it was taken.
 */
export function findRest(project: Project, before: QueueTask): TaskRest {
  const { spec, attempts, recordId, result, experiment: made } = before;
  if (attempts === 0) return { kind: "run", spec };
  const { repo } = project;
  // A run that met its own name under another's content has taken another one: its record tells.
  const record = readRunRecord(project, recordId);
  const name = made?.name ?? record?.name ?? result?.name ?? spec.name;
  const ref = formatExperimentRef(spec.baseline, name);
  const tip = readRef(repo, ref);
  if (tip === undefined || tip === spec.resume?.commit) return { kind: "run", spec };
  const [object] = readObjectsSync(repo, [tip]);
  const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
  const status = commit === undefined ? undefined : parseCommitMessage(commit.message).trailers.status;
  // A pipeline saved in one commit carries DVC's message alone; checkpoints always say how the run stood.
  const isFinished = status === "finished" || status === undefined;
  // What is to be replaced was there before; and what failed did not finish: somebody else has taken its name since.
  const isOwn = record?.commit === tip || made?.commit === tip || (!spec.force && result === null);
  if (isFinished) return isOwn ? { kind: "finished", name, commit: tip } : { kind: "run", spec };
  try {
    const { point, experiment } = findNamedOrigin(repo, ref);
    const { step } = point.trailers;
    if (step === undefined) return { kind: "run", spec };
    const resume = { selector: formatCheckpointSelector(experiment.ref, step), commit: point.id };
    return { kind: "run", spec: { ...spec, name, resume } };
  } catch (error) {
    if (error instanceof CheckpointNotFoundError || error instanceof ExperimentNotFoundError)
      return { kind: "run", spec };
    throw error;
  }
}
