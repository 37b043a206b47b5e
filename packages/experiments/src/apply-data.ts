import { ObjectReader } from "@waymark/git";
import { CommitSource, projectPrefix, RevisionReader, TreeCache } from "@waymark/pipeline";
import { type CheckoutTarget, type DataStore, isObjectName, type JobOptions, type TargetPlan } from "@waymark/store";
import type { Project } from "./project.ts";
import { readTargets } from "./restore.ts";
import { isDefinition } from "./save-content.ts";
import type { TreeDifference } from "./tree-diff.ts";
import type { FileToWrite } from "./write-files.ts";

/** What has to happen to data for the workspace to be an experiment. Paths are relative to the repository. */
export interface DataPlan {
  /** Outputs that change, as far as the cache has their content. */
  readonly plans: readonly TargetPlan[];
  /** Files of them that are written or removed. */
  readonly files: readonly string[];
  /** Files whose content is nowhere else. */
  readonly unsaved: readonly string[];
  /** Outputs whose content the cache lacks. */
  readonly missing: readonly string[];
  /** Files of the experiment that should define stages or data and cannot be read. */
  readonly unreadable: readonly string[];
}

/** States of the repository that data is planned for. */
export interface DataStates {
  /** Tree of the experiment. */
  readonly targetTree: string;
  /** Tree of the workspace. */
  readonly workTree: string;
  /** Everything in which they differ. */
  readonly differences: readonly TreeDifference[];
  /** Other paths that both may have: those of Git's index, and untracked ones. */
  readonly shared: readonly string[];
  /** `.dvc` files of earlier states that go away. */
  readonly gone: readonly FileToWrite[];
}

const NOTHING: DataPlan = { plans: [], files: [], unsaved: [], missing: [], unreadable: [] };

/**
 * Plans the checkout of all data that an experiment names, in `.dvc` files and in dvc.lock, and the removal of what the
 * workspace's own files name and the experiment does not. What did not change since it was hashed is not read again.
 */
export async function planData(
  project: Project,
  store: DataStore,
  states: DataStates,
  options: JobOptions = {},
): Promise<DataPlan> {
  const names = listDefinitions(states);
  if (names.length === 0 && states.gone.length === 0) return NOTHING;
  const objects = new ObjectReader(project.repo);
  try {
    const trees = new TreeCache(objects);
    const reader = new RevisionReader({ cache: store.cache });
    const { targets, unreadable } = await readWanted(project, { trees, reader }, states.targetTree, names);
    const before = await readWanted(project, { trees, reader }, states.workTree, names);
    const isWanted = overlapping(targets.map(({ path }) => path));
    const present = [...before.targets, ...readTargets(project, states.gone)].map(({ path }) => path);
    const obsolete: CheckoutTarget[] = [];
    for (const path of new Set(present)) {
      // What the experiment keeps in Git is no data any more.
      const isKept = isWanted(path) || (await trees.find(states.targetTree, path)) !== undefined;
      if (!isKept) obsolete.push({ path, md5: undefined });
    }
    const all = await store.planCheckout([...targets, ...obsolete], { ...options, root: project.root });
    return { ...summarize(all), unreadable };
  } finally {
    await objects.close();
  }
}

function summarize(all: readonly TargetPlan[]): Omit<DataPlan, "unreadable"> {
  const plans = all.filter(({ missing }) => missing.size === 0);
  const changing = plans.filter(
    ({ write, remove, wasThere, target }) =>
      write.length + remove.length > 0 || (!wasThere && target.md5 !== undefined),
  );
  return {
    plans: changing,
    files: changing.flatMap(({ write, remove }) => [...write, ...remove]),
    unsaved: changing.flatMap(({ unsaved }) => unsaved),
    missing: all.filter(({ missing }) => missing.size > 0).map(({ target }) => target.path),
  };
}

/** Files that define stages or data on either side; none is the common case. */
function listDefinitions({ differences, shared }: DataStates): readonly string[] {
  const paths = new Set<string>();
  for (const path of shared) if (isDefinition(path)) paths.add(path);
  for (const { path } of differences) if (isDefinition(path)) paths.add(path);
  return [...paths];
}

/** Reads what the project of a tree asks for; `.dvc` files outside of the project count as well. */
async function readWanted(
  project: Project,
  { trees, reader }: { readonly trees: TreeCache; readonly reader: RevisionReader },
  tree: string,
  names: readonly string[],
): Promise<{ readonly targets: readonly CheckoutTarget[]; readonly unreadable: readonly string[] }> {
  const prefix = projectPrefix(project.repo, project.dvcRoot);
  const inRepository = (path: string): string => (prefix === "" ? path : `${prefix}/${path}`);
  const unreadable: string[] = [];
  const source = new CommitSource(trees, tree, prefix, project.dvcRoot);
  const { stages } = await reader.readProject(source, { onError: (path) => unreadable.push(inRepository(path)) });
  const targets = new Map<string, CheckoutTarget>();
  for (const out of stages.flatMap((stage) => stage.outs)) {
    const { path, hash, isCached, isExecutable, isLegacy } = out;
    const isElsewhere = path.startsWith("/") || path.startsWith("../") || path.includes("://");
    if (!isCached || isElsewhere || hash === null || !isObjectName(hash)) continue;
    targets.set(inRepository(path), { path: inRepository(path), md5: hash, isExecutable, isLegacy });
  }
  const known = new Set((await source.listProjectFiles()).map(inRepository));
  const others: FileToWrite[] = [];
  for (const path of names) {
    if (!path.endsWith(".dvc") || known.has(path)) continue;
    const entry = await trees.find(tree, path);
    if (entry?.mode === "100644" || entry?.mode === "100755") others.push({ path, mode: entry.mode, id: entry.id });
  }
  for (const target of readTargets(project, others)) if (!targets.has(target.path)) targets.set(target.path, target);
  return { targets: [...targets.values()], unreadable };
}

/** Tells whether a path is one of some, or lies above or below one of them. */
function overlapping(paths: readonly string[]): (path: string) => boolean {
  const known = new Set(paths);
  const above = new Set(paths.flatMap(listAbove));
  return (path) => known.has(path) || above.has(path) || listAbove(path).some((folder) => known.has(folder));
}

function listAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
}
