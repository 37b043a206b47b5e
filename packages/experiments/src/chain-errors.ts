import { shellWord, TrackerError } from "@waymark/core";

/** First parents do not lead from an experiment to the commit it started from. */
export class BrokenChainError extends TrackerError {
  override readonly code = "BROKEN_CHAIN";

  constructor(name: string, baseline: string, end: "root" | "missing" | "limit") {
    const why =
      end === "missing" ? "a commit on the way is not in this repository" : "its commits do not stand on that one";
    super(`The commits of '${name}' cannot be followed to ${baseline.slice(0, 7)}: ${why}`, {
      hint:
        end === "missing"
          ? "A shallow clone lacks old commits: `git fetch --unshallow` brings them."
          : "Another program made this experiment. Make a branch of it instead: `waymark exp branch`.",
    });
  }
}

/** The newest checkpoint of an experiment cannot go while the experiment stays. */
export class NewestCheckpointError extends TrackerError {
  override readonly code = "NEWEST_CHECKPOINT";

  constructor(name: string, step: number) {
    super(`The checkpoint of step ${step} is the newest of '${name}', and resuming goes on from it`, {
      hint: `Older checkpoints can go; \`waymark exp remove ${shellWord(name)}\` removes the whole experiment.`,
    });
  }
}

/** No checkpoint has the metric that is to tell which one is the best. */
export class UnknownMetricError extends TrackerError {
  override readonly code = "UNKNOWN_METRIC";

  constructor(name: string, metric: string) {
    super(`No checkpoint of '${name}' has a metric '${metric}'`, {
      hint: "Write it as it was logged, such as `val/loss`. `waymark exp show` lists the metrics.",
    });
  }
}

/** What is to tell which checkpoints stay makes no sense. */
export class InvalidCheckpointPolicyError extends TrackerError {
  override readonly code = "INVALID_CHECKPOINT_POLICY";

  constructor(text: string) {
    super(`'${text}' does not say which checkpoints stay`, {
      hint: "Write keep-every=10, keep-last=3 or keep-best=val/loss (or keep-best=acc:max), with commas between several.",
    });
  }
}

/** No commit could be found that took the place of a baseline, or several could be meant; nothing was changed. */
export class NewBaselineNotFoundError extends TrackerError {
  override readonly code = "NEW_BASELINE_NOT_FOUND";
  readonly baseline: string;
  /** Commits that could be meant. */
  readonly candidates: readonly string[];

  /** @param hint - What the reflog of HEAD says took its place. */
  constructor(baseline: string, candidates: readonly string[], hint?: string) {
    const short = baseline.slice(0, 7);
    const list = candidates.map((id) => id.slice(0, 10));
    const likely = candidates.length === 0 ? hint?.slice(0, 10) : list[0];
    super(
      candidates.length === 0
        ? `No commit makes the same change as ${short}`
        : `${candidates.length} commits could have taken the place of ${short}: ${list.join(", ")}`,
      {
        hint:
          candidates.length === 0 && likely !== undefined
            ? `The reflog of HEAD says that ${likely} took its place. If that is so: \`--onto ${likely}\`.`
            : `Name the commit: \`--onto ${likely ?? "REVISION"}\`.`,
      },
    );
    this.baseline = baseline;
    this.candidates = candidates;
  }
}

/** The commit that an experiment started from is where it was. */
export class BaselineNotRewrittenError extends TrackerError {
  override readonly code = "BASELINE_NOT_REWRITTEN";

  constructor(name: string, baseline: string) {
    super(`'${name}' started from ${baseline.slice(0, 7)}, which is still on a branch or tag`, {
      hint: "Nothing is orphaned. To move it all the same, name the commit: `--onto REVISION`.",
    });
  }
}
