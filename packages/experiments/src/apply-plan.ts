import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ObjectMissingError, parseCommit, type PrivateIndex, readObjectsSync } from "@waymark/git";
import { type CheckoutPlan, type CheckoutTarget, planCheckoutSync } from "@waymark/store";
import { RunInProgressError } from "./errors.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import type { Target } from "./resolve-target.ts";
import { findMissing, openCache, readTargets } from "./restore.ts";
import { isRunning, readRunFile } from "./run-file.ts";
import { findSaved } from "./saved-content.ts";
import { stageWorkspace } from "./snapshot.ts";
import { diffTrees, listTree, type TreeDifference } from "./tree-diff.ts";
import { type FileToWrite, statNoFollow } from "./write-files.ts";

/** What applying an experiment would change. Paths are relative to the repository. */
export interface ApplyPlan {
  readonly target: Target;
  /** Files to write as the commit has them. */
  readonly writes: readonly FileToWrite[];
  /** Files that the experiment does not have. */
  readonly removes: readonly string[];
  /** What is to stand at the places of cached data that would change. */
  readonly targets: readonly CheckoutTarget[];
  /** Files of that data that would change. */
  readonly checkout: readonly string[];
  /** Files that would be replaced or removed, and whose content is saved nowhere. */
  readonly inTheWay: readonly string[];
  /** Data that the cache lacks. */
  readonly missing: readonly string[];
}

/**
 * Works out what has to change for the workspace to be an experiment. Nothing is changed.
 *
 * The index plays no part: files that are staged and neither in HEAD nor in the experiment are the user's own and stay.
 *
 * @param previous - Commits that the workspace may hold the files of, such as the one applied last: what only they have
 *   goes too.
 * @throws {@link RunInProgressError} when a process logs into a folder that would change.
 */
export function planApply(
  project: Project,
  index: PrivateIndex,
  target: Target,
  previous: readonly string[],
): ApplyPlan {
  const { repo, root } = project;
  const [targetTree, headTree, ...previousTrees] = readTrees(project, [target.commit, "HEAD", ...previous]);
  if (targetTree === undefined) throw new ObjectMissingError(target.commit);
  stageWorkspace(project, index, { paths: [] });
  const inHead = new Map(headTree === undefined ? [] : listTree(repo, headTree).map((entry) => [entry.path, entry]));
  const wanted = new Map(listTree(repo, targetTree).map((entry) => [entry.path, entry]));
  const leftovers = previousTrees.flatMap((tree) =>
    tree === undefined ? [] : listLeftovers(project, tree, targetTree),
  );
  // Untracked files count where the experiment has a file of that name, or an earlier one left it.
  index.stage(
    [...wanted.keys(), ...leftovers.map(({ path }) => path)].filter((path) => isUntrackedFile(root, path, index)),
  );
  const differences = diffTrees(repo, index.writeTree(), targetTree);
  // Several earlier states may have a file of that name, each with content of its own.
  const obsolete = new Set(leftovers.map(({ path, from }) => `${from?.id} ${path}`));
  const writes: FileToWrite[] = [];
  const removes: TreeDifference[] = [];
  for (const difference of differences) {
    const { path, from, to } = difference;
    if (to !== undefined) writes.push({ path, ...to });
    else if (inHead.has(path) || (from !== undefined && obsolete.has(`${from.id} ${path}`))) removes.push(difference);
  }
  const replaced = differences.filter(({ from, to }) => from !== undefined && to !== undefined);
  const changing = [...replaced, ...removes].filter(({ path, from }) => inHead.get(path)?.id !== from?.id);
  const saved = findSaved(project, target, changing, previous);
  const blocking = findBlocking(root, writes, new Set(removes.map(({ path }) => path)));
  index.stage(blocking);
  const targets = [
    ...readTargets(
      project,
      [...wanted.values()].filter(({ path }) => path.endsWith(".dvc")),
    ),
    ...obsoleteTargets(project, removes, wanted),
  ];
  const missing = findMissing(project, targets);
  const data = planData(
    project,
    targets.filter(({ path }) => !missing.includes(path)),
  );
  const checkout = [...data.write.map(({ path }) => path), ...data.remove];
  const unsaved = changing.filter(({ path }) => !saved.has(path)).map(({ path }) => path);
  const plan: ApplyPlan = {
    ...{ target, writes, checkout, missing },
    removes: [...removes.map(({ path }) => path), ...blocking],
    targets: targets.filter(({ path }) => checkout.some((file) => file === path || file.startsWith(`${path}/`))),
    inTheWay: [...unsaved, ...blocking, ...data.unsaved].sort(),
  };
  refuseRunning(project, [...writes.map(({ path }) => path), ...plan.removes, ...checkout]);
  return plan;
}

/** Files that stand where a folder is to be, or in a folder where a file is to be. */
function findBlocking(root: string, writes: readonly FileToWrite[], removes: ReadonlySet<string>): string[] {
  const blocking = new Set<string>();
  const folders = new Set<string>();
  for (const { path } of writes) {
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder);
      const stats = statNoFollow(join(root, folder));
      if (stats !== undefined && !stats.isDirectory() && !removes.has(folder)) blocking.add(folder);
    }
    if (statNoFollow(join(root, path))?.isDirectory() !== true) continue;
    for (const file of listFiles(root, path)) if (!removes.has(file)) blocking.add(file);
  }
  return [...blocking];
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}

function readTrees(project: Project, commits: readonly string[]): (string | undefined)[] {
  return readObjectsSync(
    project.repo,
    commits.map((commit) => `${commit}^{commit}`),
  ).map((object) => (object?.type === "commit" ? parseCommit(object.data)?.tree : undefined));
}

/** Files that an earlier state had and the experiment has not. */
function listLeftovers(project: Project, earlier: string, targetTree: string): TreeDifference[] {
  return diffTrees(project.repo, earlier, targetTree).filter(({ to }) => to === undefined);
}

function isUntrackedFile(root: string, path: string, index: PrivateIndex): boolean {
  return !index.has(path) && existsSync(join(root, path));
}

/** Data whose `.dvc` file goes with the experiment that had it. */
function obsoleteTargets(
  project: Project,
  removes: readonly TreeDifference[],
  wanted: ReadonlyMap<string, unknown>,
): CheckoutTarget[] {
  const files = removes.flatMap(({ path, from }) =>
    path.endsWith(".dvc") && from !== undefined ? [{ path, ...from }] : [],
  );
  return readTargets(project, files)
    .filter(({ path }) => !wanted.has(path))
    .map(({ path }) => ({ path, md5: undefined }));
}

function planData(project: Project, targets: readonly CheckoutTarget[]): CheckoutPlan {
  return planCheckoutSync(openCache(project), targets, { root: project.root });
}

function refuseRunning(project: Project, paths: readonly string[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) {
    const run = readRunFile(join(project.root, folder));
    if (run === undefined || run.pid === process.pid || !isRunning(run)) continue;
    throw new RunInProgressError(toRepositoryPath(project.root, join(project.root, folder)) || ".", run.pid);
  }
}
