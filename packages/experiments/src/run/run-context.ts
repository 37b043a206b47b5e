import type { DvcProject, Project as PipelineProject, ProjectStage } from "@waymark/pipeline";
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
  readonly startedMs: number;
  readonly random: () => number;
}

/** The pipeline of a run, read before anything of it runs. */
export interface RunPipeline {
  readonly dvc: DvcProject;
  readonly loaded: PipelineProject;
  /** The stages that are looked at, in order. */
  readonly steps: readonly ProjectStage[];
}
