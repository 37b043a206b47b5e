import { readRef, RefChangedError, updateRefs } from "@waymark/git";
import { suggestFreeName } from "../../../experiment-names.ts";
import { formatExperimentRef, parseExperimentRef } from "../../../experiment-ref.ts";
import type { Project } from "../../../project.ts";
import { type JobRecord, readJobRecord, writeJobRecord } from "../job-record.ts";
import { type Submission, submissionFolder } from "../submission.ts";
import { keepLetterFiles } from "./letter-files.ts";
import { readResult, type ResultLetter } from "./letters.ts";
import type { Post } from "./post.ts";

/** What came back from one job. */
export interface CollectedResult {
  /** Element of the array. */
  readonly index: number;
  readonly record: JobRecord;
  /** The experiment as it is here now; `null` when the job has made no commit, or it was not ours to take. */
  readonly experiment: { readonly name: string; readonly commit: string } | null;
}

/** Options of {@link collectResults}. */
export interface CollectResultsOptions {
  /** Asked right before a ref moves, by task: false when somebody else has the task now. */
  readonly mayLand: (task: string) => boolean;
  /** Id of the record of each run, by task. */
  readonly recordIdOf: (task: string) => string | undefined;
  readonly random?: () => number;
}

/**
 * Brings what jobs have made into the project, as far as they are: commits, the record of the run and its console log.
 * Refs move by compare-and-swap, and only for who has the task. What is here already is left as it is.
 */
export async function collectResults(
  project: Project,
  submission: Submission,
  post: Post,
  options: CollectResultsOptions,
): Promise<readonly CollectedResult[]> {
  const { repo } = project;
  const folder = submissionFolder(project, submission.id);
  const collected: CollectedResult[] = [];
  for (const { index, id } of await post.bringResults(repo)) {
    const task = submission.tasks[index];
    const letter = readResult(repo, id)?.letter;
    if (task === undefined || letter === undefined || letter.record.task !== task.id) continue;
    const known = readJobRecord(folder, index);
    // Of a job that was started anew, the newest alone counts.
    if (known !== undefined && known.restarts > letter.record.restarts) continue;
    if (!options.mayLand(task.id)) continue;
    const experiment = land(project, letter, known, options.random ?? Math.random);
    const record: JobRecord = { ...letter.record, commit: experiment?.commit ?? letter.record.commit };
    const recordId = options.recordIdOf(task.id);
    if (recordId !== undefined) keepLetterFiles(project, id, recordId);
    writeJobRecord(folder, index, record);
    collected.push({ index, record, experiment });
  }
  return collected;
}

/** Moves the ref of an experiment to what a job has made of it. */
function land(
  { repo }: Project,
  { experiment }: ResultLetter,
  known: JobRecord | undefined,
  random: () => number,
): CollectedResult["experiment"] {
  const wanted = experiment === null ? undefined : parseExperimentRef(experiment.ref);
  if (experiment === null || wanted === undefined) return null;
  const { baseline } = wanted;
  const { commit } = experiment;
  let { name } = wanted;
  for (;;) {
    const ref = formatExperimentRef(baseline, name);
    const there = readRef(repo, ref) ?? null;
    if (there === commit) return { name, commit };
    // It is what we brought here before, or nothing.
    if (there === null || there === known?.commit) {
      try {
        updateRefs(repo, [{ ref, newId: commit, oldId: there }]);
        return { name, commit };
      } catch (error) {
        if (!(error instanceof RefChangedError)) throw error;
        continue;
      }
    }
    name = suggestFreeName(repo, baseline, random);
  }
}
