import { type ResumePoint, type RunOpening, type RunStart, TrackerError, type TrackerProvider } from "@waymark/core";
import { type GitRepository, readIdentity, readRef } from "@waymark/git";
import { readChain } from "./chain.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import { chooseName, suggestFreeName } from "./experiment-names.ts";
import { findOrigin, hasCommit, type Origin } from "./find-origin.ts";
import { findProject, type Project, toRepositoryPath } from "./project.ts";
import { applyRestore, planRestore } from "./restore.ts";
import { describeContinuation, planContinuation, toTrackerOrigin } from "./continuation.ts";
import { ExperimentTracker } from "./run-tracker.ts";

/** What {@link createTrackerProvider} takes from the world around it. */
export interface TrackerProviderOptions {
  /** Variables for Git. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Numbers in [0, 1) for names. Default `Math.random`, which a seeded script does not share. */
  readonly random?: () => number;
}

/** Makes the provider that commits the checkpoints of runs as experiments. */
export function createTrackerProvider(options: TrackerProviderOptions = {}): TrackerProvider {
  return { open: (start) => openRun(start, options) };
}

function openRun(start: RunStart, options: TrackerProviderOptions): RunOpening {
  const project = findProject(start.cwd, options.env);
  if (project === undefined) return untracked("no-git", undefined);
  const head = project.repo.headCommit;
  if (head === undefined) {
    return untracked(
      "no-commits",
      "The Git repository has no commits yet, so there is nothing an experiment could start from: checkpoints are " +
        "copied instead. Commit your files once: git add . && git commit -m start",
    );
  }
  const trouble = findTrouble(project, start);
  if (trouble !== undefined) return untracked("unusable", trouble);
  const origin = start.resume ? findOrigin(project.repo, start) : undefined;
  prepareDvcFolder(project);
  return origin === undefined ? openNew(project, start, head, options) : openResumed(project, start, origin, options);
}

function openNew(project: Project, start: RunStart, head: string, options: TrackerProviderOptions): RunOpening {
  const { repo } = project;
  const random = options.random ?? Math.random;
  // A run that is resumed before it made a checkpoint keeps its name and the commit it started from.
  const previous = start.resume ? start.previous : undefined;
  const baseline = previous !== undefined && hasCommit(repo, previous.baseline) ? previous.baseline : head;
  const wanted = previous?.experimentName ?? start.experimentName;
  const emptyTip = previous === undefined ? undefined : findEmptyRun(repo, previous.experimentName, baseline);
  const { name, note } =
    emptyTip === undefined || previous === undefined
      ? chooseName(repo, baseline, wanted, random)
      : { name: previous.experimentName, note: undefined };
  const tracker = new ExperimentTracker({
    ...{ project, dir: start.dir, cwd: start.cwd, baseline, experimentName: name },
    ...{ message: start.message, command: start.command, keep: start.keep, origin: undefined },
    // The run that now gets somewhere takes the place of the one that did not.
    attached:
      emptyTip === undefined
        ? undefined
        : { tip: emptyTip, hasListedFiles: false, chain: { base: baseline, forkedFrom: undefined, commits: [] } },
    suggestName: () => suggestFreeName(repo, baseline, random),
  });
  return { kind: "tracked", tracker, resumed: undefined, notes: note === undefined ? [] : [note] };
}

/** Finds the tip of an experiment that says nothing but how a run ended before it completed a step. */
function findEmptyRun(repo: GitRepository, name: string, baseline: string): string | undefined {
  const tip = readRef(repo, formatExperimentRef(baseline, name));
  if (tip === undefined) return undefined;
  const [end, ...others] = readChain(repo, tip, baseline);
  const isEmpty = others.length === 0 && end?.trailers.runId !== undefined && end.trailers.step === undefined;
  return isEmpty ? tip : undefined;
}

function openResumed(project: Project, start: RunStart, origin: Origin, options: TrackerProviderOptions): RunOpening {
  const { repo } = project;
  const random = options.random ?? Math.random;
  const { experiment, point } = origin;
  const { baseline } = experiment;
  const plan = planRestore(project, origin, start.dir);
  const continuation = planContinuation(project, origin, start.dir);
  const wanted = start.experimentName === experiment.name ? undefined : start.experimentName;
  const fork = wanted === undefined ? undefined : chooseName(repo, baseline, wanted, random);
  applyRestore(project, plan);
  const resumed: ResumePoint = {
    step: point.trailers.step ?? 0,
    commit: point.id,
    status: point.trailers.status ?? "running",
    restored: plan.restored,
  };
  const tracker = new ExperimentTracker({
    ...{ project, dir: start.dir, cwd: start.cwd, baseline, experimentName: experiment.name },
    ...{ message: start.message, command: start.command, keep: start.keep },
    origin: toTrackerOrigin(project, origin, {
      mustFork: continuation.kind === "fork" && continuation.isCertain,
      forkName: fork?.name,
      keep: start.keep,
    }),
    suggestName: () => suggestFreeName(repo, baseline, random),
  });
  return { kind: "tracked", tracker, resumed, notes: [describeContinuation(origin, continuation)] };
}

/** Finds what keeps a run from being saved, before it has logged anything. */
function findTrouble(project: Project, start: RunStart): string | undefined {
  if (toRepositoryPath(project.root, start.dir) === undefined) {
    return `'${start.dir}' lies outside of the Git repository '${project.root}', so the run is not saved as an experiment.`;
  }
  try {
    project.repo.requireSha1();
    readIdentity(project.repo);
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    return `The run is not saved as an experiment: ${error.message}. ${error.hint ?? ""}`.trim();
  }
  return undefined;
}

function untracked(reason: "no-git" | "no-commits" | "unusable", message: string | undefined): RunOpening {
  return { kind: "untracked", reason, message };
}
