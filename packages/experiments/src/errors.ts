import { basename } from "node:path";
import { TrackerError } from "@waymark/core/errors";
import { shellWord } from "@waymark/core/shell-word";

/** No experiment, under any baseline, has this name. */
export class ExperimentNotFoundError extends TrackerError {
  override readonly code = "EXPERIMENT_NOT_FOUND";
  readonly experiment: string;

  constructor(experiment: string, similar: readonly string[] = []) {
    super(`No experiment named '${experiment}'`, {
      hint:
        similar.length > 0
          ? `Did you mean ${similar.join(" or ")}?`
          : "Run `waymark exp list -A` to see the experiments of every commit.",
    });
    this.experiment = experiment;
  }
}

/** Some of the names given to a command that takes several are no experiments; nothing was done. */
export class ExperimentsNotFoundError extends TrackerError {
  override readonly code = "EXPERIMENTS_NOT_FOUND";
  readonly experiments: readonly string[];

  constructor(experiments: readonly string[], similar: readonly string[] = []) {
    const list = experiments.map((name) => `'${name}'`).join(", ");
    super(`${experiments.length === 1 ? "No experiment" : "No experiments"} named ${list}`, {
      hint:
        similar.length > 0
          ? `Did you mean ${similar.join(" or ")}?`
          : "Run `waymark exp list -A` to see the experiments of every commit.",
    });
    this.experiments = experiments;
  }
}

/** The name exists under several baselines, and the current commit is none of them. */
export class AmbiguousExperimentError extends TrackerError {
  override readonly code = "AMBIGUOUS_EXPERIMENT";
  readonly refs: readonly string[];

  constructor(experiment: string, refs: readonly string[]) {
    super(`'${experiment}' names ${refs.length} experiments: ${refs.join(", ")}`, {
      hint: "Use one of the full names above.",
    });
    this.refs = refs;
  }
}

/** An experiment has no checkpoint of this step. */
export class CheckpointNotFoundError extends TrackerError {
  override readonly code = "CHECKPOINT_NOT_FOUND";
  readonly experiment: string;
  /** `undefined` when it has none at all. */
  readonly step: number | undefined;

  constructor(experiment: string, step: number | undefined, steps: readonly number[]) {
    super(`Experiment '${experiment}' has no checkpoint${step === undefined ? "s" : ` of step ${step}`}`, {
      hint: describeSteps(experiment, steps),
    });
    this.experiment = experiment;
    this.step = step;
  }
}

/** The text after `@` is not a step. */
export class InvalidSelectorError extends TrackerError {
  override readonly code = "INVALID_SELECTOR";

  constructor(selector: string, reason: string) {
    super(`'${selector}' is not a checkpoint: ${reason}`, {
      hint: "Write NAME for the newest checkpoint of an experiment, or NAME@STEP.",
    });
  }
}

/** A name that Git or DVC would not take for an experiment. */
export class InvalidExperimentNameError extends TrackerError {
  override readonly code = "INVALID_EXPERIMENT_NAME";

  constructor(name: string) {
    super(`'${name}' cannot name an experiment`, {
      hint: "Use letters, digits, '-', '_' and '.', as in a Git branch, without '/'.",
    });
  }
}

/** An experiment of that name exists for this baseline. */
export class ExperimentExistsError extends TrackerError {
  override readonly code = "EXPERIMENT_EXISTS";

  constructor(name: string, baseline: string) {
    super(`Experiment '${name}' exists already for commit ${baseline.slice(0, 7)}`, {
      hint: "Choose another name, or replace it with `-f`.",
    });
  }
}

/** The current folder is in no Git work tree. */
export class NotARepositoryError extends TrackerError {
  override readonly code = "NOT_A_REPOSITORY";

  constructor(cwd: string) {
    super(`'${cwd}' is not in a Git repository`, { hint: "Run `git init` and commit your files first." });
  }
}

/** The current folder is, or lies in, the own folder of a Git repository: a bare one, or `.git`. */
export class NoWorkTreeError extends TrackerError {
  override readonly code = "NO_WORK_TREE";

  constructor(cwd: string, gitDir: string) {
    const isBare = basename(gitDir) !== ".git";
    super(`'${cwd}' is in ${isBare ? "a bare Git repository" : "Git's own folder"}, which has no work tree`, {
      hint: isBare ? "Clone it, and work in the clone." : "Go to the folder of your files, where `.git` lies.",
    });
  }
}

/** The repository has no commit to start an experiment from. */
export class NoCommitsError extends TrackerError {
  override readonly code = "NO_COMMITS";

  constructor(root: string) {
    super(`The Git repository in '${root}' has no commits yet`, {
      hint: "Commit your files once: `git add . && git commit -m start`.",
    });
  }
}

/** A commit that is no experiment was given where one is needed. */
export class NotAnExperimentError extends TrackerError {
  override readonly code = "NOT_AN_EXPERIMENT";

  constructor(revision: string) {
    super(`'${revision}' is a commit, but not one of an experiment`, {
      hint: "Run `waymark exp list -A` to see the experiments of every commit.",
    });
  }
}

/** Files with changes that exist nowhere else would be overwritten or deleted; nothing was changed. */
export class FilesInTheWayError extends TrackerError {
  override readonly code = "FILES_IN_THE_WAY";
  readonly paths: readonly string[];

  constructor(what: string, paths: readonly string[], hint: string) {
    super(`${what} would replace changes that are saved nowhere:\n${listPaths(paths)}`, { hint });
    this.paths = paths;
  }
}

/** Another repository stands where files are to be written; nothing was changed. */
export class SubmoduleInTheWayError extends TrackerError {
  override readonly code = "SUBMODULE_IN_THE_WAY";
  readonly path: string;

  constructor(path: string) {
    super(`'${path}' is a Git repository of its own, and the experiment has files in its place`, {
      hint: "Move it away first: what it holds is not in this repository, so nothing could bring it back.",
    });
    this.path = path;
  }
}

/** A file has a name that is not UTF-8. */
export class UnreadablePathError extends TrackerError {
  override readonly code = "UNREADABLE_PATH";

  constructor(path: string) {
    super(`The name '${path}' is not UTF-8`, { hint: "Rename the file: DVC and Waymark write names as UTF-8." });
  }
}

/** A commit has a file where it has a folder, too, which none has that Git made. */
export class DoubledPathError extends TrackerError {
  override readonly code = "DOUBLED_PATH";
  readonly path: string;

  constructor(path: string) {
    super(`'${path}' is a file and a folder at once`, {
      hint: "Somebody made this commit with tools of their own: see `git fsck`, and ask where it came from.",
    });
    this.path = path;
  }
}

/** Files are in conflict, as after a merge that was not finished; nothing was changed. */
export class UnfinishedMergeError extends TrackerError {
  override readonly code = "UNFINISHED_MERGE";
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(`A merge is not finished; in conflict are:\n${listPaths(paths)}`, {
      hint: "Finish it with `git commit`, or take it back with `git merge --abort`.",
    });
    this.paths = paths;
  }
}

/** What was to be given back is not there any more. */
export class NothingRecordedError extends TrackerError {
  override readonly code = "NOTHING_RECORDED";

  constructor(commit: string) {
    super(`Commit ${commit.slice(0, 7)} does not hold a workspace to give back`, {
      hint: "It was deleted, or made by another program. `git fsck --lost-found` may still find its files.",
    });
  }
}

/** Content that the cache should have is not there. */
export class MissingDataError extends TrackerError {
  override readonly code = "MISSING_DATA";
  readonly paths: readonly string[];

  constructor(what: string, paths: readonly string[], hint: string) {
    super(`${what} needs content that is not in the cache:\n${listPaths(paths)}`, { hint });
    this.paths = paths;
  }
}

/** A process is logging into a folder that would be changed. */
export class RunInProgressError extends TrackerError {
  override readonly code = "RUN_IN_PROGRESS";

  constructor(folder: string, pid: number) {
    super(`A run is going on in '${folder}' (process ${pid})`, { hint: "Wait until it ends, or stop it with Ctrl-C." });
  }
}

/** The branch to make exists. */
export class BranchExistsError extends TrackerError {
  override readonly code = "BRANCH_EXISTS";

  constructor(branch: string) {
    super(`Branch '${branch}' exists already`, { hint: "Give another name: `waymark exp branch EXPERIMENT NAME`." });
  }
}

/** A branch name that Git does not take. */
export class InvalidBranchNameError extends TrackerError {
  override readonly code = "INVALID_BRANCH_NAME";

  constructor(branch: string) {
    super(`'${branch}' is not a valid branch name`, { hint: "See `git help check-ref-format` for what Git takes." });
  }
}

/** A path that should be in the project is elsewhere. */
export class OutsideRepositoryError extends TrackerError {
  override readonly code = "OUTSIDE_REPOSITORY";
  readonly path: string;

  constructor(path: string, root: string) {
    super(`'${path}' is not a file or folder inside '${root}'`, { hint: "Only files of the project can be saved." });
    this.path = path;
  }
}

/** An experiment changed while a command worked on it. */
export class ExperimentMovedError extends TrackerError {
  override readonly code = "EXPERIMENT_MOVED";

  constructor(name: string, cause?: unknown) {
    super(`Experiment '${name}' was changed by another process meanwhile`, { hint: "Run the command again.", cause });
  }
}

/** An experiment records no command, or not where to run it. */
export class NoRecordedCommandError extends TrackerError {
  override readonly code = "NO_RECORDED_COMMAND";

  constructor(name: string) {
    super(`Experiment '${name}' does not say which command made it`, {
      hint: "Restore its files with `--no-run`, then start your program with WAYMARK_RESUME=1.",
    });
  }
}

/** A column that a listing was to be sorted by does not exist, or exists in several files. */
export class UnknownColumnError extends TrackerError {
  override readonly code = "UNKNOWN_COLUMN";

  constructor(column: string, candidates: readonly string[]) {
    const isAmbiguous = candidates.length > 1;
    super(isAmbiguous ? `Column '${column}' is in several files` : `No metric or param named '${column}'`, {
      hint:
        candidates.length === 0
          ? "Run `waymark exp show` to see the columns."
          : `${isAmbiguous ? "Write one of" : "Did you mean"} ${candidates.join(" or ")}${isAmbiguous ? "." : "?"}`,
    });
  }
}

const LISTED = 20;

function listPaths(paths: readonly string[]): string {
  const lines = paths.slice(0, LISTED).map((path) => `  ${path}`);
  if (paths.length > LISTED) lines.push(`  and ${paths.length - LISTED} more`);
  return lines.join("\n");
}

function describeSteps(experiment: string, steps: readonly number[]): string {
  if (steps.length === 0)
    return `Its files can be put back as they were: \`waymark exp apply ${shellWord(experiment)}\`.`;
  const sorted = [...steps].sort((a, b) => a - b);
  const shown = sorted.length > 8 ? [...sorted.slice(0, 3), "…", ...sorted.slice(-4)] : sorted;
  return `Its checkpoints are of ${steps.length === 1 ? "step" : "steps"} ${shown.join(", ")}.`;
}
