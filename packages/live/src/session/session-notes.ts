import { relative } from "node:path";
import type { Settings } from "./settings.ts";
import { findStageAround } from "./stage-outputs.ts";

/** Warns when dvc.yaml lies where a stage of the project would delete it. */
export function warnOfStage({ cwd, dvcFile, trouble }: Settings, dvcRoot: string): void {
  trouble.attempt("stages", "look for stages around dvc.yaml", () => {
    const stage = findStageAround(dvcFile, [cwd, dvcRoot]);
    if (stage === undefined) return;
    trouble.warn(
      "stages",
      `'${relative(cwd, dvcFile)}' lies in an output of stage '${stage}', which is deleted when the stage runs. ` +
        "Use `dvcyaml` to write it elsewhere.",
    );
  });
}

/** Warns at the end of a run whose histories could not be written in full. */
export function warnOfMissingRows({ trouble }: Settings, missingRows: number): void {
  if (missingRows > 0) trouble.warn("missing", `${missingRows} points could not be written and are missing.`);
}

/**
 * Tells where a signal ended a run, and what there is to continue from.
 *
 * @param completedStep - `undefined` before the first was complete.
 * @param checkpoints - What the checkpoints say of themselves.
 */
export function informOfSignal(
  { trouble }: Settings,
  signal: NodeJS.Signals,
  completedStep: number | undefined,
  checkpoints: string,
): void {
  const reached = completedStep === undefined ? "before its first step was complete" : `after step ${completedStep}`;
  trouble.inform(`Interrupted by ${signal} ${reached}. ${checkpoints}`);
}
