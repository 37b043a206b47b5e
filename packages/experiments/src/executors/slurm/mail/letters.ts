import {
  type CommitIdentity,
  commitTree,
  formatTree,
  type GitRepository,
  parseCommit,
  readObjectsSync,
  writeObjects,
} from "@waymark/git";
import { type JobRecord, parseJobRecord } from "../job-record.ts";
import type { TaskBefore } from "../rest-of-task.ts";

/*
 * Where a job does not see the project, letters carry what it needs and what it made: commits whose message is JSON, whose
 * parents are the commits in question, so that whatever carries a commit carries all of it.
 *
 *   start:  parents  the start commit, the baseline [, the checkpoint it goes on from]     message  task, spec
 *   result: parents  the newest commit of the experiment, if there is one                  message  record, experiment
 *           files    run.json and console.log of the run
 */

/** What a job is to do. */
export interface StartLetter extends TaskBefore {
  readonly schema: 1;
  /** 40-hex id of the commit it starts on; a parent of the letter. */
  readonly start: string;
  /** Of the lease under which the task was submitted. */
  readonly fence: number;
  /** Folder of the project in the repository; `.` for its root. */
  readonly folder: string;
  readonly warnSeconds: number;
}

/** What a job has made so far. */
export interface ResultLetter {
  readonly schema: 1;
  readonly record: JobRecord;
  /** The experiment as it is by now; `null` when no commit was made. */
  readonly experiment: { readonly ref: string; readonly commit: string } | null;
}

/** A letter that was read, and the commit it is. */
export interface Read<Letter> {
  readonly id: string;
  readonly letter: Letter;
  readonly author: CommitIdentity["author"];
}

const NAMESPACE = "refs/waymark/slurm/";

/** The ref of the letter to an element of an array, or from it. */
export function letterRef(submission: string, index: number, kind: "start" | "result"): string {
  return `${NAMESPACE}${submission}/${index}/${kind}`;
}

/** The namespace of all letters of a submission, without the last `/`. */
export function letterFolder(submission: string): string {
  return `${NAMESPACE}${submission}`;
}

/** Writes the letter that tells a job what to do; the submitter's name is on it. */
export function writeStart(repo: GitRepository, letter: StartLetter): string {
  const resumed = letter.spec.resume === null ? [] : [letter.spec.resume.commit];
  return write(repo, letter, [...new Set([letter.start, letter.spec.baseline, ...resumed])], new Map());
}

/**
 * Writes the letter with what a job has made.
 *
 * @param files - Of the record of the run, by name.
 */
export function writeResult(repo: GitRepository, letter: ResultLetter, files: ReadonlyMap<string, Uint8Array>): string {
  return write(repo, letter, letter.experiment === null ? [] : [letter.experiment.commit], files);
}

function write(
  repo: GitRepository,
  letter: object,
  parents: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
): string {
  const blobs = writeObjects(
    repo,
    [...files.values()].map((data) => ({ type: "blob" as const, data })),
  );
  const entries = [...files.keys()].map((rawName, at) => ({ rawName, mode: "100644" as const, id: blobs[at] ?? "" }));
  const [tree = ""] = writeObjects(repo, [{ type: "tree", data: formatTree(entries) }]);
  return commitTree(repo, { tree, parents, message: `${JSON.stringify(letter)}\n` });
}

/** Reads a file that came with a letter; `undefined` when none did. */
export function readLetterFile(repo: GitRepository, id: string, name: string): Uint8Array | undefined {
  const [object] = readObjectsSync(repo, [`${id}:${name}`]);
  return object?.type === "blob" ? object.data : undefined;
}

/** Reads the letter to a job; `undefined` for what is none. */
export function readStart(repo: GitRepository, id: string): Read<StartLetter> | undefined {
  return read(repo, id, (value) => (isStart(value) ? value : undefined));
}

/** Reads the letter from a job; `undefined` for what is none. */
export function readResult(repo: GitRepository, id: string): Read<ResultLetter> | undefined {
  return read(repo, id, (value, parents) => {
    const record = parseJobRecord(JSON.stringify(value["record"] ?? null));
    const experiment = readExperiment(value["experiment"], parents);
    return value["schema"] === 1 && record !== undefined && experiment !== undefined
      ? { schema: 1, record, experiment }
      : undefined;
  });
}

function read<Letter>(
  repo: GitRepository,
  id: string,
  check: (value: Readonly<Record<string, unknown>>, parents: readonly string[]) => Letter | undefined,
): Read<Letter> | undefined {
  const [object] = readObjectsSync(repo, [id]);
  const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
  if (commit === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(commit.message);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const letter = check({ ...value }, commit.parents);
  const { name, email } = commit.author;
  return letter === undefined ? undefined : { id, letter, author: { name, email } };
}

function isStart(value: object): value is StartLetter {
  const letter: Readonly<Record<string, unknown>> = { ...value };
  return (
    letter["schema"] === 1 &&
    ["task", "start", "recordId", "folder"].every((key) => typeof letter[key] === "string") &&
    ["fence", "attempts", "warnSeconds"].every((key) => typeof letter[key] === "number") &&
    typeof letter["result"] === "object" &&
    typeof letter["spec"] === "object" &&
    letter["spec"] !== null
  );
}

/** The commit must be one that the letter has brought. */
function readExperiment(value: unknown, parents: readonly string[]): ResultLetter["experiment"] | undefined {
  if (value === null) return null;
  if (typeof value !== "object" || value === undefined) return undefined;
  const { ref, commit }: Readonly<Record<string, unknown>> = { ...value };
  return typeof ref === "string" && typeof commit === "string" && parents.includes(commit)
    ? { ref, commit }
    : undefined;
}
