import type { DvcProject, ReproductionPlan } from "@waymark/pipeline";
import type { RunFiles } from "./run-files.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunEffects, RunPlace } from "./run-place.ts";
import type { RunSpec } from "./run-spec.ts";
import type { RunStopper } from "./run-stopper.ts";

/** What the parts of one run share. */
export interface RunContext {
  readonly place: RunPlace;
  readonly spec: RunSpec;
  readonly journal: RunJournal;
  readonly effects: RunEffects;
  readonly stopper: RunStopper;
  /** Variables of its commands. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
  /** Files that belong to the experiment although Git does not track them, relative to the repository. */
  readonly include: readonly string[];
  /** What it begins with instead of what is in its work tree. */
  readonly files: RunFiles;
  readonly startedMs: number;
  readonly random: () => number;
}

/** The pipeline of a run, as it was before anything of it ran. */
export interface RunPipeline extends ReproductionPlan {
  readonly dvc: DvcProject;
}
