import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage } from "../project/project.ts";
import type { LockedPaths } from "./path-locks.ts";
import { absolutePath } from "./stage-content.ts";

/** Lists what a stage reads and writes, absolute: what other commands are to leave alone while it is at work. */
export function lockedPaths(project: DvcProject, stage: ProjectStage): LockedPaths {
  const pathOf = (path: string): string => (path.includes("://") ? path : absolutePath(project, path));
  const outs = stage.outs.map(({ path }) => pathOf(path));
  const deps = stage.deps.filter(({ kind }) => kind === "path").map(({ path }) => pathOf(path));
  const params = stage.params.map(({ path }) => pathOf(path));
  return { read: [...new Set([...deps, ...params, ...outs])], write: outs };
}
