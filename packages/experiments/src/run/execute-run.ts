import { join, resolve } from "node:path";
import { TrackerError } from "@waymark/core";
import { readIdentity, readRef } from "@waymark/git";
import { ReproductionError, StageCommandError } from "@waymark/pipeline";
import { formatExperimentRef } from "../experiment-ref.ts";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import { CheckpointRequests } from "./checkpoint-requests.ts";
import { listCommandContent, runRunCommand } from "./command-work.ts";
import { formatRunCommand } from "./command-line.ts";
import { openPipeline, runPipeline } from "./pipeline-work.ts";
import { prepareData, removeCheckpoints } from "./prepare-data.ts";
import { RunCheckpoints } from "./run-checkpoints.ts";
import { listPipelineContent, type LeftOut, type RunContent, stageRunContent } from "./run-content.ts";
import type { RunContext, RunPipeline } from "./run-context.ts";
import { dvc2SignalPath, runEnvironment } from "./run-environment.ts";
import { RunCommandError, RunOverError } from "./run-errors.ts";
import { RunJournal } from "./run-journal.ts";
import type { ExecuteRunOptions, RunEffects, RunPlace, RunResult } from "./run-place.ts";
import type { RunSpec } from "./run-spec.ts";
import { parseStopRule } from "./rules/parse-stop-rule.ts";
import { RuleWatch } from "./rules/rule-watch.ts";
import { RunStopper } from "./run-stopper.ts";
import { findRunOrigin, restoreRun } from "./restore-run.ts";
import { saveRun } from "./save-run.ts";
import { readShownContent } from "./shown-content.ts";

/**
 * Carries out a run in its work tree: puts a checkpoint back if it goes on from one, brings the data it begins with,
 * runs its stages or its command, commits the checkpoints it asks for, and saves what it made as an experiment. HEAD,
 * the index, the stash and files that the run does not write stay as they are, whenever it is killed.
 *
 * ```
 *   record: preparing ─▶ running ──────────────▶ saving ─▶ finished │ stopped
 *                          │  checkpoint ◀─ request, signal             (one commit more, or the only one)
 *                          └─▶ failed │ interrupted                     (the chain as far as it got)
 * ```
 *
 * @returns How it ended, with the error that ended it; nothing is thrown once the record is there.
 */
export async function executeRun(
  place: RunPlace,
  spec: RunSpec,
  options: ExecuteRunOptions = {},
  effects: RunEffects = {},
): Promise<RunResult> {
  const { signal, random = Math.random, nowMs = Date.now } = options;
  const journal = RunJournal.begin(place, spec, nowMs);
  const checkpointFolder = resolve(journal.folder, "checkpoint");
  const env = runEnvironment(place, spec, checkpointFolder);
  const stopper = new RunStopper(spec.rules.maxTimeMs);
  const context: RunContext = {
    ...{ place, spec, journal, effects, stopper, env, signal, random },
    ...{ include: options.include ?? [], startedMs: Date.now() },
  };
  const run = new Run(context, options, checkpointFolder);
  let result: RunResult;
  try {
    result = await run.carryOut();
  } catch (error) {
    result = run.fail(error);
  } finally {
    stopper.close();
  }
  journal.end(result);
  return result;
}

/** One run, from its record to its last commit. */
class Run {
  readonly #context: RunContext;
  readonly #options: ExecuteRunOptions;
  readonly #checkpointFolder: string;
  #checkpoints: RunCheckpoints | undefined;
  /** What the experiment's ref pointed to before the run; `null` when there was none. */
  #oldId: string | null = null;

  constructor(context: RunContext, options: ExecuteRunOptions, checkpointFolder: string) {
    this.#context = context;
    this.#options = options;
    this.#checkpointFolder = checkpointFolder;
  }

  async carryOut(): Promise<RunResult> {
    const { place, spec, signal, journal, effects } = this.#context;
    const { project } = place;
    signal?.throwIfAborted();
    project.repo.requireSha1();
    // Training may take days: what would stop the commit is found out before.
    readIdentity(project.repo);
    this.#oldId = readRef(project.repo, formatExperimentRef(spec.baseline, spec.name)) ?? null;
    prepareDvcFolder(project);
    const pipeline =
      spec.work.kind === "pipeline" ? await openPipeline(this.#context, spec, spec.work.options) : undefined;
    try {
      const checkpoints = await this.#prepare(pipeline);
      const requests = new CheckpointRequests(this.#checkpointFolder, dvc2SignalPath(place), {
        onRequest: async (request) => checkpoints.request(request),
        onSignal: async () => void (await checkpoints.signalled()),
      });
      requests.open();
      const rules = this.#watchRules(pipeline, checkpoints);
      journal.update({ state: "running" });
      let hash: string | undefined;
      try {
        hash = await this.#work(pipeline, checkpoints);
      } finally {
        rules.close();
        await requests.close();
      }
      for (const metric of rules.unseen) {
        effects.onWarning?.(`Nothing was logged for '${metric}', which a rule is about.`);
      }
      journal.update({ state: "saving" });
      return await this.#save(pipeline, checkpoints, hash);
    } finally {
      await pipeline?.dvc.store.close();
    }
  }

  /** How a run ended that was not saved as it should. */
  fail(error: unknown): RunResult {
    const { spec, signal } = this.#context;
    const isInterrupted = signal?.aborted === true;
    const reason = isInterrupted ? interruptReason(signal) : describeError(error);
    const status = isInterrupted ? "interrupted" : "failed";
    this.#checkpoints?.cutShort(status, reason);
    const newest = this.#checkpoints?.newest;
    return {
      ...{ state: status, name: newest?.name ?? spec.name, commit: newest?.commit ?? null },
      ...{ exitCode: exitCodeOf(error), reason, error },
    };
  }

  async #prepare(pipeline: RunPipeline | undefined): Promise<RunCheckpoints> {
    const { place, spec, signal } = this.#context;
    const { project, kind } = place;
    if (this.#options.isReset === true && pipeline !== undefined) removeCheckpoints(pipeline.dvc, pipeline.steps);
    const origin = spec.resume === null ? undefined : findRunOrigin(project, spec.baseline, spec.resume);
    if (pipeline !== undefined) await prepareData(pipeline.dvc, pipeline.steps, kind, signal);
    if (origin !== undefined) await restoreRun(project, origin, pipeline);
    const checkpoints = new RunCheckpoints(this.#context, origin, formatRunCommand(spec), pipeline);
    this.#checkpoints = checkpoints;
    checkpoints.setContent(
      pipeline === undefined ? await this.#commandContent(false) : this.#pipelineContent(pipeline),
    );
    return checkpoints;
  }

  /** To be made before anything runs: what an earlier run has logged stops nothing. */
  #watchRules(pipeline: RunPipeline | undefined, checkpoints: RunCheckpoints): RuleWatch {
    const { place, spec, stopper } = this.#context;
    const { root } = place.project;
    const metrics = pipeline?.loaded.stages.flatMap(({ outs }) => outs.filter(({ role }) => role === "metric")) ?? [];
    const shown = [...(pipeline?.loaded.metrics ?? []), ...metrics.map(({ path }) => path)];
    const watch = new RuleWatch(spec.rules.stop.map(parseStopRule), {
      root,
      folders: [join(root, checkpoints.folder)],
      metricsFiles: shown.map((path) => join(place.project.dvcRoot, path)),
    });
    watch.start(({ reason }) => stopper.stop(reason));
    return watch;
  }

  async #work(pipeline: RunPipeline | undefined, checkpoints: RunCheckpoints): Promise<string | undefined> {
    const { spec, stopper } = this.#context;
    if (spec.work.kind === "command") {
      await runRunCommand(this.#context, spec.work.command);
      return undefined;
    }
    if (pipeline === undefined) return undefined;
    try {
      return (await runPipeline(this.#context, pipeline, spec.work.options, checkpoints)).hash;
    } catch (error) {
      // What was done until then is worth saving; the stages behind it were not begun.
      if (stopper.isOver && error instanceof ReproductionError && error.cause instanceof RunOverError) {
        return checkpoints.hashOfReproduced();
      }
      throw error;
    }
  }

  async #save(
    pipeline: RunPipeline | undefined,
    checkpoints: RunCheckpoints,
    hash: string | undefined,
  ): Promise<RunResult> {
    const { place, spec, stopper, random } = this.#context;
    const content = pipeline === undefined ? await this.#commandContent(true) : this.#pipelineContent(pipeline);
    const reason = stopper.reason;
    const state = reason === null ? "finished" : "stopped";
    const done = (name: string, commit: string): RunResult => ({
      ...{ state, name, commit, reason, error: undefined },
      exitCode: reason === null ? 0 : null,
    });
    if (checkpoints.isChain) {
      const outcome = checkpoints.finish({ hash, content, reason: reason ?? undefined });
      if (outcome.kind === "failed") throw new UnsavedEndError(outcome.reason, outcome.hint);
      return done(outcome.experimentName, outcome.commit);
    }
    let leftOut: LeftOut = { untracked: [], sensitive: [] };
    const isPlain = spec.work.kind === "pipeline" && reason === null;
    const saved = await saveRun(place.project, {
      ...{ name: spec.name, baseline: spec.baseline, parent: spec.baseline, oldId: spec.force ? this.#oldId : null },
      ...{ force: spec.force, message: spec.message, hash, fence: place.fence, random },
      // DVC's own message for what DVC would have done the same way.
      trailers: isPlain
        ? {}
        : {
            ...{ status: "finished", command: formatRunCommand(spec), cwd: spec.cwd },
            ...(reason === null ? {} : { reason }),
            ...(pipeline === undefined ? { folder: checkpoints.folder } : {}),
          },
      stage: (index) => {
        leftOut = stageRunContent(place.project, index, content);
      },
    });
    this.#tellLeftOut(leftOut);
    if (saved.name !== spec.name) {
      this.#context.effects.onWarning?.(
        `An experiment named '${spec.name}' was made meanwhile: this one is saved as '${saved.name}'.`,
      );
    }
    return done(saved.name, saved.commit);
  }

  #pipelineContent({ dvc, loaded, steps }: RunPipeline): RunContent {
    const content = listPipelineContent(dvc, loaded, steps);
    const { include, place } = this.#context;
    return {
      ...content,
      ...{ wanted: [...content.wanted, ...include], cached: [...content.cached, ...(place.brought ?? [])] },
    };
  }

  async #commandContent(storesData: boolean): Promise<RunContent> {
    const { place, spec } = this.#context;
    const command = spec.work.kind === "command" ? spec.work.command : [];
    const shown = await readShownContent(place.project, { storesData, signal: this.#context.signal });
    return listCommandContent(this.#context, command, shown);
  }

  #tellLeftOut({ untracked, sensitive }: LeftOut): void {
    const { spec, effects } = this.#context;
    if (sensitive.length > 0) {
      effects.onWarning?.(`Not saved, because they look like credentials: ${shorten(sensitive)}.`);
    }
    if (spec.work.kind === "command" && untracked.length > 0) {
      effects.onNote?.(`Untracked files that are not part of the experiment: ${shorten(untracked)}.`);
    }
  }
}

/** The run ended as it should, and its last commit could not be made. */
class UnsavedEndError extends TrackerError {
  override readonly code = "RUN_NOT_SAVED";

  constructor(reason: string, hint: string | undefined) {
    super(`The run has ended and cannot be saved: ${reason}`, {
      hint: hint ?? "Its files are in place; `waymark exp save` saves them once that is mended.",
    });
  }
}

const SHOWN = 5;

function shorten(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN).join(", ");
  return paths.length > SHOWN ? `${shown} and ${paths.length - SHOWN} more` : shown;
}

function interruptReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return typeof reason === "string" ? reason : "it was interrupted";
}

function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < SHOWN; at = at.cause) parts.push(at.message);
  const text = parts.length === 0 ? String(error) : (parts.at(-1) ?? "");
  return text.replace(/\s+/gu, " ").trim();
}

function exitCodeOf(error: unknown): number | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof StageCommandError || at instanceof RunCommandError) return at.exitCode;
  }
  return null;
}
