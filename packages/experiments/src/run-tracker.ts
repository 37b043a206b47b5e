import {
  type CheckpointOutcome,
  type CheckpointRequest,
  type CommitTrailers,
  defaultExperimentMessage,
  type EndRequest,
  formatCommitMessage,
  type KeepPolicy,
  type RunStatus,
  type RunTracker,
  TrackerError,
} from "@waymark/core";
import { commitTree, type PrivateIndex, readRef, RefChangedError, startPackingLooseObjects } from "@waymark/git";
import { CheckpointFiles } from "./checkpoint-files.ts";
import { findPlace } from "./commit-place.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { readSummaryNumber } from "./keep.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { ReleaseQueue } from "./release.ts";
import { moveFenced, type RunFence } from "./run/run-fence.ts";
import { findRelevantChanges } from "./relevant-changes.ts";
import { type ChainStart, RunChain, type RunCommit } from "./run-chain.ts";
import { readRunId } from "./run-id.ts";
import { formatCheckpointSelector } from "./selector.ts";
import { createSnapshotIndex, stageMissing, stageWorkspace } from "./snapshot.ts";

/** What a tracker starts from. Paths are absolute. */
export interface TrackerStart {
  readonly project: Project;
  /** Live folder. */
  readonly dir: string;
  readonly cwd: string;
  readonly baseline: string;
  readonly experimentName: string;
  readonly message: string | undefined;
  readonly command: readonly string[];
  readonly keep: KeepPolicy;
  /** The checkpoint to go on from; `undefined` for a new run. */
  readonly origin: TrackerOrigin | undefined;
  /** The run is in full course, and this tracker takes over from another one. */
  readonly attached?: AttachedRun | undefined;
  /** Answers a free name for this baseline. */
  readonly suggestName: () => string;
  /** Takes more into each commit than what its request names. Default: nothing. */
  readonly stage?: (index: PrivateIndex) => void;
  /** Takes every change of tracked files with each checkpoint, however long that takes. Default false. */
  readonly looksAlways?: boolean;
  /** What the run writes beside its live folder and what its requests name: changes of it make no fork. */
  readonly ownPaths?: () => readonly string[];
  /** Text of the next message, when `message` has none. Default: DVC's, for an experiment in which no stage ran. */
  readonly textOf?: () => string;
  /** The first commit replaces an experiment of that name. Default false: the run takes another name. */
  readonly force?: boolean;
  /** Default: nobody else can go on with this run. */
  readonly fence?: RunFence | undefined;
}

/** The checkpoint that a resumed run goes on from. */
export interface TrackerOrigin {
  readonly point: RunCommit;
  /** The experiment's own commits up to that checkpoint. */
  readonly chain: ChainStart;
  /** What the experiment's ref points to now. */
  readonly tip: string;
  /** A fork is certain, whatever code and params are. */
  readonly mustFork: boolean;
  /** Name of the fork, when the user gave one. */
  readonly forkName: string | undefined;
}

/** A run whose commits so far were made by another tracker. */
export interface AttachedRun {
  readonly chain: ChainStart;
  readonly tip: string;
  /** Some of its checkpoints list files. */
  readonly hasListedFiles: boolean;
}

interface Fork {
  readonly name: string;
  /** `NAME@STEP` */
  readonly from: string;
}

const ATTEMPTS = 5;

/** After so many checkpoints, their objects are packed: loose ones hold every state of a history in full. */
const PACK_EVERY = 50;

/** Commits the checkpoints of one run. */
export class ExperimentTracker implements RunTracker {
  readonly baseline: string;
  readonly root: string;
  readonly #start: TrackerStart;
  readonly #index: PrivateIndex;
  readonly #files: CheckpointFiles;
  #release: ReleaseQueue | undefined;
  /** Of the commit that is being made. */
  #notes: readonly string[] = [];
  #name: string;
  #chain: RunChain;
  /** What the ref points to, as far as we know: `undefined` before the first commit. */
  #tip: string | undefined;
  /** Where a resumed run goes on from, until its first commit. */
  #origin: TrackerOrigin | undefined;
  #hasListedFiles: boolean;
  #runId: string | undefined;
  /** Commits of this run, by whichever process. */
  #count: number;

  constructor(start: TrackerStart) {
    const { project, origin, attached, baseline } = start;
    this.#start = start;
    this.baseline = baseline;
    this.root = project.root;
    this.#name = start.experimentName;
    this.#index = createSnapshotIndex(project);
    this.#files = new CheckpointFiles(project, this.#index, {
      ...{ dir: start.dir, listsObjects: start.keep.kind !== "all" },
    });
    this.#origin = origin;
    this.#tip = origin?.tip ?? attached?.tip;
    const chain = origin?.chain ?? attached?.chain ?? { base: baseline, forkedFrom: undefined, commits: [] };
    this.#chain = new RunChain(project.repo, start.keep, chain);
    this.#count = chain.commits.length;
    this.#hasListedFiles = attached?.hasListedFiles ?? (origin?.point.trailers.checkpoints ?? []).length > 0;
  }

  get experimentName(): string {
    return this.#name;
  }

  /** The checkpoint that a policy calls the best; `undefined` without such a policy, and when the newest one is it. */
  get best(): RunCommit | undefined {
    const { keep } = this.#start;
    if (keep.kind !== "best") return undefined;
    const { newest } = this.#chain;
    const best = this.#chain.findBest(keep.goal);
    return best === newest ? undefined : best;
  }

  checkpoint(request: CheckpointRequest): CheckpointOutcome {
    return guard(() => this.#commit(request, "running", undefined));
  }

  end(request: EndRequest): CheckpointOutcome {
    const outcome = guard(() => this.#commit(request, request.status, request.reason));
    guard(() => {
      this.#release?.flush(this.#chain.neededObjects);
      if (request.status === "finished") this.#release?.close();
      this.#index[Symbol.dispose]();
      if (this.#count > PACK_EVERY) startPackingLooseObjects(this.#start.project.repo);
      return outcome;
    });
    return outcome;
  }

  /**
   * Ends a run that was cut short: its newest checkpoint says so, with the files it has. What lies in the workspace now
   * may be half-written, or put back by then.
   *
   * @returns `undefined` when this run has made no checkpoint.
   */
  cutShort(status: Exclude<RunStatus, "running" | "finished">, reason: string): CheckpointOutcome | undefined {
    const last = this.#chain.newest;
    if (last === undefined || this.#origin !== undefined) return undefined;
    const outcome = guard(() => {
      const trailers: CommitTrailers = { ...last.trailers, status, reason: oneLine(reason) };
      const { repo } = this.#start.project;
      const id = commitTree(repo, { tree: last.tree, parents: [last.parent], message: this.#format(trailers) });
      const update = this.#chain.add({ ...last, id, trailers }, true);
      const landed = this.#moveRef(this.#name, this.#tip, update.tip);
      this.#name = landed.name;
      this.#tip = update.tip;
      this.#chain = update.next;
      return this.#answer(update.tip, trailers.step, landed.movedFrom);
    });
    guard(() => {
      this.#release?.flush(this.#chain.neededObjects);
      this.#index[Symbol.dispose]();
      return outcome;
    });
    return outcome;
  }

  #commit(request: CheckpointRequest | EndRequest, status: RunStatus, reason: string | undefined): CheckpointOutcome {
    const { project, keep } = this.#start;
    const runId = (this.#runId ??= readRunId(this.#start.dir));
    if (keep.kind !== "all") this.#release ??= new ReleaseQueue(project, runId);
    const stored = this.#files.store(request.paths);
    this.#release?.remember(stored.created);
    this.#notes = stored.notes;
    const include = request.include.flatMap((path) => toRepositoryPath(project.root, path) ?? []);
    stageWorkspace(project, this.#index, {
      paths: [...include, ...stored.stage],
      // While training runs, a look at every tracked file of a large repository is not worth every checkpoint.
      isThrifty: status === "running" && this.#origin === undefined && this.#start.looksAlways !== true,
    });
    this.#start.stage?.(this.#index);
    const last = this.#chain.newest ?? this.#origin?.point;
    const fork = this.#decideFork([...include, ...stored.listed]);
    const place = findPlace({
      ...{ step: request.step, status, hasFiles: request.paths.length > 0, hadFiles: this.#hasListedFiles },
      lastStep: last?.trailers.step,
      isSameTree: () => last?.tree === this.#index.writeTree(),
    });
    if (status !== "running" && place.replaces && this.#isOldNews(status, fork) && last !== undefined) {
      return this.#answer(last.id, request.step, undefined);
    }
    // What is replaced must be this experiment's own; a fork begins with the checkpoint it goes on from.
    const replaced = place.replaces && fork === undefined ? this.#chain.newest : undefined;
    const parent = replaced?.parent ?? last?.id ?? this.baseline;
    const listed = stored.listed.length > 0 ? stored.listed : (replaced?.trailers.checkpoints ?? []);
    const trailers: CommitTrailers = {
      ...{ runId, step: place.step, status },
      checkpoints: place.step === undefined ? [] : listed,
      reason: reason === undefined ? undefined : oneLine(reason),
      command: this.#start.command,
      cwd: toRepositoryPath(project.root, this.#start.cwd) || ".",
      folder: toRepositoryPath(project.root, this.#start.dir) || ".",
      forkedFrom: fork?.from ?? this.#chain.originOf(parent),
    };
    const made = this.#index.commit({ parents: [parent], message: this.#format(trailers) });
    const chain =
      fork === undefined
        ? this.#chain
        : new RunChain(project.repo, keep, { base: parent, forkedFrom: fork.from, commits: [] });
    const update = chain.add(
      {
        ...{ id: made.commit, tree: made.tree, parent, trailers },
        value: keep.kind === "best" ? readSummaryNumber(request.summary, keep.metric) : undefined,
        objects: stored.listed.length > 0 ? stored.objects : (replaced?.objects ?? []),
      },
      replaced !== undefined,
    );
    const landed = this.#moveRef(fork?.name ?? this.#name, fork === undefined ? this.#tip : undefined, update.tip);
    this.#name = landed.name;
    this.#tip = update.tip;
    this.#chain = update.next;
    this.#origin = undefined;
    this.#hasListedFiles ||= listed.length > 0;
    this.#release?.add(update.dropped, update.next.neededObjects);
    this.#count += 1;
    if (status === "running" && this.#count % PACK_EVERY === 0) startPackingLooseObjects(project.repo);
    return this.#answer(update.tip, request.step, fork?.from ?? landed.movedFrom);
  }

  /** Decides, at the first commit after resuming, whether the run goes on as another experiment. */
  #decideFork(written: readonly string[]): Fork | undefined {
    const origin = this.#origin;
    if (origin === undefined) return undefined;
    const { project, dir, suggestName } = this.#start;
    const { point, mustFork, forkName } = origin;
    stageMissing(project, this.#index, point.tree);
    const own = {
      folder: toRepositoryPath(project.root, dir),
      paths: [...written, ...(point.trailers.checkpoints ?? []), ...(this.#start.ownPaths?.() ?? [])],
    };
    const isChanged = findRelevantChanges(project.repo, point.tree, this.#index.writeTree(), own).length > 0;
    if (!mustFork && !isChanged) return undefined;
    return { name: forkName ?? suggestName(), from: formatCheckpointSelector(this.#name, point.trailers.step) };
  }

  /** A run that was resumed and ended without another step has nothing to add, unless its status is new. */
  #isOldNews(status: RunStatus, fork: Fork | undefined): boolean {
    const origin = this.#origin;
    if (origin === undefined) return false;
    return fork === undefined ? origin.point.trailers.status === status : origin.mustFork;
  }

  /**
   * Moves a ref from where we left it to a new commit.
   *
   * Removed while the run goes on, the experiment appears again with what it has. Moved by another process, it is left
   * alone: the run goes on under a name of its own.
   */
  #moveRef(name: string, from: string | undefined, to: string): { name: string; movedFrom: string | undefined } {
    const { repo } = this.#start.project;
    let current = { name, from };
    let movedFrom: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const ref = formatExperimentRef(this.baseline, current.name);
      try {
        moveFenced(repo, { ref, newId: to, oldId: current.from ?? null }, this.#start.fence, current.name);
        return { name: current.name, movedFrom };
      } catch (error) {
        if (!(error instanceof RefChangedError) || attempt === ATTEMPTS) throw error;
        const there = readRef(repo, ref);
        const isGone = there === undefined;
        if (!isGone && this.#start.force === true && current.from === undefined) {
          current = { name: current.name, from: there };
          continue;
        }
        if (!isGone && current.from !== undefined) movedFrom = current.name;
        current = { name: isGone ? current.name : this.#start.suggestName(), from: undefined };
      }
    }
  }

  #format(trailers: CommitTrailers): string {
    const text = this.#start.message ?? this.#start.textOf?.() ?? defaultExperimentMessage();
    return formatCommitMessage({ text, trailers });
  }

  #answer(commit: string, step: number | undefined, forkedFrom: string | undefined): CheckpointOutcome {
    const ref = formatExperimentRef(this.baseline, this.#name);
    const notes = this.#notes.length === 0 ? {} : { notes: this.#notes };
    return { kind: "committed", commit, experimentName: this.#name, ref, step, forkedFrom, ...notes };
  }
}

/** Training goes on whatever happens here. */
function guard(action: () => CheckpointOutcome): CheckpointOutcome {
  try {
    return action();
  } catch (error) {
    const reason = error instanceof Error ? oneLine(error.message) : String(error);
    return { kind: "failed", reason, hint: error instanceof TrackerError ? error.hint : undefined };
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}
