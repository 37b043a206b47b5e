import { existsSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import type { PrivateIndex } from "@waymark/git";
import {
  type DvcProject,
  lockFileOf,
  type Project as PipelineProject,
  type ProjectStage,
  projectPrefix,
} from "@waymark/pipeline";
import type { Project } from "../project.ts";
import { isDefinition, isTemporary, listBrought, listUntracked } from "../save-content.ts";
import { findSecrets } from "../secrets/find-secrets.ts";

/** What a run may have made or used beside files that Git tracks. Paths are relative to the repository. */
export interface RunContent {
  /** Files and folders that belong to the experiment when they are there, and Git neither tracks nor ignores them. */
  readonly wanted: readonly string[];
  /** Outputs that the cache keeps: whatever lies there is not Git's. */
  readonly cached: readonly string[];
  /** Every dvc.yaml, dvc.lock and `.dvc` file is wanted: nothing says which of them the run has used. */
  readonly takesDefinitions: boolean;
  /** Untracked files that Git does not ignore, when they have just been listed. */
  readonly untracked?: readonly string[];
}

/** What taking the content of a run into an index has left out. */
export interface LeftOut {
  /** Untracked files that are not part of the experiment. */
  readonly untracked: readonly string[];
  /** Files that would be, if they did not look like credentials. */
  readonly sensitive: readonly string[];
}

/** What makes a branch of an experiment a DVC repository. They may be new and in no commit yet. */
const SETTINGS = [".dvc/config", ".dvc/.gitignore", ".dvcignore"];

/**
 * Lists what belongs to the experiment of a pipeline, as DVC does: of each stage that was looked at its dvc.yaml and
 * dvc.lock, its dependencies and params, outputs that are not cached; and what dvc.yaml shows beside stages.
 */
export function listPipelineContent(
  dvc: DvcProject,
  loaded: PipelineProject,
  steps: Iterable<ProjectStage>,
): RunContent {
  const prefix = dvc.repo === undefined ? "" : projectPrefix(dvc.repo, dvc.root);
  const ofDvc = new Set(loaded.stages.flatMap(({ outs }) => outs.flatMap((out) => (out.isCached ? [out.path] : []))));
  const wanted = new Set<string>(["dvc.yaml", "dvc.lock", ...loaded.params, ...loaded.metrics]);
  for (const { path } of loaded.plots) wanted.add(path);
  for (const stage of steps) {
    wanted.add(stage.file);
    wanted.add(lockFileOf(stage));
    for (const { kind, path } of stage.deps) if (kind === "path" && !isWithin(path, ofDvc)) wanted.add(path);
    for (const { path } of stage.params) wanted.add(path);
    for (const out of stage.outs) if (!out.isCached) wanted.add(out.path);
    for (const out of stage.outs) if (out.isCached) wanted.add(posix.join(posix.dirname(out.path), ".gitignore"));
  }
  const isInside = (path: string): boolean => !path.startsWith("/") && !path.startsWith("../") && !path.includes("://");
  const inRepository = (path: string): string => posix.join(prefix, path);
  return {
    wanted: [...wanted].filter(isInside).map(inRepository),
    cached: [...ofDvc].filter(isInside).map(inRepository),
    takesDefinitions: false,
  };
}

/**
 * Takes the state of the work tree into an index: tracked files with their changes, and of the untracked those that are
 * wanted. What Git ignores stays out, and so does what looks like credentials.
 */
export function stageRunContent(project: Project, index: PrivateIndex, content: RunContent): LeftOut {
  index.stageTracked();
  return stageUntracked(project, index, content);
}

/** Takes the untracked files that are wanted into an index that has the tracked ones. */
export function stageUntracked(project: Project, index: PrivateIndex, content: RunContent): LeftOut {
  const { root } = project;
  const untracked = content.untracked ?? listUntracked(project);
  const wanted = new Set(content.wanted);
  const cached = new Set(content.cached);
  const dvc = relative(root, project.dvcRoot).split(sep).join("/");
  const settings = new Set(SETTINGS.map((name) => posix.join(dvc, name)));
  const brought = new Set(listBrought(project, index));
  const isMeant = (path: string): boolean =>
    isWithin(path, wanted) ||
    brought.has(path) ||
    settings.has(path) ||
    (content.takesDefinitions && isDefinition(path));
  const chosen = untracked.filter((path) => isMeant(path) && !isWithin(path, cached) && !isTemporary(path));
  const sensitive = new Set(findSecrets(root, chosen).map(({ path }) => path));
  const files = new Set(chosen.filter((path) => !sensitive.has(path)));
  // Settings of a folder that Git is told to leave alone are hidden from the list above.
  const tracked = index.stagedPaths;
  const hidden = [...settings].filter((path) => !tracked.has(path) && existsSync(join(root, path)));
  index.stage([...files, ...hidden]);
  index.put(new Map([...tracked].filter(isTemporary).map((path) => [path, null])));
  return {
    untracked: untracked.filter((path) => !files.has(path) && !sensitive.has(path) && !settings.has(path)),
    sensitive: [...sensitive],
  };
}

/** Tells whether a path is one of some, or below one of them. */
export function isWithin(path: string, places: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (places.has(path.slice(0, end))) return true;
  }
  return false;
}
