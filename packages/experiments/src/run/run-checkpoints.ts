import { existsSync, readFileSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import {
  type CheckpointOutcome,
  defaultExperimentMessage,
  type KeepPolicy,
  parsePythonJson,
  TrackerError,
} from "@waymark/core";
import { RUN_FILE, RUN_FOLDER } from "@waymark/core/run-file";
import type { PrivateIndex } from "@waymark/git";
import { lockFileOf, type ProjectStage, projectPrefix, snapshotStage } from "@waymark/pipeline";
import { planContinuation, toTrackerOrigin } from "../continuation.ts";
import { hashReproduced } from "./reproduced-hash.ts";
import { suggestFreeName } from "../experiment-names.ts";
import type { Origin } from "../find-origin.ts";
import { readSummaryNumber } from "../keep.ts";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import { toRepositoryPath } from "../project.ts";
import { ExperimentTracker } from "../run-tracker.ts";
import { formatCheckpointSelector } from "../selector.ts";
import type { RequestedCheckpoint } from "./checkpoint-requests.ts";
import { formatRunCommand } from "./command-line.ts";
import { isNewerThan } from "./live-folders.ts";
import { restoreOutputs } from "./restore-run.ts";
import { isWithin, type RunContent, stageUntracked } from "./run-content.ts";
import type { RunContext, RunPipeline } from "./run-context.ts";

/** What the checkpoints of a run are made of. */
export interface RunCheckpointsOptions {
  /** The checkpoint that the run goes on from. */
  readonly origin: Origin | undefined;
  readonly pipeline: RunPipeline | undefined;
  /** Says what each commit takes beside what is asked for. */
  readonly readContent: () => Promise<RunContent>;
}

/** How the last commit of a run with checkpoints is made. */
export interface ChainEnd {
  /** Of the stages that were reproduced. */
  readonly hash: string | undefined;
  readonly content: RunContent;
  /** Why it was stopped; `undefined` when it simply finished. */
  readonly reason: string | undefined;
}

/**
 * The checkpoints of a run, one commit each. Made when the first one is asked for, or at once when the run goes on from
 * one: a run that asks for none is saved in one commit at its end.
 */
export class RunCheckpoints {
  readonly #context: RunContext;
  readonly #origin: Origin | undefined;
  #tracker: ExperimentTracker | undefined;
  #dir: string;
  readonly #pipeline: RunPipeline | undefined;
  readonly #running = new Set<ProjectStage>();
  readonly #reproduced = new Set<ProjectStage>();
  readonly #readContent: () => Promise<RunContent>;
  /** Untracked files that each commit takes; not looked for before the first. */
  #content: RunContent | undefined;
  /** Lock files as they would be, by path in the repository. */
  #locks = new Map<string, Uint8Array>();
  #text = defaultExperimentMessage();
  /** Files of the newest request: at the end they are looked at again. */
  #paths: readonly string[] = [];
  #lastStep: number | undefined;
  #isSignalled = false;
  /** The logger has said which folder is its own. */
  #isFolderKnown: boolean;
  #newest: { readonly name: string; readonly commit: string } | undefined;

  constructor(context: RunContext, { origin, pipeline, readContent }: RunCheckpointsOptions) {
    this.#context = context;
    this.#origin = origin;
    this.#pipeline = pipeline;
    this.#readContent = readContent;
    this.#dir = this.#guessFolder(origin?.point.trailers.folder);
    this.#isFolderKnown = origin?.point.trailers.folder !== undefined;
    this.#lastStep = origin?.point.trailers.step;
    // Made at once, so that what it compares with is the work tree as it is before anything runs.
    if (origin !== undefined) this.#openTracker({ kind: "all" });
  }

  /** The newest commit of this run. */
  get newest(): { readonly name: string; readonly commit: string } | undefined {
    return this.#newest;
  }

  /** The run is saved as a chain, and not in one commit. */
  get isChain(): boolean {
    return this.#tracker !== undefined;
  }

  /** The live folder, relative to the repository. */
  get folder(): string {
    return toRepositoryPath(this.#context.place.project.root, this.#dir) ?? "live";
  }

  beginStage(stage: ProjectStage): void {
    this.#running.add(stage);
    this.#reproduced.add(stage);
  }

  endStage(stage: ProjectStage): void {
    this.#running.delete(stage);
    this.#locks.clear();
  }

  /** The hash of the stages that were reproduced so far. */
  hashOfReproduced(): string | undefined {
    return this.#pipeline === undefined ? undefined : hashReproduced(this.#pipeline.dvc.root, [...this.#reproduced]);
  }

  /** A checkpoint that the logger asks for. */
  async request(request: RequestedCheckpoint): Promise<CheckpointOutcome> {
    const folder = request.include.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
    if (folder !== undefined && this.#tracker === undefined) this.#dir = folder;
    this.#isFolderKnown ||= folder !== undefined;
    return this.#make(request, request.keep ?? { kind: "all" });
  }

  /** A checkpoint by the signal of DVC 2: whatever the outputs of the stage are now. */
  async signalled(): Promise<CheckpointOutcome> {
    const include = this.#liveFolder;
    const summary = include.length === 0 ? {} : readSummary(this.#dir);
    const logged = readSummaryNumber(summary, "step") ?? 0;
    const step = this.#lastStep === undefined ? logged : Math.max(logged, this.#lastStep + 1);
    this.#isSignalled = true;
    return this.#make({ step, paths: [], include, summary, keep: undefined }, { kind: "all" });
  }

  /**
   * Puts the checkpoint outputs of a stage as the best checkpoint has them in place, where the logger keeps the best by
   * a metric: that is the result that later stages are about. The caller holds the lock of the project.
   */
  async chooseBest(stage: ProjectStage): Promise<void> {
    const best = this.#tracker?.best;
    if (best === undefined || this.#pipeline === undefined) return;
    const { place, effects } = this.#context;
    await restoreOutputs(place.project, this.#pipeline.dvc, best.tree, [stage], (out) => out.isCheckpoint);
    const name = formatCheckpointSelector(this.#tracker?.experimentName ?? "", best.trailers.step);
    effects.onNote?.(`The result is that of the best checkpoint, ${name}.`);
  }

  /** The last commit: the run has ended well, or was stopped because it is enough. */
  finish({ hash, content, reason }: ChainEnd): CheckpointOutcome {
    const tracker = this.#openTracker({ kind: "all" });
    this.#content = content;
    this.#locks.clear();
    this.#text = this.#context.spec.message ?? defaultExperimentMessage(hash);
    const include = this.#liveFolder;
    const summary = include.length === 0 ? {} : readSummary(this.#dir);
    const logged = readSummaryNumber(summary, "step");
    // After signals comes one more, as with DVC 2; the last of a logger's takes the end of the run upon itself.
    const step = this.#isSignalled ? undefined : (logged ?? this.#lastStep);
    const outcome = tracker.end({
      ...{ step, paths: this.#paths.filter((path) => existsSync(path)), summary, status: "finished", reason },
      include: this.#included(include),
    });
    this.#remember(outcome);
    return outcome;
  }

  /** The run was cut short: its newest checkpoint says so. */
  cutShort(status: "interrupted" | "failed", reason: string): CheckpointOutcome | undefined {
    const outcome = this.#tracker?.cutShort(status, reason);
    if (outcome !== undefined) this.#remember(outcome);
    return outcome;
  }

  async #make(request: RequestedCheckpoint, keep: KeepPolicy): Promise<CheckpointOutcome> {
    try {
      this.#content ??= await this.#readContent();
      await this.#recordStages();
      this.#paths = this.#withoutOutputs(request.paths);
      const outcome = this.#openTracker(keep).checkpoint({
        ...{ step: request.step, paths: this.#paths, summary: request.summary },
        include: this.#included(request.include),
      });
      this.#remember(outcome);
      if (outcome.kind === "committed") this.#lastStep = request.step;
      return outcome;
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/\s+/gu, " ") : String(error);
      return { kind: "failed", reason, hint: error instanceof TrackerError ? error.hint : undefined };
    }
  }

  /** What the stages that run now have made goes to the cache, and the commit's dvc.lock says so; the real one does not. */
  async #recordStages(): Promise<void> {
    if (this.#pipeline === undefined) return;
    const now = new Map<string, string>();
    for (const stage of this.#running) {
      const { lockFile, lockText } = await snapshotStage(this.#pipeline.dvc, stage, now);
      if (lockText === undefined) continue;
      this.#locks.set(posix.join(this.#prefix, lockFile), Buffer.from(lockText));
      now.set(lockFile, lockText);
    }
    this.#text = defaultExperimentMessage(hashReproduced(this.#pipeline.dvc.root, [...this.#reproduced], now));
  }

  /** Outputs of stages are recorded in dvc.lock: a `.dvc` file beside it would claim them a second time. */
  #withoutOutputs(paths: readonly string[]): readonly string[] {
    if (this.#pipeline === undefined) return paths;
    const outs = new Set(this.#pipeline.loaded.stages.flatMap((stage) => stage.outs.map(({ path }) => path)));
    const { root } = this.#pipeline.dvc;
    return paths.filter((path) => {
      const inside = toRepositoryPath(root, path);
      return inside === undefined || !isWithin(inside, outs);
    });
  }

  /** What the cache keeps is not Git's, also when a logger wrote it. */
  #included(paths: readonly string[]): readonly string[] {
    const { root } = this.#context.place.project;
    const cached = new Set(this.#content?.cached);
    return paths.filter((path) => {
      const inside = toRepositoryPath(root, path);
      return inside !== undefined && !isWithin(inside, cached);
    });
  }

  #openTracker(keep: KeepPolicy): ExperimentTracker {
    if (this.#tracker !== undefined) return this.#tracker;
    const { place, spec, random } = this.#context;
    const { project, fence } = place;
    prepareDvcFolder(project);
    const origin = this.#origin;
    const continuation =
      origin === undefined ? undefined : planContinuation(project, origin, this.#dir, this.#ownPaths);
    const isOtherName = origin !== undefined && spec.name !== origin.experiment.name;
    this.#tracker = new ExperimentTracker({
      ...{ project, dir: this.#dir, cwd: join(project.root, spec.cwd), baseline: spec.baseline, keep, fence },
      experimentName: origin?.experiment.name ?? spec.name,
      ...{ message: undefined, textOf: () => this.#text, command: formatRunCommand(spec) },
      origin:
        origin === undefined
          ? undefined
          : toTrackerOrigin(project, origin, {
              mustFork: isOtherName || (continuation?.kind === "fork" && continuation.isCertain),
              forkName: isOtherName ? spec.name : undefined,
              keep,
            }),
      stage: (index) => this.#stage(index),
      ownPaths: () => this.#ownPaths,
      // Git may track metrics that a stage writes.
      looksAlways: this.#pipeline !== undefined,
      suggestName: () => suggestFreeName(project.repo, spec.baseline, random),
      force: spec.force && origin === undefined,
    });
    return this.#tracker;
  }

  #stage(index: PrivateIndex): void {
    if (this.#content !== undefined) stageUntracked(this.#context.place.project, index, this.#content);
    index.put(this.#locks);
  }

  /** What stages write changes with every checkpoint, and is no reason to call the run another one. */
  get #ownPaths(): readonly string[] {
    if (this.#pipeline === undefined) return ["dvc.lock"];
    const { loaded } = this.#pipeline;
    const paths = loaded.stages.flatMap((stage) => [lockFileOf(stage), ...stage.outs.map(({ path }) => path)]);
    return [...new Set(paths)].map((path) => posix.join(this.#prefix, path));
  }

  /** The live folder, if this run logs into it: what an earlier one has left there is none of this experiment's. */
  get #liveFolder(): readonly string[] {
    if (this.#isFolderKnown) return existsSync(this.#dir) ? [this.#dir] : [];
    const { startedMs } = this.#context;
    return ["metrics.json", join(RUN_FOLDER, RUN_FILE)].some((name) => isNewerThan(join(this.#dir, name), startedMs))
      ? [this.#dir]
      : [];
  }

  get #prefix(): string {
    const { repo, dvcRoot } = this.#context.place.project;
    return projectPrefix(repo, dvcRoot);
  }

  #remember(outcome: CheckpointOutcome): void {
    const { journal, effects } = this.#context;
    if (outcome.kind === "failed") {
      effects.onWarning?.(`A checkpoint was not made: ${outcome.reason}. ${outcome.hint ?? ""}`.trim());
      return;
    }
    const { experimentName: name, commit, step, forkedFrom, notes = [] } = outcome;
    this.#newest = { name, commit };
    journal.update({ name, commit });
    if (forkedFrom !== undefined) effects.onNote?.(`This run goes on as ${name}; ${forkedFrom} stays as it was.`);
    for (const note of notes) effects.onNote?.(note);
    effects.onCheckpoint?.({ name, step, commit });
  }

  #guessFolder(recorded: string | undefined): string {
    const { place, spec, env } = this.#context;
    const cwd = join(place.project.root, spec.cwd);
    if (recorded !== undefined) return join(place.project.root, recorded);
    const given = env["WAYMARK_DIR"];
    const candidates = [...(given === undefined || given === "" ? [] : [given]), "live", "dvclive"];
    const folders = candidates.map((name) => resolve(cwd, name));
    return folders.find((path) => existsSync(path)) ?? resolve(cwd, candidates[0] ?? "live");
  }
}

function readSummary(dir: string): Readonly<Record<string, unknown>> {
  try {
    const value = parsePythonJson(readFileSync(join(dir, "metrics.json"), "utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    // No logger.
    return {};
  }
}
