import { TrackerError } from "@waymark/core";
import { openFigureProject, type FigureProject } from "@waymark/pipeline";
import type { CommandContext } from "./command.ts";

/**
 * Opens what a command about params, metrics or plots shows. Revisions may be names of experiments and checkpoints, too;
 * what knows of these is loaded only when one is typed.
 */
export function openFigures({ cwd, env }: Pick<CommandContext, "cwd" | "env">): FigureProject {
  return openFigureProject(cwd, env, async (repo, name) => {
    const { resolveTarget } = await import("@waymark/experiments");
    try {
      return resolveTarget(repo, name).commit;
    } catch (error) {
      if (error instanceof TrackerError && error.code === "EXPERIMENT_NOT_FOUND") return undefined;
      throw error;
    }
  });
}
