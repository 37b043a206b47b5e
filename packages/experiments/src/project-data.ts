import { statSync } from "node:fs";
import { join } from "node:path";
import { openDvcProject, withProjectLock } from "@waymark/pipeline";
import { DataStore } from "@waymark/store";
import type { Project } from "./project.ts";

/** Options of {@link withProjectData}. */
export interface ProjectDataOptions {
  /** Told once when another command has held the project's lock for a while. Default: nobody is told. */
  readonly onWait?: (pid: number | undefined) => void;
}

/**
 * Works on the data of a project while no other command of either tool changes its files: DVC's lock is held. A
 * repository that is no DVC project yet has no lock, and no data either.
 *
 * @throws `DvcLockedError` when another process holds the lock for longer than a minute; `CacheConfigError`.
 */
export async function withProjectData<T>(
  project: Project,
  options: ProjectDataOptions,
  work: (store: DataStore) => Promise<T>,
): Promise<T> {
  const { dvcRoot, repo } = project;
  const dvcDir = join(dvcRoot, ".dvc");
  const isProject = statSync(dvcDir, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isProject) {
    const store = DataStore.open(dvcDir, { env: repo.env });
    return closing(store, async () => work(store));
  }
  const dvc = openDvcProject(dvcRoot, repo.env, {
    repo,
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  });
  return closing(dvc.store, async () => withProjectLock(dvc, async () => work(dvc.store)));
}

async function closing<T>(store: DataStore, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await store.close();
  }
}
