import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseCommitMessage, type RunFile } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { type GitRepository, parseCommit, readObjectsSync } from "@waymark/git";
import { RunInProgressError } from "./errors.ts";
import { type ExperimentRef, parseExperimentRef } from "./experiment-ref.ts";
import type { RefChange } from "./operations/operation.ts";
import { listFolder } from "./list-folder.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { isRunning, readRunFile, writeRunFile } from "./run-file.ts";

/** A live folder whose last run made, or makes, an experiment. */
interface RunFolder {
  /** Absolute. */
  readonly folder: string;
  readonly run: RunFile;
}

/**
 * Refuses experiments that a living process goes on making, in any work tree of the repository: it moves their refs
 * itself.
 *
 * @throws {@link RunInProgressError}
 */
export function refuseRunningExperiments(project: Project, experiments: readonly ExperimentRef[]): void {
  for (const { folder, run } of findRunFolders(project, experiments)) {
    if (!isRunning(run)) continue;
    throw new RunInProgressError(toRepositoryPath(project.root, folder) ?? folder, run.pid);
  }
}

/**
 * Has live folders name their experiments as they are called now, after refs moved: of a ref that went and one that
 * came in the same change, with one tip or one name, the second is what the first was.
 */
export function followRenames(project: Project, changes: readonly RefChange[]): void {
  const moves = findMoves(changes);
  if (moves.size === 0) return;
  const olds = [...moves.keys()];
  for (const { folder, run } of findRunFolders(project, olds)) {
    const old = olds.find(({ name, baseline }) => name === run.experimentName && baseline === run.baseline);
    const now = old === undefined ? undefined : moves.get(old);
    if (now === undefined || isRunning(run)) continue;
    writeRunFile(folder, { ...run, experimentName: now.name, baseline: now.baseline });
  }
}

/** Pairs experiments that went with those that came in their place. */
function findMoves(changes: readonly RefChange[]): Map<ExperimentRef, ExperimentRef> {
  const gone: ExperimentRef[] = [];
  const come: ExperimentRef[] = [];
  for (const { ref, oldId, newId } of changes) {
    const parsed = parseExperimentRef(ref);
    if (parsed === undefined) continue;
    if (oldId !== null && newId !== oldId) gone.push({ ref, tip: oldId, ...parsed });
    if (newId !== null) come.push({ ref, tip: newId, ...parsed });
  }
  const moves = new Map<ExperimentRef, ExperimentRef>();
  for (const old of gone) {
    const same = come.filter(({ ref, tip, baseline }) => {
      return ref !== old.ref && tip === old.tip && baseline === old.baseline;
    });
    const rebased = come.filter(({ name, baseline }) => name === old.name && baseline !== old.baseline);
    const [now] = same.length > 0 ? same : rebased;
    if (now !== undefined && same.length <= 1 && rebased.length <= 1) moves.set(old, now);
  }
  return moves;
}

function findRunFolders(project: Project, experiments: readonly ExperimentRef[]): RunFolder[] {
  const folders = new Set(["live", ...listRecordedFolders(project.repo, experiments)]);
  const found: RunFolder[] = [];
  for (const root of listWorkTrees(project)) {
    for (const name of folders) {
      const folder = join(root, name);
      // A commit may name any folder; only those of the work tree are looked at.
      if (toRepositoryPath(root, folder) === undefined) continue;
      const run = readRunFile(folder);
      const isMeant = experiments.some(
        ({ name: experiment, baseline }) => run?.experimentName === experiment && run.baseline === baseline,
      );
      if (run !== undefined && isMeant) found.push({ folder, run });
    }
  }
  return found;
}

/** The live folders that the newest commits of experiments name. */
function listRecordedFolders(repo: GitRepository, experiments: readonly ExperimentRef[]): string[] {
  return readObjectsSync(
    repo,
    experiments.map(({ tip }) => tip),
  ).flatMap((object) => {
    const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
    return commit === undefined ? [] : (parseCommitMessage(commit.message).trailers.folder ?? []);
  });
}

/** Roots of all work trees: runs that do not touch this one have their own. */
function listWorkTrees({ root, repo }: Project): string[] {
  const folder = join(repo.commonDir, "worktrees");
  const roots = new Set([root]);
  // The main work tree is where the Git folder is, unless somebody told Git otherwise.
  if (repo.commonDir.endsWith(".git")) roots.add(dirname(repo.commonDir));
  for (const name of listFolder(folder)) {
    const gitFile = readText(join(folder, name, "gitdir"))?.trim();
    if (gitFile !== undefined && gitFile !== "") roots.add(dirname(gitFile));
  }
  return [...roots];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
}
