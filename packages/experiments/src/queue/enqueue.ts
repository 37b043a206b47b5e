import { randomBytes } from "node:crypto";
import { isValidExperimentName, suggestExperimentName } from "@waymark/core";
import {
  type CommitToImport,
  importCommits,
  listRefsSync,
  ObjectMissingError,
  parseCommit,
  RefChangedError,
  readObjectsSync,
} from "@waymark/git";
import { InvalidExperimentNameError } from "../errors.ts";
import { readTakenNames } from "../experiment-names.ts";
import type { Project } from "../project.ts";
import { readDvcQueuedNames } from "../queued/dvc-entries.ts";
import { newRecordId } from "../run/run-record.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { TaskNameTakenError } from "./errors.ts";
import { isNameKept } from "./half-moved.ts";
import { lastRank } from "./ranks.ts";
import { formatTask, type TaskContent } from "./task.ts";
import { nameRef, namePrefix, parseTaskRef, QUEUE_REFS, waitingRef } from "./task-refs.ts";

/** A run that is to wait in the queue. */
export interface RunToQueue {
  /** Without a name: one is drawn. */
  readonly spec: Omit<RunSpec, "name"> & { readonly name?: string | undefined };
  /** 40-hex id of the commit whose files it runs on, such as `makeRunStart` makes. */
  readonly start: string;
  /** Files that differ from those of the start, by path relative to the repository. Default: none. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

/** A task that was put into the queue. */
export interface QueuedRun {
  readonly id: string;
  readonly name: string;
  readonly commit: string;
}

/** Options of {@link enqueueRuns}. */
export interface EnqueueOptions {
  /** Numbers in [0, 1) for names. Default `Math.random`. */
  readonly random?: () => number;
  /** Default: now. */
  readonly date?: Date;
}

const ID_BYTES = 4;

/**
 * Puts runs into the queue, behind those that wait: all of them, or none. Each is a commit with the files to run on and
 * a ref, and needs neither the workspace nor anything in a log to last; the cost is that of what differs.
 *
 * @returns One per run, in their order.
 * @throws {@link InvalidExperimentNameError}; {@link TaskNameTakenError} when an experiment of the baseline, a task of
 *   either queue that waits or runs, or another of these runs has the name; `IdentityMissingError`.
 */
export function enqueueRuns(
  project: Project,
  runs: readonly RunToQueue[],
  options: EnqueueOptions = {},
): readonly QueuedRun[] {
  if (runs.length === 0) return [];
  const { repo } = project;
  repo.requireSha1();
  const { random = Math.random, date = new Date() } = options;
  const names = chooseNames(project, runs, random);
  const trees = readTrees(project, runs);
  const first = Math.max(date.getTime() * 1000, lastRank(repo) + 1);
  const ids = drawIds(project, runs.length);
  const tasks = runs.map(({ spec }, at): TaskContent => ({
    ...{ schema: 1, id: ids[at] ?? "", recordId: newRecordId(date.getTime()) },
    createdAt: date.toISOString(),
    spec: { ...spec, name: names[at] ?? "" },
    ...{ attempts: 0, startedAt: null, lease: null, result: null },
  }));
  const commits = tasks.map((task, at): CommitToImport => {
    const run = runs[at];
    return {
      ref: waitingRef(first + at, task.id),
      // The name is taken with the task, or both are not.
      alsoRefs: [nameRef(task.spec.baseline, task.spec.name)],
      parent: task.spec.resume?.commit ?? task.spec.baseline,
      tree: trees.get(run?.start ?? "") ?? "",
      files: run?.files ?? new Map(),
      message: formatTask(task),
    };
  });
  try {
    const made = importCommits(repo, commits, { date });
    return tasks.map(({ id, spec }, at) => ({ id, name: spec.name, commit: made[at] ?? "" }));
  } catch (error) {
    if (error instanceof RefChangedError) throw new TaskNameTakenError(error.ref?.split("/").at(-1) ?? "", "task");
    throw error;
  }
}

/**
 * Draws ids that no task has: of ten thousand drawn blindly two are the same once in a hundred queues, and the second
 * of them could never be settled.
 */
function drawIds({ repo }: Project, count: number): readonly string[] {
  const taken = new Set(listRefsSync(repo, [QUEUE_REFS]).map(({ name }) => parseTaskRef(name)?.id));
  return Array.from({ length: count }, () => {
    let id: string;
    do id = randomBytes(ID_BYTES).toString("hex");
    while (taken.has(id));
    taken.add(id);
    return id;
  });
}

/** Names that tasks of a baseline have which wait or run. */
function readQueuedNames({ repo }: Project, baseline: string): ReadonlySet<string> {
  return new Set(listRefsSync(repo, [namePrefix(baseline)]).map(({ name }) => name.split("/").at(-1) ?? ""));
}

function chooseNames(project: Project, runs: readonly RunToQueue[], random: () => number): readonly string[] {
  const given = new Set<string>();
  const baselines = new Set(runs.map(({ spec }) => spec.baseline));
  const known = new Map(
    [...baselines].map((baseline) => [
      baseline,
      {
        ...{ ...readTakenNames(project.repo, baseline), queued: readQueuedNames(project, baseline) },
        // DVC would drop what its task has made without a word.
        dvc: readDvcQueuedNames(project, baseline),
      },
    ]),
  );
  const taken = new Set([...known.values()].flatMap(({ everywhere, dvc }) => [...everywhere, ...dvc]));
  for (const { name: ref } of listRefsSync(project.repo, [`${QUEUE_REFS}/names`]))
    taken.add(ref.split("/").at(-1) ?? "");
  for (const { spec } of runs) {
    const { name, baseline, force, resume } = spec;
    if (name === undefined) continue;
    if (!isValidExperimentName(name)) throw new InvalidExperimentNameError(name);
    const names = known.get(baseline);
    // A run that goes on as the same experiment, and one that replaces it, have its name for good reason.
    if (names?.here.has(name) === true && !force && resume === null) throw new TaskNameTakenError(name, "experiment");
    if (names?.queued.has(name) === true && isNameKept(project, baseline, name))
      throw new TaskNameTakenError(name, "task");
    if (names?.dvc.has(name) === true) throw new TaskNameTakenError(name, "dvc");
    if (given.has(`${baseline} ${name}`)) throw new TaskNameTakenError(name, "twice");
    given.add(`${baseline} ${name}`);
    taken.add(name);
  }
  return runs.map(({ spec }) => {
    if (spec.name !== undefined) return spec.name;
    const words = suggestExperimentName(random);
    let drawn = words;
    for (let number = 2; taken.has(drawn); number += 1) drawn = `${words}-${number}`;
    taken.add(drawn);
    return drawn;
  });
}

function readTrees({ repo }: Project, runs: readonly RunToQueue[]): ReadonlyMap<string, string> {
  const starts = [...new Set(runs.map(({ start }) => start))];
  const objects = readObjectsSync(repo, starts);
  return new Map(
    starts.map((start, at) => {
      const object = objects[at];
      const tree = object?.type === "commit" ? parseCommit(object.data)?.tree : undefined;
      if (tree === undefined) throw new ObjectMissingError(start);
      return [start, tree];
    }),
  );
}
