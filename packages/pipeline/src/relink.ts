import { checkoutSync } from "@waymark/store";
import type { DvcProject } from "./dvc-project.ts";

/**
 * Makes an output whose content is in the cache share bytes with it, as the configuration says. A copy is what it is
 * already.
 *
 * @param path - Relative to the project.
 */
export function relinkOutput(project: DvcProject, path: string, md5: string, isExecutable = false): void {
  const { linkTypes } = project.config;
  const [first] = linkTypes;
  // Where clones cannot be made, the file that was cloned from or copied stays as good as a copy of it.
  if (first === "copy" || first === "reflink") return;
  checkoutSync(project.cache, [{ md5, path, isExecutable }], { root: project.root, linkTypes, relink: true });
}
