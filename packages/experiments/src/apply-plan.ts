import { ObjectMissingError, parseCommit, type PrivateIndex, readObjectsSync } from "@waymark/git";
import type { DataStore, JobOptions } from "@waymark/store";
import { type DataPlan, planData } from "./apply-data.ts";
import {
  findBlocking,
  otherSpellings,
  pickFilesThere,
  refuseRunning,
  refuseSubmodules,
  refuseUnsound,
} from "./apply-obstacles.ts";
import { UnreadablePathError } from "./errors.ts";
import type { Project } from "./project.ts";
import type { Target } from "./resolve-target.ts";
import { isTemporary } from "./save-content.ts";
import { findSaved } from "./saved-content.ts";
import { differ, type Differ, listTree, type TreeDifference } from "./tree-diff.ts";
import type { FileToWrite } from "./write-files.ts";

/** Git knows it everywhere. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** What applying an experiment would change. Paths are relative to the repository. */
export interface ApplyPlan {
  readonly target: Target;
  /** Files to write as the commit has them. */
  readonly writes: readonly FileToWrite[];
  /** Files that the experiment does not have. */
  readonly removes: readonly string[];
  readonly data: DataPlan;
  /** Files that would be replaced or removed, and whose content is saved nowhere. */
  readonly inTheWay: readonly string[];
  /** Submodules that the experiment has at another commit: they are repositories of their own and stay as they are. */
  readonly submodules: readonly string[];
  /** Tree of the workspace before. */
  readonly workTree: string;
  /** Blobs of that tree, of the files that change. */
  readonly known: ReadonlyMap<string, string>;
}

/**
 * Works out what has to change for the workspace to be an experiment. Nothing is changed.
 *
 * The index plays no part: files that are staged and neither in HEAD nor in the experiment are the user's own and stay.
 *
 * @param previous - Commits that the workspace may hold the files of, such as the one applied last: what only they have
 *   goes too.
 * @throws {@link RunInProgressError} when a process logs into a folder that would change; {@link SubmoduleInTheWayError};
 *   {@link UnreadablePathError}; `PathEscapesError` and `DoubledPathError` for a tree that Git would not make.
 */
export async function planApply(
  project: Project,
  { index, store }: { readonly index: PrivateIndex; readonly store: DataStore },
  target: Target,
  previous: readonly string[],
  options: JobOptions = {},
): Promise<ApplyPlan> {
  const { repo, root } = project;
  const [targetTree, headTree = EMPTY_TREE, ...previousTrees] = readTrees(project, [
    target.commit,
    "HEAD",
    ...previous,
  ]);
  if (targetTree === undefined) throw new ObjectMissingError(target.commit);
  index.stageTracked();
  const diff = differ(repo);
  const leftovers = previousTrees.flatMap((tree) =>
    tree === undefined ? [] : diff(tree, targetTree).filter(({ to }) => to === undefined),
  );
  // What the experiment deleted goes also where it was taken out of the index and left in the folder.
  const deleted = diff(headTree, targetTree).filter(({ to }) => to === undefined);
  const candidates = [...leftovers, ...deleted];
  const {
    workTree,
    differences: all,
    untracked,
  } = compareWithWorkspace(project, { index, diff }, targetTree, candidates);
  const differences = all.filter(({ path }) => !isTemporary(path));
  const submodules = differences.filter(isSubmodule);
  const changed = differences.filter((difference) => !isSubmodule(difference));
  const fromHead = new Map(diff(headTree, workTree).map(({ path, from }) => [path, from]));
  const inHead = ({ path, from }: TreeDifference): TreeDifference["from"] =>
    fromHead.has(path) ? fromHead.get(path) : from;
  // Several earlier states may have a file of that name, each with content of its own.
  const obsolete = new Set(leftovers.map(({ path, from }) => `${from?.id} ${path}`));
  const writes = changed.flatMap(({ path, to }) => (to === undefined ? [] : [{ path, ...to }]));
  const removes = changed.filter((difference) => {
    const { path, from, to } = difference;
    return to === undefined && (inHead(difference) !== undefined || obsolete.has(`${from?.id} ${path}`));
  });
  requireReadable([...writes, ...removes]);
  refuseUnsound(root, writes);
  refuseSubmodules(project, workTree, writes, submodules);
  const replaced = changed.filter(({ from, to }) => from !== undefined && to !== undefined);
  const unknown = [...replaced, ...removes].filter((difference) => {
    const head = inHead(difference);
    return head?.id !== difference.from?.id || head?.mode !== difference.from?.mode;
  });
  const blocking = findBlocking(root, writes, new Set(removes.map(({ path }) => path)));
  const obstacles = describeFiles(project, index, blocking);
  const saved = findSaved(
    project,
    { target, trees: [...previousTrees, targetTree], previous, diff, workTree: obstacles.tree ?? workTree },
    [...unknown, ...obstacles.files],
  );
  const gone = removes.flatMap(({ path, from }) =>
    path.endsWith(".dvc") && from !== undefined ? [{ path, ...from }] : [],
  );
  const states = { targetTree, workTree, differences, shared: [...untracked, ...index.stagedPaths], gone };
  const data = await planData(project, store, states, options);
  const plan: ApplyPlan = {
    ...{ target, writes, data, workTree },
    known: new Map(changed.flatMap(({ path, from }) => (from === undefined ? [] : [[path, from.id] as const]))),
    removes: [...removes.map(({ path }) => path), ...blocking],
    submodules: submodules.map(({ path }) => path),
    inTheWay: [
      ...new Set([
        ...[...unknown.map(({ path }) => path), ...blocking].filter((path) => !saved.has(path)),
        ...data.unsaved,
      ]),
    ].sort(),
  };
  refuseRunning(project, [...writes.map(({ path }) => path), ...plan.removes, ...data.files]);
  return plan;
}

/** Untracked files count where the experiment has a file of that name, or an earlier one left it. */
function compareWithWorkspace(
  { root }: Project,
  { index, diff }: { readonly index: PrivateIndex; readonly diff: Differ },
  targetTree: string,
  leftovers: readonly TreeDifference[],
): {
  readonly workTree: string;
  readonly differences: readonly TreeDifference[];
  readonly untracked: readonly string[];
} {
  const workTree = index.writeTree();
  const differences = diff(workTree, targetTree);
  const known = new Set(differences.filter(({ from }) => from !== undefined).map(({ path }) => path));
  const isOtherSpelling = otherSpellings(root, differences);
  const unknown = [...differences, ...leftovers].map(({ path }) => path).filter((path) => !known.has(path));
  const untracked = pickFilesThere(root, new Set(unknown)).filter((path) => !isOtherSpelling(path));
  if (untracked.length === 0) return { workTree, differences, untracked };
  index.stage(untracked);
  const withUntracked = index.writeTree();
  return { workTree: withUntracked, differences: diff(withUntracked, targetTree), untracked };
}

/** Takes files into the tree of the workspace, to find out whether some commit has them. */
function describeFiles(
  { repo }: Project,
  index: PrivateIndex,
  paths: readonly string[],
): { readonly tree: string | undefined; readonly files: readonly TreeDifference[] } {
  if (paths.length === 0) return { tree: undefined, files: [] };
  index.stage(paths);
  const tree = index.writeTree();
  const files = listTree(repo, tree, paths).map(({ path, mode, id }) => ({ path, from: { mode, id }, to: undefined }));
  return { tree, files };
}

function isSubmodule({ from, to }: TreeDifference): boolean {
  return from?.mode === "160000" || to?.mode === "160000";
}

/** @throws {@link UnreadablePathError} for a name that is no UTF-8: another file would be written in its stead. */
function requireReadable(files: readonly { readonly path: string }[]): void {
  const odd = files.find(({ path }) => path.includes("\ufffd"));
  if (odd !== undefined) throw new UnreadablePathError(odd.path);
}

function readTrees(project: Project, commits: readonly string[]): (string | undefined)[] {
  return readObjectsSync(
    project.repo,
    commits.map((commit) => `${commit}^{commit}`),
  ).map((object) => (object?.type === "commit" ? parseCommit(object.data)?.tree : undefined));
}
