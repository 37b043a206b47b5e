import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { NotADvcProjectError } from "@waymark/pipeline";
import type { Project } from "../project.ts";
import type { RunWork } from "./run-spec.ts";

/**
 * Keeps a repository without a project from getting one by a run that has nothing to run: one that was typed in the wrong
 * folder, above the real project say, whose files would belong to another project from then on.
 *
 * @throws `NotADvcProjectError`
 */
export function requireStageFile(
  { dvcRoot, root }: Project,
  { work, cwd }: { readonly work: RunWork; readonly cwd: string },
): void {
  if (work.kind === "command" || existsSync(join(dvcRoot, ".dvc", "config"))) return;
  const { targets = [], isAll = false } = work.options;
  // Of `sub/dvc.yaml:train`, `sub/dvc.yaml` and `sub`, all before the colon.
  const files = targets.map((target) => target.replace(/:.*$/su, ""));
  if (isAll || ["dvc.yaml", ...files].some((file) => file !== "" && existsSync(resolve(cwd, file)))) return;
  throw new NotADvcProjectError(cwd, root);
}
