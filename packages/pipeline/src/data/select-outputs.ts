import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { TargetNotFoundError } from "../graph/target-errors.ts";
import { resolveTargets, StageNotFoundError, type TargetOptions, type TargetProject } from "../graph/targets.ts";
import type { OutputSelection } from "./used-objects.ts";

/** Options of {@link selectOutputs}. */
export interface SelectOutputsOptions extends TargetOptions {
  /** What a target stands for that is not there in this revision: nothing, instead of an error. Default `false`. */
  readonly ignoreMissing?: boolean;
}

/**
 * Selects outputs by what a user typed: those of the stages and `.dvc` files that targets name, or what lies at a path.
 *
 * @param targets - None selects every output.
 * @throws As `resolveTargets`.
 */
export function selectOutputs(
  project: TargetProject,
  stages: readonly ProjectStage[],
  targets: readonly string[],
  options: SelectOutputsOptions = {},
): readonly OutputSelection[] {
  if (targets.length === 0) return stages.flatMap((stage) => stage.outs.map((out) => ({ stage, out })));
  return targets.flatMap((target) => {
    try {
      return resolveTargets(project, stages, [target], options).flatMap(({ stage, path }) =>
        stage.outs
          .filter((out) => path === undefined || isAtOrBelow(path, out.path))
          .map((out) => ({ stage, out, only: path })),
      );
    } catch (error) {
      const isMissing = error instanceof TargetNotFoundError || error instanceof StageNotFoundError;
      if (isMissing && options.ignoreMissing === true) return [];
      throw error;
    }
  });
}
