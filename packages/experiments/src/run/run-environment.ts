import { join } from "node:path";
import type { RunPlace } from "./run-place.ts";
import type { RunSpec } from "./run-spec.ts";

/** Variables as Node has them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Left over from a run around this one, or meant for its user: never passed on. */
const FORGOTTEN = ["DVC_CHECKPOINT", "DVC_STAGE", "DVCLIVE_RESUME", "WAYMARK_CHECKPOINT_DIR", "WAYMARK_RESUME"];

/** Makes the variables that commands of a run see, beside those of a stage. */
export function runEnvironment(place: RunPlace, spec: RunSpec, checkpointFolder: string): Environment {
  const { project, main } = place;
  const env: Record<string, string | undefined> = { ...project.repo.env };
  for (const name of FORGOTTEN) delete env[name];
  return {
    // What a program prints is to be in the log when it prints it, and Python waits for 8 KiB otherwise.
    PYTHONUNBUFFERED: "1",
    ...env,
    ...place.env,
    // As DVC since 3.17: the project of the user, wherever the run happens.
    DVC_ROOT: main.dvcRoot,
    DVC_EXP_BASELINE_REV: spec.baseline,
    DVC_EXP_NAME: spec.name,
    WAYMARK_CHECKPOINT_DIR: checkpointFolder,
    // Said of a new run, too: a script that would resume finds the folder of another one.
    ...(spec.resume === null ? { WAYMARK_RESUME: "0" } : { WAYMARK_RESUME: spec.resume.selector, DVCLIVE_RESUME: "1" }),
  };
}

/**
 * Makes the variables of a stage with checkpoint outputs. The signal of DVC 2 is a file in the folder that the run
 * happens in, which such a stage therefore is told.
 */
export function checkpointEnvironment({ project }: RunPlace, { resume }: RunSpec): Environment {
  return {
    ...{ DVC_CHECKPOINT: "1", DVC_ROOT: project.dvcRoot },
    // It finds what it made before, so it may well go on with it.
    ...(resume === null ? { WAYMARK_RESUME: undefined } : {}),
  };
}

/** The file by which code written for DVC 2 asks for a checkpoint. */
export function dvc2SignalPath({ project }: Pick<RunPlace, "project">): string {
  return join(project.dvcRoot, ".dvc", "tmp", "DVC_CHECKPOINT");
}
