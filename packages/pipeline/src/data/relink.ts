import type { DvcProject } from "../project/dvc-project.ts";

/**
 * Makes an output whose content is in the cache share bytes with it, as the configuration says. A copy is what it is
 * already.
 *
 * @param path - Relative to the project.
 */
export async function relinkOutput(
  project: DvcProject,
  path: string,
  md5: string,
  isExecutable = false,
): Promise<void> {
  const [first] = project.config.linkTypes;
  // Where clones cannot be made, the file that was cloned from or copied stays as good as a copy of it.
  if (first === "copy" || first === "reflink") return;
  await project.store.checkout([{ md5, path, isExecutable }], { relink: true });
}
