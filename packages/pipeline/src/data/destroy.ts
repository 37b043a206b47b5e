import { rmSync } from "node:fs";
import { join } from "node:path";
import { requireInside } from "@waymark/store";
import { isInProject } from "./data-index.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { unprotectIfThere } from "./unprotect.ts";

/** Lists what {@link destroyProject} removes, relative to the project. */
export async function listProjectFiles(project: DvcProject): Promise<readonly string[]> {
  const { stages } = await loadProject(project);
  const files = stages.flatMap(({ file }) =>
    file.endsWith(".dvc") ? [file] : [file, file.replace(/\.yaml$/, ".lock")],
  );
  return [...new Set([...files, ".dvcignore", ".dvc"])];
}

/**
 * Makes a project a plain folder again: dvc.yaml, dvc.lock, `.dvc` files, `.dvcignore` and `.dvc` with its cache go. The
 * data in the workspace stays, as files of its own.
 *
 * @throws `PathEscapesError` before anything is removed, for an output behind a link out of the project.
 */
export async function destroyProject(project: DvcProject): Promise<void> {
  const { stages } = await loadProject(project);
  const files = await listProjectFiles(project);
  // First, while the cache is there: links into it become copies.
  for (const out of stages.flatMap(({ outs }) => outs)) {
    if (!isInProject(out.path)) continue;
    // A link in a cloned repository must not lead to files elsewhere.
    requireInside(project.root, out.path);
    unprotectIfThere(join(project.root, out.path));
  }
  for (const file of files) rmSync(join(project.root, file), { recursive: true, force: true });
}
