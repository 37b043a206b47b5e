import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadProject, openDvcProject } from "@waymark/pipeline";
import { commitData } from "../commit-data.ts";
import type { Project } from "../project.ts";
import { listPipelineContent, type RunContent } from "./run-content.ts";

/** Options of {@link readShownContent}. */
export interface ShownContentOptions {
  /** Stores data that `.dvc` files track as it is now, and has them name it. */
  readonly storesData: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Lists what dvc.yaml files show beside stages, for a run that has none; files that cannot be read show nothing. */
export async function readShownContent(project: Project, options: ShownContentOptions): Promise<RunContent> {
  const dvc = openDvcProject(project.dvcRoot, project.repo.env, { repo: project.repo });
  try {
    const loaded = await loadProject(dvc, { onError: () => undefined });
    const data = loaded.stages.filter(
      (stage) => stage.name === undefined && stage.outs.every((out) => existsSync(join(dvc.root, out.path))),
    );
    if (options.storesData && data.length > 0) {
      await commitData(project, { targets: data.map(({ file }) => file), signal: options.signal });
    }
    return listPipelineContent(dvc, loaded, []);
  } finally {
    await dvc.store.close();
  }
}
