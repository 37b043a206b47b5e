import { existsSync } from "node:fs";
import { join } from "node:path";
import { addData } from "./add.ts";
import { loadProject, type DvcProject } from "./dvc-project.ts";
import type { ProjectStage } from "./project.ts";
import { relativeTo, stageAddress } from "./stage-address.ts";

/** Options of {@link migrateRecords}. */
export interface MigrateRecordsOptions {
  /** Changes nothing. Default `false`. */
  readonly isDry?: boolean;
  /** Records stages of a dvc.yaml anew, whose command is not run. */
  readonly recordStages?: (stages: readonly ProjectStage[]) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records data anew that DVC 2 recorded: hashed as today, in the cache layout of today. Data that is not in the
 * workspace stays as it is recorded.
 *
 * @returns The files that are concerned, seen from the current folder.
 */
export async function migrateRecords(
  project: DvcProject,
  options: MigrateRecordsOptions = {},
): Promise<readonly string[]> {
  const { stages } = await loadProject(project);
  const legacy = stages.filter((stage) => stage.outs.some((out) => out.isLegacy && isThere(project, out.path)));
  const data = legacy.filter(({ name }) => name === undefined);
  const pipelines = legacy.filter(({ name }) => name !== undefined);
  if (options.isDry !== true) {
    const targets = data.flatMap(({ outs }) => outs.filter((out) => out.isLegacy && isThere(project, out.path)));
    if (targets.length > 0) {
      await addData(
        project,
        targets.map(({ path }) => relativeTo(project.folder, path)),
        { signal: options.signal },
      );
    }
    if (pipelines.length > 0) await options.recordStages?.(pipelines);
  }
  const files = [
    ...data.map((stage) => stageAddress(stage, project.folder)),
    ...pipelines.map(({ file }) => relativeTo(project.folder, file.replace(/\.yaml$/, ".lock"))),
  ];
  return [...new Set(files)].toSorted();
}

function isThere(project: DvcProject, path: string): boolean {
  return existsSync(join(project.root, path));
}
