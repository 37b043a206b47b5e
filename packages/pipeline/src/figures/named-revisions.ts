import { TrackerError } from "@waymark/core";
import { findRevision, ObjectMissingError, ObjectReader, parseCommit, RevisionNotFoundError } from "@waymark/git";
import { CommitSource } from "../project/commit-source.ts";
import type { FigureProject } from "./figure-project.ts";
import type { RevisionSource } from "../project/revision-source.ts";
import { projectPrefix } from "../project/scoped-stages.ts";
import { TreeCache } from "../project/tree-cache.ts";
import { WorkspaceSource } from "../project/workspace-source.ts";

/** The name of the files as they are now. */
export const WORKSPACE = "workspace";

/** A revision to look at. */
export interface NamedRevision {
  /** As it is shown. */
  readonly label: string;
  /** `undefined` for the workspace. */
  readonly commit: string | undefined;
}

/** A revision whose files can be read. */
export interface OpenRevision extends NamedRevision {
  readonly source: RevisionSource;
}

/** Commits were asked for where there are none. */
export class NoGitError extends TrackerError {
  override readonly code = "NO_GIT";
  readonly revision: string;

  constructor(revision: string) {
    super(`There is no Git repository here, so '${revision}' names nothing`, {
      hint: "Without Git there is only the workspace.",
    });
    this.revision = revision;
  }
}

/**
 * Resolves what was typed: `workspace`, what Git knows, or else what the project finds by other names.
 *
 * @throws `RevisionNotFoundError`, {@link NoGitError}
 */
export async function nameRevision(
  { repo, findOther }: Pick<FigureProject, "repo" | "findOther">,
  revision: string,
): Promise<NamedRevision> {
  if (revision === WORKSPACE) return { label: revision, commit: undefined };
  if (repo === undefined) throw new NoGitError(revision);
  const commit = findRevision(repo, revision) ?? (await findOther?.(repo, revision));
  if (commit === undefined) throw new RevisionNotFoundError(revision);
  return { label: revision, commit };
}

/**
 * Opens revisions while something is done with them; folders that they share are read once.
 *
 * @throws `ObjectMissingError` for a commit that is not there, as in a shallow clone.
 */
export async function withRevisions<T>(
  project: FigureProject,
  revisions: readonly NamedRevision[],
  work: (opened: readonly OpenRevision[]) => Promise<T>,
): Promise<T> {
  const { repo, root } = project;
  const reader = repo === undefined ? undefined : new ObjectReader(repo);
  try {
    const trees = reader === undefined ? undefined : new TreeCache(reader);
    const opened = revisions.map(async ({ label, commit }): Promise<OpenRevision> => {
      if (commit === undefined) return { label, commit, source: new WorkspaceSource(repo, root) };
      if (repo === undefined || trees === undefined) throw new NoGitError(label);
      const object = await trees.reader.read(commit);
      const tree = object?.type === "commit" ? parseCommit(object.data)?.tree : undefined;
      if (tree === undefined) throw new ObjectMissingError(commit);
      return { label, commit, source: new CommitSource(trees, tree, projectPrefix(repo, root), root) };
    });
    return await work(await Promise.all(opened));
  } finally {
    await reader?.close();
  }
}
