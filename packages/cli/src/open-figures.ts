import { TrackerError } from "@waymark/core";
import { openFigureProject, type FigureProject } from "@waymark/pipeline";
import type { CommandContext } from "./command.ts";

/** Characters of a short id, as DVC shows it. */
const SHORT_ID = 7;

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

/** The short id of the commit that an experiment started from; `undefined` when the name is no experiment's. */
export async function baselineOf(
  context: Pick<CommandContext, "cwd" | "env">,
  name: string,
): Promise<string | undefined> {
  const { repo } = openFigures(context);
  if (repo === undefined) return undefined;
  const { resolveTarget } = await import("@waymark/experiments");
  return resolveTarget(repo, name).experiment?.baseline.slice(0, SHORT_ID);
}
