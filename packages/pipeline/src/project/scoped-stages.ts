import { relative, sep } from "node:path";
import { TrackerError } from "@waymark/core";
import { ObjectReader, ObjectMissingError, readCommitChains, type GitRepository } from "@waymark/git";
import { CommitSource } from "./commit-source.ts";
import type { DvcProject } from "./dvc-project.ts";
import type { ProjectStage } from "./project.ts";
import { RevisionReader } from "./revision.ts";
import { listScopedCommits, type RevisionScope, type ScopedCommit } from "./revision-scope.ts";
import { TreeCache } from "./tree-cache.ts";
import { WorkspaceSource } from "./workspace-source.ts";

/** How many commits are read at a time. */
const AT_ONCE = 64;

/** The stages of the workspace or of one commit, or why they could not be read. */
export type ScopedStages = {
  /** `workspace`, or the names of the commit with commas between. */
  readonly label: string;
  /** `undefined` for the workspace. */
  readonly commit: string | undefined;
} & ({ readonly stages: readonly ProjectStage[] } | { readonly error: TrackerError });

/** A revision whose stages cannot be read, so nobody can tell what it uses. */
export class RevisionUnreadableError extends TrackerError {
  override readonly code = "REVISION_UNREADABLE";
  readonly label: string;

  constructor(label: string, cause: TrackerError) {
    super(`The stages of '${label}' cannot be read`, {
      hint: "Mend its files, or pass `--skip-failed` to leave such revisions out.",
      cause,
    });
    this.label = label;
  }
}

/**
 * Reads the stages of the workspace, unless the scope leaves it out, then of every commit of the scope. Folders and
 * files that commits share are read once, so that thousands of commits cost about as much as what changed between them.
 *
 * @throws As `listScopedCommits`; a revision that cannot be read is reported in its place.
 */
export async function loadScopedStages(
  project: DvcProject,
  scope: RevisionScope = {},
): Promise<readonly ScopedStages[]> {
  const reader = new RevisionReader({ cache: project.cache });
  const workspace = scope.isWithoutWorkspace === true ? [] : [await readWorkspace(reader, project)];
  if (project.repo === undefined) return workspace;
  const commits = await listScopedCommits(project.repo, scope);
  if (commits.length === 0) return workspace;
  const objects = new ObjectReader(project.repo);
  try {
    return [...workspace, ...(await readCommits(reader, objects, commits, project, project.repo))];
  } finally {
    await objects.close();
  }
}

/** Where the project stands in its Git repository; empty for the root. */
export function projectPrefix(repo: GitRepository, root: string): string {
  return relative(repo.root, root).split(sep).join("/");
}

async function readWorkspace(reader: RevisionReader, project: DvcProject): Promise<ScopedStages> {
  return attempt("workspace", undefined, async () => {
    return (await reader.readProject(new WorkspaceSource(project.repo, project.root))).stages;
  });
}

async function readCommits(
  reader: RevisionReader,
  objects: ObjectReader,
  commits: readonly ScopedCommit[],
  { root }: DvcProject,
  repo: GitRepository,
): Promise<readonly ScopedStages[]> {
  const trees = new TreeCache(objects);
  const treeOf = await readTrees(
    objects,
    commits.map(({ commit }) => commit),
  );
  const prefix = projectPrefix(repo, root);
  const readOne = async ({ commit, names }: ScopedCommit): Promise<ScopedStages> =>
    attempt(names.join(","), commit, async () => {
      const tree = treeOf.get(commit);
      if (tree === undefined) throw new ObjectMissingError(commit);
      return (await reader.readProject(new CommitSource(trees, tree, prefix, root))).stages;
    });
  const result: ScopedStages[] = [];
  // Many at once: what they ask Git for goes through its pipe together.
  for (let at = 0; at < commits.length; at += AT_ONCE) {
    result.push(...(await Promise.all(commits.slice(at, at + AT_ONCE).map(readOne))));
  }
  return result;
}

async function readTrees(objects: ObjectReader, commits: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const chains = await readCommitChains(
    objects,
    commits.map((tip) => ({ tip, stop: undefined })),
    { limit: 1 },
  );
  return new Map(
    chains.flatMap(({ commits: [found] }) => (found === undefined ? [] : [[found.id, found.tree] as const])),
  );
}

async function attempt(
  label: string,
  commit: string | undefined,
  read: () => Promise<readonly ProjectStage[]>,
): Promise<ScopedStages> {
  try {
    return { label, commit, stages: await read() };
  } catch (error) {
    if (error instanceof TrackerError) return { label, commit, error };
    throw error;
  }
}
