import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import type { CheckpointOutcome, CheckpointRequest, EndRequest } from "@waymark/core";
import { InvalidDataTypeError, InvalidOptionError } from "../errors.ts";
import type { CheckpointOptions } from "../options.ts";
import { checkOutside } from "../session/check-arguments.ts";
import type { OpenedRun } from "../session/open-run.ts";
import { signalDvc2Checkpoint, signalDvc2CheckpointSync } from "./dvc2-signal.ts";
import type { CheckpointResult } from "./outcome.ts";
import { isWantedByRunner, requestFromRunner } from "./runner.ts";

/** What the maker asks of the session it belongs to. */
export interface CheckpointContext {
  /** Sizes of all histories on disk, by absolute path. */
  readonly sizes: () => Iterable<readonly [path: string, sizeBytes: number]>;
  /** Files and folders the logger wrote, absolute. */
  readonly include: () => readonly string[];
  readonly dvcRoot: string | undefined;
}

/** The checkpoint a run would be resumed from. */
export interface LastCheckpoint {
  readonly step: number;
  readonly outcome: CheckpointResult;
}

/** Makes the checkpoints of one run, by whoever can: the runner, the tracker, or copies where there is no Git. */
export class CheckpointMaker {
  readonly #run: OpenedRun;
  readonly #context: CheckpointContext;
  /** Files of the latest checkpoint, and cached files of the run: absolute paths. */
  #paths: readonly string[] = [];
  readonly #artifacts = new Set<string>();
  readonly #atEnd = new Set<string>();
  #last: LastCheckpoint | undefined;
  #signalledStep: number | undefined;

  constructor(run: OpenedRun, context: CheckpointContext) {
    this.#run = run;
    this.#context = context;
  }

  /** The newest checkpoint that was made. */
  get last(): LastCheckpoint | undefined {
    return this.#last;
  }

  /** Lets a file or folder go to the content cache with the next checkpoint, and at the end. */
  trackArtifact(path: string): boolean {
    const { tracker, settings } = this.#run;
    if (tracker === undefined && settings.wishes.checkpointFolder === undefined) return false;
    if (tracker !== undefined && isOutside(tracker.root, path)) {
      settings.trouble.warn(
        `artifact ${path}`,
        `The artifact '${path}' lies outside of the Git repository, so its content is not kept. Use \`copy: true\` to keep a copy.`,
      );
    } else this.#artifacts.add(path);
    return true;
  }

  /** Lets a folder go to the content cache when the run ends. */
  trackAtEnd(path: string): void {
    this.#atEnd.add(path);
  }

  /**
   * Checks the files of a checkpoint and makes their paths absolute.
   *
   * @throws {@link InvalidDataTypeError} when `paths` is neither a path nor a list of paths.
   */
  resolvePaths(paths: string | readonly string[]): readonly string[] {
    const list: readonly unknown[] = typeof paths === "string" ? [paths] : paths;
    if (!Array.isArray(list)) throw new InvalidDataTypeError("checkpoint", paths, "Pass a path or a list of paths.");
    return list.map((path) => {
      if (path === "") throw new InvalidOptionError("paths", path, "paths of files and folders");
      if (typeof path !== "string") {
        throw new InvalidDataTypeError("checkpoint", path, "Pass a path or a list of paths.");
      }
      const absolute = resolve(this.#run.settings.cwd, path);
      checkOutside(this.#run.dir, absolute);
      return absolute;
    });
  }

  /** Tells whether a checkpoint is to be made after this step: `every` wants one, or the runner does. */
  isDue(step: number): boolean {
    return (step + 1) % this.#run.settings.every === 0 || this.isWanted;
  }

  /** Tells whether the runner that started this process asks for a checkpoint now. */
  get isWanted(): boolean {
    const folder = this.#run.settings.wishes.checkpointFolder;
    return folder !== undefined && isWantedByRunner(folder);
  }

  /** Makes the checkpoint of a step that is complete on disk. */
  async make(step: number, paths: readonly string[], options: CheckpointOptions): Promise<CheckpointResult> {
    this.#paths = paths;
    if (this.#run.settings.isSilent || (options.force !== true && !this.isDue(step))) return { kind: "skipped", step };
    const missing = paths.find((path) => !existsSync(path));
    let result: CheckpointResult =
      missing === undefined
        ? await this.#commit(this.#request(step, paths))
        : { kind: "failed", reason: `'${this.#shown(missing)}' does not exist`, hint: undefined };
    if (result.kind === "failed" && missing === undefined && this.#artifacts.size > 0) {
      const reduced = await this.#commit(this.#request(step, paths, []));
      if (reduced.kind !== "failed") {
        this.#giveUpArtifacts(result.reason);
        result = reduced;
      }
    }
    if (result.kind === "failed") this.#warn(step, result);
    else this.#remember(step, result);
    return result;
  }

  /** The signal of DVC 2 at the end of a step for which no checkpoint was asked. */
  signalStep(step: number): void {
    const { settings } = this.#run;
    const root = this.#context.dvcRoot;
    if (!settings.wishes.isDvc2Checkpoint || root === undefined || this.#signalledStep === step) return;
    this.#signalledStep = step;
    settings.trouble.attempt("dvc 2", "signal a checkpoint", () => {
      signalDvc2CheckpointSync(root, isParentThere());
    });
  }

  /**
   * Commits the end of the run with its status.
   *
   * A run that did not finish is to be continued from its last checkpoint: its files may be half-written by now, so they
   * stay as that checkpoint has them, and the commit carries that step.
   */
  end(status: EndRequest["status"], reason: string | undefined, completedStep: number | undefined): void {
    const { tracker, settings } = this.#run;
    const isFinished = status === "finished";
    // What a run logged for a step that it never completed is no state to go on from.
    const step = isFinished ? (completedStep ?? 0) : (this.#last?.step ?? completedStep);
    if (tracker === undefined) {
      if (isFinished && this.#last?.outcome.kind === "kept" && completedStep !== undefined) {
        this.#keepLast(completedStep);
      }
      return;
    }
    const paths = (isFinished ? [...this.#paths, ...this.#atEnd] : []).filter((path) => existsSync(path));
    const commit = (artifacts?: readonly string[]): CheckpointOutcome =>
      tracker.end({ ...this.#request(step, paths, artifacts), status, reason });
    settings.trouble.attempt("checkpoint", "save the end of the run", () => {
      let outcome = commit();
      if (outcome.kind === "failed" && this.#artifacts.size > 0) {
        const reduced = commit([]);
        if (reduced.kind !== "failed") {
          this.#giveUpArtifacts(outcome.reason);
          outcome = reduced;
        }
      }
      if (outcome.kind === "failed") this.#warn(step ?? 0, outcome);
      else this.#recordExperiment(outcome);
    });
  }

  /** Says which checkpoint there is and how to go on from it. */
  describe(): string {
    const { settings, tracker, givenDir } = this.#run;
    const again = "Run the same command with `resume: true` (or WAYMARK_RESUME=1) to continue.";
    if (this.#last === undefined) {
      return settings.wishes.checkpointFolder === undefined
        ? `No checkpoint was made; the files in '${givenDir}' are complete.`
        : again;
    }
    const { step, outcome } = this.#last;
    if (outcome.kind === "committed") {
      const name = tracker?.experimentName ?? outcome.experimentName;
      return `The checkpoint of step ${step} is kept as ${name}@${step} (${outcome.commit.slice(0, 7)}). To continue: waymark exp resume ${name}`;
    }
    return outcome.kind === "kept"
      ? `The checkpoint of step ${step} is kept in '${this.#shown(outcome.folder)}'. ${again}`
      : again;
  }

  async #commit(request: CheckpointRequest): Promise<CheckpointResult> {
    const { settings, tracker } = this.#run;
    const { wishes, trouble } = settings;
    const root = this.#context.dvcRoot;
    if (wishes.checkpointFolder !== undefined) {
      // A runner that answers requests needs no signal for the same step.
      this.#signalledStep = request.step;
      return await requestFromRunner(wishes.checkpointFolder, { ...request, keep: settings.keep });
    }
    if (wishes.isDvc2Checkpoint && root !== undefined) {
      this.#signalledStep = request.step;
      const isTaken = await signalDvc2Checkpoint(root, isParentThere());
      return isTaken
        ? { kind: "skipped", step: request.step }
        : { kind: "failed", reason: "the runner that started this process has ended", hint: undefined };
    }
    if (tracker !== undefined) {
      let outcome: CheckpointOutcome = { kind: "failed", reason: "the tracker failed", hint: undefined };
      trouble.attempt("checkpoint", `make the checkpoint of step ${request.step}`, () => {
        outcome = tracker.checkpoint(request);
      });
      return outcome;
    }
    if (settings.saveExp) {
      const why =
        wishes.pipeline === "none"
          ? "no Git repository can hold them"
          : "the pipeline that runs this script saves its results itself";
      trouble.warn(
        "kept",
        `Checkpoints are not committed, because ${why}: copies are kept in '${this.#run.givenDir}/.waymark/checkpoints'.`,
      );
    }
    return this.#keep(request, "running");
  }

  #keep(request: CheckpointRequest, status: "running" | "finished"): CheckpointResult {
    const { kept, dir, settings } = this.#run;
    try {
      const folder = kept.add(request, this.#relativeSizes(dir), settings.effects.nowMs(), status);
      return { kind: "kept", step: request.step, folder };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "failed", reason, hint: "Free some space, or keep fewer checkpoints with `keep`." };
    }
  }

  #keepLast(step: number): void {
    const paths = this.#paths.filter((path) => existsSync(path));
    const result = this.#keep(this.#request(step, paths), "finished");
    if (result.kind === "failed") this.#warn(step, result);
    else this.#last = { step, outcome: result };
  }

  /** An artifact that cannot be kept is not worth the checkpoint: it goes on without. */
  #giveUpArtifacts(reason: string): void {
    this.#artifacts.clear();
    this.#run.settings.trouble.warn("artifacts", `Artifacts are not kept with this run: ${reason}. Checkpoints are.`);
  }

  #request<Step extends number | undefined>(
    step: Step,
    paths: readonly string[],
    artifacts: Iterable<string> = this.#artifacts,
  ): Omit<CheckpointRequest, "step"> & { readonly step: Step } {
    return {
      step,
      paths: [...new Set([...paths, ...[...artifacts].filter((path) => existsSync(path))])],
      include: this.#context.include(),
      summary: this.#run.summary.toRecord(),
    };
  }

  #remember(step: number, outcome: CheckpointResult): void {
    this.#last = { step, outcome };
    if (outcome.kind === "committed") this.#recordExperiment(outcome);
  }

  /** A run may go on under another name, which whoever resumes it has to know. */
  #recordExperiment(outcome: Extract<CheckpointOutcome, { kind: "committed" }>): void {
    if (outcome.experimentName !== "" && outcome.experimentName !== this.#run.record.content.experimentName) {
      this.#run.record.update({ experimentName: outcome.experimentName });
      this.#run.settings.trouble.attempt("run file", "record the experiment", () => this.#run.record.write());
    }
    for (const note of outcome.notes ?? []) this.#run.settings.trouble.inform(note);
    if (outcome.forkedFrom !== undefined) {
      this.#run.settings.trouble.inform(
        `This run goes on as ${outcome.experimentName}; ${outcome.forkedFrom} stays as it was.`,
      );
    }
  }

  #warn(step: number, outcome: Extract<CheckpointOutcome, { kind: "failed" }>): void {
    const hint = outcome.hint === undefined ? "" : ` ${outcome.hint}`;
    this.#run.settings.trouble.warn(
      `checkpoint ${outcome.reason}`,
      `The checkpoint of step ${step} was not made: ${outcome.reason}.${hint} Training goes on.`,
    );
  }

  #relativeSizes(dir: string): ReadonlyMap<string, number> {
    const folder = resolve(dir, "plots", "metrics");
    return new Map([...this.#context.sizes()].map(([path, size]) => [relative(folder, path), size]));
  }

  #shown(path: string): string {
    const fromHere = relative(this.#run.settings.cwd, path);
    return fromHere.startsWith(`..${sep}`) ? path : fromHere;
  }
}

function isOutside(folder: string, path: string): boolean {
  const from = relative(folder, path);
  return from === ".." || from.startsWith(`..${sep}`);
}

/** Asks whether the process that started this one is still its parent: an orphan waits for nobody. */
function isParentThere(): () => boolean {
  const parent = process.ppid;
  return () => process.ppid === parent;
}
