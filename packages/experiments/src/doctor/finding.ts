import type { DvcProject } from "@waymark/pipeline";
import type { Project } from "../project.ts";

/**
 * How much a finding matters: an `error` loses or hides something, a `leftover` is in the way of later commands or takes
 * space, a `note` is worth knowing.
 */
export type Severity = "error" | "leftover" | "note";

/** Something that is not as it should be. */
export interface Finding {
  /** Name of the kind, which stays the same: `detached-head`. */
  readonly check: string;
  readonly severity: Severity;
  /** One sentence: what there is. */
  readonly what: string;
  /** Where it comes from, and what comes of it. */
  readonly why: string;
  /** What to type, or what `fix` does. */
  readonly repair: string;
  /** Repairs it without losing anybody's work; `undefined` where only a person can decide. */
  readonly fix?: (() => void | Promise<void>) | undefined;
}

/** What checks look at. */
export interface Examination {
  readonly project: Project;
  /** `undefined` where there is no DVC project. */
  readonly dvc: DvcProject | undefined;
  /** The `.dvc` folder, whether it is there or not. */
  readonly dvcDir: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Checks may talk to remotes. */
  readonly withNetwork: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Looks at one thing. */
export type Check = (examination: Examination) => readonly Finding[] | Promise<readonly Finding[]>;
