import { runGit, withoutOwnFilters } from "@waymark/git";
import type { FigureProject } from "../figure-project.ts";
import { WORKSPACE } from "../named-revisions.ts";

/**
 * Works out what `plots diff` draws: with no revision the workspace, and HEAD when the workspace differs from it; with
 * one, that and the workspace; otherwise those given.
 *
 * @returns `undefined` when there is no commit yet, and so nothing to compare.
 */
export async function plotDiffRevisions(
  project: FigureProject,
  typed: readonly string[],
): Promise<readonly string[] | undefined> {
  const { repo } = project;
  if (repo !== undefined && repo.headCommit === undefined) return undefined;
  if (typed.length > 1) return typed;
  const isChanged = async (): Promise<boolean> => {
    if (repo === undefined) return false;
    // Files that Git does not track make no difference, as in DVC.
    const { stdout } = await runGit(repo, ["status", "--porcelain", "--untracked-files=no", "-z"], {
      env: await withoutOwnFilters(repo),
    });
    return stdout.length > 0;
  };
  const [first] = typed;
  if (first !== undefined) return [first, WORKSPACE];
  return (await isChanged()) ? ["HEAD", WORKSPACE] : [WORKSPACE];
}
