import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project.ts";

/** Tells whether either tool has written anything about runs, apart from tasks of our queue, which are refs. */
export function mayHaveActive({ dvcRoot }: Project): boolean {
  const tmp = join(dvcRoot, ".dvc", "tmp");
  return existsSync(join(tmp, "exps")) || existsSync(join(tmp, "waymark", "exp-runs"));
}
