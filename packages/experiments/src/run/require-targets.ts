import { posix } from "node:path";
import { loadProject, openDvcProject, planReproduction, projectPrefix } from "@waymark/pipeline";
import type { Project } from "../project.ts";
import type { RunWork } from "./run-spec.ts";

/**
 * Looks up the targets of a run that begins later and elsewhere, so that whoever mistyped one is told at once. As DVC,
 * it looks at nothing where none is named.
 *
 * @param cwd - Where they were typed.
 * @param files - Params files as they will be, relative to the repository: a stage may be there for its params.
 * @throws What finding stages throws: a target that is not there, a file that cannot be read.
 */
export async function requireTargets(
  { repo }: Project,
  work: RunWork,
  cwd: string,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<void> {
  if (work.kind === "command" || (work.options.targets ?? []).length === 0) return;
  const dvc = openDvcProject(cwd, repo.env, { repo });
  const prefix = projectPrefix(repo, dvc.root);
  const changed = new Map([...files].map(([path, data]) => [posix.relative(prefix, path), data]));
  try {
    planReproduction(dvc, (await loadProject(dvc, { changed })).stages, work.options);
  } finally {
    await dvc.store.close();
  }
}
