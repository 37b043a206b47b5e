import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import { listFolder } from "../../list-folder.ts";
import { type Project, stateFolder } from "../../project.ts";
import { SubmissionUnreadableError } from "./errors.ts";

/** How code and results get to a job and back. */
export type SlurmCarrier =
  /** The nodes see the project's folder where it is. */
  | { readonly kind: "shared" }
  /** Through a Git remote that both sides reach. */
  | { readonly kind: "remote"; readonly url: string }
  /** As bundles in a folder that both sides see, where the project's own is not seen. */
  | { readonly kind: "bundle"; readonly folder: string };

/** A task of a submission; its place in the list is the element of the job array. */
export interface SubmittedTask {
  /** Of the queue. */
  readonly id: string;
  /** Of the experiment. */
  readonly name: string;
}

/** One job array, and what its elements do: `submission.json` in a folder of its own. */
export interface Submission {
  readonly schema: 1;
  /** Name of the folder: unique, and sorts by time. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  /** Slurm's number; `null` until Slurm has taken it. */
  readonly jobId: string | null;
  readonly carrier: SlurmCarrier;
  /** Folder of the project in the main work tree, absolute. */
  readonly dvcRoot: string;
  /** Seconds before the end of a job at which it is warned. */
  readonly warnSeconds: number;
  readonly tasks: readonly SubmittedTask[];
  /** None of its tasks is Slurm's any more, and its letters are gone. */
  readonly isOver: boolean;
}

const FILE = "submission.json";

/** Makes the id of a new submission. */
export function newSubmissionId(nowMs: number = Date.now()): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+Z$/gu, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

/** Folder of all submissions of a project. */
export function submissionsFolder(project: Project): string {
  return join(stateFolder(project), "slurm");
}

/** Folder of one submission. */
export function submissionFolder(project: Project, id: string): string {
  return join(submissionsFolder(project), id);
}

/** Writes what a submission is; makes its folder. */
export function writeSubmission(folder: string, submission: Submission): void {
  mkdirSync(folder, { recursive: true });
  replaceFileSync(join(folder, FILE), `${JSON.stringify(submission, null, 2)}\n`, { durable: true });
}

/**
 * Reads a submission.
 *
 * @param folder - Its own, absolute.
 * @throws {@link SubmissionUnreadableError}
 */
export function readSubmission(folder: string): Submission {
  const path = join(folder, FILE);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SubmissionUnreadableError(path, error instanceof Error ? error.message : String(error));
  }
  if (!isSubmission(value)) throw new SubmissionUnreadableError(path, "it has not the shape of one");
  return value;
}

/** Lists the submissions of a project, oldest first; what cannot be read is left out. */
export function listSubmissions(project: Project): readonly Submission[] {
  return listFolder(submissionsFolder(project))
    .toSorted()
    .flatMap((id) => {
      try {
        return [readSubmission(submissionFolder(project, id))];
      } catch (error) {
        if (error instanceof SubmissionUnreadableError || isErrno(error, "ENOENT", "ENOTDIR")) return [];
        throw error;
      }
    });
}

function isSubmission(value: unknown): value is Submission {
  if (typeof value !== "object" || value === null) return false;
  const { schema, id, jobId, carrier, dvcRoot, warnSeconds, tasks, isOver } = value as Readonly<
    Record<string, unknown>
  >;
  return (
    schema === 1 &&
    typeof id === "string" &&
    (jobId === null || (typeof jobId === "string" && /^\d+$/u.test(jobId))) &&
    isCarrier(carrier) &&
    typeof dvcRoot === "string" &&
    typeof warnSeconds === "number" &&
    typeof isOver === "boolean" &&
    Array.isArray(tasks) &&
    tasks.every(isTask)
  );
}

function isCarrier(value: unknown): value is SlurmCarrier {
  if (typeof value !== "object" || value === null) return false;
  const { kind, url, folder } = value as Readonly<Record<string, unknown>>;
  if (kind === "shared") return true;
  return kind === "remote" ? typeof url === "string" : kind === "bundle" && typeof folder === "string";
}

function isTask(value: unknown): value is SubmittedTask {
  if (typeof value !== "object" || value === null) return false;
  const { id, name } = value as Readonly<Record<string, unknown>>;
  return typeof id === "string" && typeof name === "string";
}
