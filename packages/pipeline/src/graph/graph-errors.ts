import { shellWord, TrackerError } from "@waymark/core";

/** One path is the output of two stages, or of one stage twice. */
export class DuplicateOutputError extends TrackerError {
  override readonly code = "DUPLICATE_OUTPUT";
  readonly output: string;
  /** Addresses of the stages, each once. */
  readonly stages: readonly string[];

  constructor(output: string, stages: readonly string[]) {
    const [first = "", ...others] = stages;
    const where = others.length === 0 ? `'${first}'` : stages.map((stage) => `'${stage}'`).join(" and ");
    super(`output '${output}' is specified in ${where}${others.length === 0 ? " already" : ""}`, {
      hint: `Stop tracking it in one place: \`waymark remove ${shellWord(first)}\`.`,
    });
    this.output = output;
    this.stages = stages;
  }
}

/** One output lies in the folder of another. */
export class OverlappingOutputsError extends TrackerError {
  override readonly code = "OVERLAPPING_OUTPUTS";
  /** The folder. */
  readonly parent: string;
  readonly child: string;

  constructor(parent: { readonly path: string; readonly stage: string }, child: typeof parent) {
    super(`output '${child.path}' of '${child.stage}' lies inside output '${parent.path}' of '${parent.stage}'`, {
      hint: "Give each output a folder of its own, or track only the folder.",
    });
    this.parent = parent.path;
    this.child = child.path;
  }
}

/** A dvc.yaml or `.dvc` file lies in a folder that is an output. */
export class StageInsideOutputError extends TrackerError {
  override readonly code = "STAGE_INSIDE_OUTPUT";
  readonly stage: string;
  readonly output: string;

  constructor(stage: string, output: string) {
    super(`stage '${stage}' is defined inside '${output}', which is an output`, {
      hint: "Move the file that defines it out of the folder.",
    });
    this.stage = stage;
    this.output = output;
  }
}

/** Stages depend on each other in a circle. */
export class CyclicPipelineError extends TrackerError {
  override readonly code = "CYCLIC_PIPELINE";
  /** Addresses; each needs an output of the next, the last one of the first. */
  readonly stages: readonly string[];

  constructor(stages: readonly string[]) {
    const [first = ""] = stages;
    super(`the pipeline has a cycle: ${[...stages, first].map((stage) => `'${stage}'`).join(" needs ")}`, {
      hint: "Remove one of these dependencies, or split a stage in two.",
    });
    this.stages = stages;
  }
}
