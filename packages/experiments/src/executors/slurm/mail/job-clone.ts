import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkOutCommit, initRepository, openRepository, updateRefs } from "@waymark/git";
import { requireInside } from "@waymark/store";
import { parseExperimentRef } from "../../../experiment-ref.ts";
import type { Project } from "../../../project.ts";
import { SubmissionUnreadableError } from "../errors.ts";
import { keepLetterFiles } from "./letter-files.ts";
import { type Read, readResult, readStart, type ResultLetter, type StartLetter } from "./letters.ts";
import type { Post } from "./post.ts";

/** A repository on a node, with all that one task needs. */
export interface JobClone {
  readonly project: Project;
  readonly start: StartLetter;
  /** What the job sent before Slurm started it anew; `undefined` the first time. */
  readonly before: Read<ResultLetter> | undefined;
}

/**
 * Makes the repository that a job works in: the commit to start on, and what it had made before it was started anew.
 *
 * @param folder - To be made.
 * @throws `SubmissionUnreadableError` when there is no letter to it.
 */
export async function openJobClone(
  folder: string,
  post: Post,
  index: number,
  env: NodeJS.ProcessEnv,
): Promise<JobClone> {
  const empty = initRepository(folder, { env });
  const id = await post.bringStart(empty, index);
  const letter = id === undefined ? undefined : readStart(empty, id);
  if (letter === undefined) throw new SubmissionUnreadableError(`letter ${index}`, "there is none for this job");
  const start = letter.letter;
  // Commits are made in the name of who submitted the job.
  const { name, email } = letter.author;
  const names = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  const repo = openRepository(folder, { env: { ...names, ...env } });
  if (repo === undefined) throw new Error(`unreachable: '${folder}' is a repository`);
  await checkOutCommit(repo, start.start, { from: undefined });
  if (start.folder !== ".") requireInside(repo.root, start.folder);
  const project: Project = { repo, root: repo.root, dvcRoot: join(repo.root, start.folder) };
  mkdirSync(join(project.dvcRoot, ".dvc"), { recursive: true });
  const before = await bringBefore(project, post, index, start.recordId);
  return { project, start, before };
}

async function bringBefore(
  project: Project,
  post: Post,
  index: number,
  recordId: string,
): Promise<Read<ResultLetter> | undefined> {
  const { repo } = project;
  const id = await post.bringResult(repo, index);
  const before = id === undefined ? undefined : readResult(repo, id);
  const experiment = before?.letter.experiment ?? null;
  if (experiment !== null && parseExperimentRef(experiment.ref) !== undefined) {
    updateRefs(repo, [{ ref: experiment.ref, newId: experiment.commit, oldId: undefined }]);
  }
  if (before !== undefined) keepLetterFiles(project, before.id, recordId);
  return before;
}
