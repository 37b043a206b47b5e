import { basename, dirname } from "node:path/posix";
import { parseTree, readHead, readObjectsSync, runGitSync } from "@waymark/git";
import { readChain } from "./chain.ts";
import { listExperimentRefsSync } from "./experiments.ts";
import type { Project } from "./project.ts";
import type { Target } from "./resolve-target.ts";
import type { Differ, TreeDifference } from "./tree-diff.ts";

/** Questions asked of Git at most: names of objects, one per commit and file. */
const LIMIT = 200_000;
/** Folders of commits read at most. */
const FOLDER_LIMIT = 2000;

/** Where changes of the workspace are looked for. */
export interface SavedPlaces {
  readonly target: Target;
  /** Commits that the workspace likely came from. */
  readonly previous: readonly string[];
  /** Trees that are to be looked at first. */
  readonly trees: readonly (string | undefined)[];
  /** Tree of the workspace. */
  readonly workTree: string;
  readonly diff: Differ;
}

/**
 * Finds out which files of the workspace can be had again, because an experiment has them just so: replacing them loses
 * nothing. That is the case after a run, whose last checkpoint is the workspace, and after applying an experiment.
 *
 * @param changes - Files with their content in the workspace as `from`.
 * @returns Paths.
 */
export function findSaved(
  project: Project,
  { target, previous, trees, workTree, diff }: SavedPlaces,
  changes: readonly TreeDifference[],
): ReadonlySet<string> {
  const saved = new Set<string>();
  if (changes.length === 0) return saved;
  // The likely ones are compared as trees, modes and all; for the many others content is what counts.
  for (const tree of trees) {
    if (tree === undefined) continue;
    const different = new Set(diff(workTree, tree).map(({ path }) => path));
    for (const { path } of changes) if (!different.has(path)) saved.add(path);
    if (saved.size === changes.length) return saved;
  }
  const open = changes.filter(({ path }) => !saved.has(path));
  const candidates = listCandidates(project, target, previous);
  // Git cannot be asked for a name with a line break, nor for a mode: what folders hold tells both.
  const isForFolders = ({ path, from, to }: TreeDifference): boolean => from?.id === to?.id || path.includes("\n");
  const content = open.filter((change) => !isForFolders(change));
  return new Set([
    ...saved,
    ...findContent(project, candidates, content),
    ...findInFolders(project, candidates, open.filter(isForFolders)),
  ]);
}

function findContent(
  project: Project,
  candidates: readonly string[],
  changes: readonly TreeDifference[],
): ReadonlySet<string> {
  const saved = new Set<string>();
  if (changes.length === 0) return saved;
  const commits = candidates.slice(0, Math.floor(LIMIT / changes.length));
  const questions = commits.flatMap((commit) =>
    changes.map((change) => ({ change, spec: `${commit}:${change.path}` })),
  );
  if (questions.length === 0) return saved;
  const { stdout } = runGitSync(project.repo, ["cat-file", "--batch-check=%(objectname)", "--buffer"], {
    input: questions.map(({ spec }) => `${spec}\n`).join(""),
  });
  const answers = stdout.toString().split("\n");
  for (const [index, { change }] of questions.entries()) {
    if (answers[index] === change.from?.id) saved.add(change.path);
  }
  return saved;
}

/** Looks files up in the folders of commits, with their modes: somebody may only have made one a program. */
function findInFolders(
  project: Project,
  candidates: readonly string[],
  changes: readonly TreeDifference[],
): ReadonlySet<string> {
  const { repo } = project;
  const saved = new Set<string>();
  const folders = [...new Set(changes.map(({ path }) => dirname(path)))];
  if (folders.length === 0) return saved;
  const places = candidates
    .slice(0, Math.floor(FOLDER_LIMIT / folders.length))
    .flatMap((commit) => folders.map((folder) => ({ folder, spec: `${commit}:${folder === "." ? "" : folder}` })));
  const trees = readObjectsSync(
    repo,
    places.map(({ spec }) => spec),
  );
  for (const [index, { folder }] of places.entries()) {
    const tree = trees[index];
    if (tree?.type !== "tree") continue;
    const entries = new Map(parseTree(tree.data, repo.idLength).map((entry) => [entry.name, entry]));
    for (const { path, from } of changes) {
      const entry = dirname(path) === folder ? entries.get(basename(path)) : undefined;
      if (entry !== undefined && entry.id === from?.id && entry.mode === from.mode) saved.add(path);
    }
  }
  return saved;
}

/** Commits that may hold what is in the workspace, the likeliest first. */
function listCandidates(project: Project, target: Target, previous: readonly string[]): string[] {
  const { repo } = project;
  const head = readHead(repo).commit;
  const experiments = listExperimentRefsSync(repo);
  const chain =
    target.experiment === undefined ? [] : readChain(repo, target.experiment.tip, target.experiment.baseline);
  const near = experiments.filter(({ baseline }) => baseline === head || baseline === target.experiment?.baseline);
  return [
    ...new Set([
      ...[...previous, target.commit],
      ...near.map(({ tip }) => tip),
      ...chain.map(({ id }) => id),
      ...experiments.map(({ tip }) => tip),
    ]),
  ];
}
