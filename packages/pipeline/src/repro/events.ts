import type { DataProgress } from "@waymark/store";
import type { Environment } from "../project/dvc-project.ts";
import type { Project, ProjectStage } from "../project/project.ts";

/** Something that happens to one stage while a pipeline is reproduced. */
export type StageEvent =
  /** Nothing changed, so nothing is done. */
  | { readonly kind: "unchanged" }
  /** Its inputs are not reproduced, since it is frozen. */
  | { readonly kind: "frozen" }
  /** Missing data is fetched. */
  | { readonly kind: "pulling" }
  /** Missing data cannot be fetched, for this reason. */
  | { readonly kind: "not-pulled"; readonly reason: string }
  /** The outputs of an earlier run are put back instead of running it. */
  | { readonly kind: "restored" }
  /** Its command begins. */
  | { readonly kind: "running" }
  /** A line of its command begins. */
  | { readonly kind: "command"; readonly command: string }
  /** Its data is looked at as it is now. */
  | { readonly kind: "verifying" }
  /** What it imports is fetched. */
  | { readonly kind: "importing"; readonly source: string }
  /** Its command has ended, well or not; nothing more is printed. */
  | { readonly kind: "ended" }
  /** It failed; these stages need it and are skipped. */
  | { readonly kind: "failed"; readonly error: unknown; readonly skipped: readonly ProjectStage[] };

/** What a reproduction is about to do. */
export interface ReproductionPlan {
  readonly loaded: Project;
  /** The stages that are looked at, in order. */
  readonly steps: readonly ProjectStage[];
}

/** Effects of `reproduce`, which knows no terminal. */
export interface ReproduceEffects {
  /** Called once when the project is locked, before its files are read. What it throws ends the reproduction. */
  readonly onLocked?: () => void;
  /** Called once before anything runs, while the project is locked. What it throws ends the reproduction. */
  readonly onPlanned?: (plan: ReproductionPlan) => Promise<void>;
  /** Told what happens to stages. */
  readonly onEvent?: (stage: ProjectStage, event: StageEvent) => void;
  /** Told of what concerns no single stage, as a sentence. */
  readonly onWarning?: (text: string) => void;
  /** Takes what commands print. Default: they print where this process does. */
  readonly onOutput?: ((stage: ProjectStage, data: Uint8Array, stream: "stdout" | "stderr") => void) | undefined;
  /** Hears how far hashing and storing has come. Default: nobody does. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Asked before each stage. Default: it may go on. */
  readonly confirm?: ((stage: ProjectStage) => Promise<boolean>) | undefined;
}

/** What one stage has of its own while it is reproduced. */
export interface StageSettings {
  /** Variables of its command, on top of those of all. */
  readonly env?: Environment;
  /** Runs although nothing of it changed. */
  readonly isForced?: boolean;
  /**
   * Outputs that are checkpoints stay where they are, for the command to go on from; the stage is looked up among
   * earlier runs no more than one with `persist`. Otherwise they are outputs like all others, as for DVC 3.
   */
  readonly keepsCheckpoints?: boolean;
  /** Ends the command, and takes what it has made as its result. */
  readonly stop?: AbortSignal | undefined;
  /**
   * A command that was interrupted and still ends with 0 has not done its work: nothing is recorded of it. Default: it has
   * saved its work, as for DVC.
   */
  readonly isCutShortByInterrupt?: boolean;
  /** Called when its command has ended well, before its outputs are looked at, while the project is locked. */
  readonly beforeRecord?: () => Promise<void>;
}
