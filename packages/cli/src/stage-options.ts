import type { CommandOption } from "./command.ts";

/** Options that choose stages and say how to run them, the same for `repro` and `exp run`. */
export interface StageOptions {
  readonly interactive?: boolean;
  readonly singleItem?: boolean;
  readonly pipeline?: boolean;
  readonly allPipelines?: boolean;
  readonly recursive?: boolean;
  readonly downstream?: boolean;
  readonly forceDownstream?: boolean;
  readonly pull?: boolean;
  readonly allowMissing?: boolean;
  readonly dry?: boolean;
  readonly keepGoing?: boolean;
}

/** The options of {@link StageOptions} as they are typed. */
export const STAGE_OPTIONS: readonly CommandOption[] = [
  { flags: "-i, --interactive", description: "ask before each stage" },
  { flags: "-s, --single-item", description: "only the targets, not the stages they need" },
  { flags: "-p, --pipeline", description: "the whole pipelines that the targets are in" },
  { flags: "-P, --all-pipelines", description: "every stage of the project" },
  { flags: "-R, --recursive", description: "a folder stands for the stages in it" },
  { flags: "--downstream", description: "the targets and the stages that need them" },
  { flags: "--force-downstream", description: "once a stage ran, run everything that needs it" },
  { flags: "--pull", description: "fetch data that is missing" },
  { flags: "--allow-missing", description: "do not run a stage only because data is missing" },
  { flags: "--dry", description: "print what would run, and run nothing" },
  { flags: "-k, --keep-going", description: "after a failure, go on with what does not need the failed stage" },
];
