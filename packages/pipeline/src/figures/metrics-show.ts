import { readHead } from "@waymark/git";
import { compareValues } from "../values/compare-values.ts";
import type { FigureProject } from "./figure-project.ts";
import { WORKSPACE, type NamedRevision } from "./named-revisions.ts";
import { joinProjectPath } from "../project/posix-path.ts";
import { listScopedCommits, type RevisionScope } from "../project/revision-scope.ts";
import { readRevisionValues, type RevisionValues, type ValuesByRevision } from "./revision-values.ts";

/** Options of {@link showMetrics}. */
export interface ShowMetricsOptions {
  /** Files and folders to read, relative to the current folder. Default: the metrics the project tracks. */
  readonly targets?: readonly string[];
  /** Commits to show beside the workspace. Default: none, and the workspace has the empty label. */
  readonly scope?: Pick<RevisionScope, "isAllBranches" | "isAllTags" | "isAllCommits">;
}

/**
 * Reads the metrics of the workspace and of the commits of a scope. A workspace that holds what the current branch does
 * is left out.
 *
 * @returns By label: names of one commit joined by commas. Paths are relative to the project.
 */
export async function showMetrics(project: FigureProject, options: ShowMetricsOptions = {}): Promise<ValuesByRevision> {
  const { scope = {} } = options;
  const targets = (options.targets ?? []).map((target) => joinProjectPath(project.folder, target));
  const hasScope = scope.isAllBranches === true || scope.isAllTags === true || scope.isAllCommits === true;
  const revisions: NamedRevision[] = [{ label: hasScope ? WORKSPACE : "", commit: undefined }];
  if (hasScope && project.repo !== undefined) {
    const commits = await listScopedCommits(project.repo, scope);
    revisions.push(...commits.map(({ commit, names }) => ({ label: names.join(","), commit })));
  }
  const values = await readRevisionValues(project, revisions, (reader, view) => reader.readMetrics(view, { targets }));
  return hasScope ? withoutSameWorkspace(project, values) : values;
}

function withoutSameWorkspace(project: FigureProject, values: ValuesByRevision): ValuesByRevision {
  const branch = project.repo === undefined ? undefined : readHead(project.repo).branch;
  const current = branch === undefined ? undefined : values.get(branch);
  if (current === undefined || !isSame(values.get(WORKSPACE), current)) return values;
  return new Map([...values].filter(([label]) => label !== WORKSPACE));
}

function isSame(a: RevisionValues | undefined, b: RevisionValues): boolean {
  if (a === undefined || "error" in a || "error" in b || a.data.size !== b.data.size) return false;
  if ([...a.data.values(), ...b.data.values()].some((file) => "error" in file)) return false;
  // Files that hold nothing differ in being there at all.
  return [...a.data.keys()].every((path) => b.data.has(path)) && compareValues(a.data, b.data).size === 0;
}
