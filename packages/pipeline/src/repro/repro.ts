import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nameOf } from "./commit-stage.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { buildGraph, type StageGraph } from "../graph/graph.ts";
import type { FinishedEdit } from "../project/project-edit.ts";
import { stageFiles } from "../project/project-edit.ts";
import type { ProjectStage } from "../project/project.ts";
import { ReproductionError } from "./errors.ts";
import type { ReproduceEffects, StageSettings } from "./events.ts";
import { runSteps } from "./schedule.ts";
import { recoverRuns } from "./set-aside.ts";
import { SharedLock } from "./shared-lock.ts";
import { StageSources } from "./sources.ts";
import { StageReproduction } from "./stage-reproduction.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import { StageGit } from "./stage-git.ts";
import { resolveStages } from "../graph/targets.ts";

export { ReproductionDeclinedError, ReproductionError } from "./errors.ts";
export type { ReproduceEffects, ReproductionPlan, StageEvent, StageSettings } from "./events.ts";

/** Options of {@link reproduce}. All are off by default. */
export interface ReproduceOptions {
  /** Stages, groups, files and folders as typed. Default: the dvc.yaml of the current folder. */
  readonly targets?: readonly string[];
  /** Every stage of the project. */
  readonly isAll?: boolean;
  /** The whole pipelines that the targets are in. */
  readonly isPipeline?: boolean;
  /** Folders stand for the stages in them. */
  readonly isRecursive?: boolean;
  /** Names of stages are patterns. */
  readonly isGlob?: boolean;
  /** The targets alone, without what they need. */
  readonly isSingle?: boolean;
  /** The targets and what needs them, instead of what they need. */
  readonly isDownstream?: boolean;
  /** Reproduces what did not change, too, and looks for no earlier run. */
  readonly force?: boolean;
  /** Once a stage was reproduced, everything that needs it is, too. */
  readonly forceDownstream?: boolean;
  /** Fetches what is missing. */
  readonly pull?: boolean;
  /** Data that is missing, and did not change otherwise, is no reason to run. */
  readonly allowMissing?: boolean;
  /** `keep-going` skips only what needs a failed stage; `ignore` nothing, and succeeds. Default: `stop`. */
  readonly onError?: "stop" | "keep-going" | "ignore";
  /** Tells what would be done. */
  readonly isDry?: boolean;
  /** Hashes outputs without storing them. Default `true`: they are stored. */
  readonly commit?: boolean;
  /** Looks for earlier runs of the same. Default `true`. */
  readonly runCache?: boolean;
  /** Stages that run at a time. Default 1: one after the other, in order. */
  readonly jobs?: number;
  /** The command line, for other commands that want a path that a stage works on. */
  readonly commandLine?: string;
  /** What single stages have of their own. Default: nothing. */
  readonly settingsOf?: (stage: ProjectStage) => StageSettings;
  /** Ends commands also when this process is killed. Default: they go on, and the next command waits for them. */
  readonly isGuarded?: boolean;
  /** Ends the commands that run, leaves everything in order, and then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link reproduce} did. */
export interface Reproduced {
  /** Stages that were reproduced, in the order in which they were done. */
  readonly stages: readonly ProjectStage[];
  /** Stages that failed, with their errors; only those of `ignore`. */
  readonly failed: readonly { readonly stage: ProjectStage; readonly error: unknown }[];
  readonly edit: FinishedEdit;
}

/**
 * Brings pipelines up to date: runs what changed, in the order of the graph, and records each stage as it is done, so
 * that a later failure takes nothing back.
 *
 * @throws {@link ReproductionError} with the error of the stage as its cause; what the graph and the targets throw, before
 *   anything ran; the signal's reason when it was aborted.
 */
export async function reproduce(
  project: DvcProject,
  options: ReproduceOptions = {},
  effects: ReproduceEffects = {},
): Promise<Reproduced> {
  const { signal } = options;
  const lock = new SharedLock(project, {
    signal,
    onWait: (pid) => effects.onWarning?.(`Waiting for another command${pid === undefined ? "" : ` (process ${pid})`}.`),
  });
  try {
    const run = await lock.hold(() => prepare(project, options, effects, lock));
    return await run();
  } finally {
    lock.close();
  }
}

/** Reads the project and plans the steps; what is returned takes them. */
async function prepare(
  project: DvcProject,
  options: ReproduceOptions,
  effects: ReproduceEffects,
  lock: SharedLock,
): Promise<() => Promise<Reproduced>> {
  const { signal, jobs = 1, isDry = false } = options;
  const runsFolder = join(project.dvcDir, "tmp", "waymark", "runs");
  if (!isDry && warnAboutRuns(runsFolder, effects)) await lock.pause(() => waitForRuns(runsFolder, signal));
  effects.onLocked?.();
  const loaded = await loadProject(project);
  const { stages } = loaded;
  const plan = planSteps(project, stages, options);
  await effects.onPlanned?.({ loaded, steps: plan.steps });
  const sources = new StageSources(project, stages, signal);
  if (options.pull === true && options.runCache !== false && !isDry) {
    const problem = await sources.pullRunCache();
    if (problem !== undefined) effects.onWarning?.(`The run cache cannot be fetched: ${problem}`);
  }
  const reproduction = new StageReproduction({
    project,
    effects,
    lock,
    sources,
    runsFolder,
    git: new StageGit(project, plan.steps),
    isTracked: (path) => stages.some(({ outs }) => outs.some((out) => isAtOrBelow(path, out.path))),
    options: {
      isDry,
      isSideBySide: jobs > 1,
      allowMissing: options.allowMissing ?? false,
      isPulling: options.pull ?? false,
      isCommitting: options.commit ?? true,
      usesRunCache: options.runCache ?? true,
      commandLine: options.commandLine ?? "waymark repro",
      env: project.env,
      settingsOf: options.settingsOf ?? (() => ({})),
      isGuarded: options.isGuarded ?? false,
      signal,
    },
  });
  return async () => {
    try {
      return await new Reproduction(project, reproduction, plan, options, effects).run();
    } finally {
      reproduction.close();
    }
  };
}

/**
 * Lists the stages that {@link reproduce} would look at, in its order.
 *
 * @throws As {@link reproduce} does before anything runs.
 */
export function planReproduction(
  project: DvcProject,
  stages: readonly ProjectStage[],
  options: ReproduceOptions = {},
): readonly ProjectStage[] {
  return planSteps(project, stages, options).steps;
}

/** The steps of a reproduction, and how they hang together. */
interface Plan {
  readonly steps: readonly ProjectStage[];
  /** `undefined` when nothing but the targets counts. */
  readonly graph: StageGraph | undefined;
}

function planSteps(project: DvcProject, stages: readonly ProjectStage[], options: ReproduceOptions): Plan {
  const { isAll = false, isPipeline = false, isSingle = false, isDownstream = false, isRecursive = false } = options;
  const whole = buildGraph(stages, { folder: project.folder });
  const typed = options.targets ?? [];
  const targets = typed.length > 0 ? typed : ["dvc.yaml"];
  const selection = { isRecursive, isGlob: options.isGlob ?? false, graph: whole };
  const selected = isAll ? [] : resolveStages(project, stages, targets, selection);
  if (isSingle && !isAll && !isPipeline) return { steps: selected, graph: undefined };
  const graph = whole.withoutFrozen();
  if (!isAll && selected.length === 0) return { steps: [], graph };
  return { steps: graph.select(selected, { isPipeline, isDownstream: isDownstream && !isAll && !isPipeline }), graph };
}

/** One walk over the plan. */
class Reproduction {
  readonly #project: DvcProject;
  readonly #reproduction: StageReproduction;
  readonly #plan: Plan;
  readonly #options: ReproduceOptions;
  readonly #effects: ReproduceEffects;
  readonly #done: ProjectStage[] = [];
  readonly #failed: { readonly stage: ProjectStage; readonly error: unknown }[] = [];
  readonly #skipped = new Set<ProjectStage>();
  readonly #forced = new Set<ProjectStage>();
  readonly #files = new Set<string>();

  constructor(
    project: DvcProject,
    reproduction: StageReproduction,
    plan: Plan,
    options: ReproduceOptions,
    effects: ReproduceEffects,
  ) {
    this.#project = project;
    this.#reproduction = reproduction;
    this.#plan = plan;
    this.#options = options;
    this.#effects = effects;
  }

  async run(): Promise<Reproduced> {
    const { steps, graph } = this.#plan;
    await runSteps(steps, {
      jobs: this.#options.jobs ?? 1,
      needs: (stage) => graph?.producersOf(stage) ?? [],
      run: async (stage) => this.#step(stage),
    });
    const edit = this.#finish();
    this.#options.signal?.throwIfAborted();
    const [first] = this.#failed;
    if (first !== undefined && this.#options.onError !== "ignore") {
      throw new ReproductionError(
        this.#failed.map(({ stage }) => nameOf(this.#project, stage)),
        first.error,
      );
    }
    return { stages: this.#done, failed: this.#failed, edit };
  }

  async #step(stage: ProjectStage): Promise<"continue" | "stop"> {
    if (this.#skipped.has(stage)) return "continue";
    const { graph } = this.#plan;
    const isForced = this.#options.force === true || this.#forced.has(stage);
    try {
      const files = await this.#reproduction.reproduce(stage, isForced, graph?.producersOf(stage) ?? []);
      if (files !== undefined) this.#done.push(stage);
      for (const file of files ?? []) this.#files.add(file);
      if (this.#options.forceDownstream === true && (files !== undefined || isForced)) {
        for (const consumer of graph?.consumersOf(stage) ?? []) this.#forced.add(consumer);
      }
      return "continue";
    } catch (error) {
      return this.#fail(stage, error);
    }
  }

  #fail(stage: ProjectStage, error: unknown): "continue" | "stop" {
    const { graph, steps } = this.#plan;
    const { onError = "stop", signal } = this.#options;
    // What an interrupt ended has not failed.
    if (signal?.aborted === true) return "stop";
    this.#failed.push({ stage, error });
    const planned = new Set(steps);
    const dependants = (graph?.orderDownstream([stage]) ?? []).filter((other) => other !== stage && planned.has(other));
    const skipped = onError === "keep-going" ? dependants : [];
    for (const other of skipped) this.#skipped.add(other);
    if (onError !== "stop") this.#effects.onEvent?.(stage, { kind: "failed", error, skipped });
    return onError === "stop" ? "stop" : "continue";
  }

  #finish(): FinishedEdit {
    const files = [...this.#files];
    const isStaged = this.#project.config.isAutostaging && this.#project.repo !== undefined;
    if (isStaged) stageFiles(this.#project, files);
    return { files, isStaged };
  }
}

/** How long a command may take to end after SIGTERM. */
const TERMINATE_GRACE_MS = 10_000;

/** Puts back what killed processes left aside; whether the command of one of them still runs. */
function warnAboutRuns(runsFolder: string, effects: ReproduceEffects): boolean {
  let isRunning = false;
  for (const { stage, commandPid, isGuarded } of recoverRuns(runsFolder)) {
    if (commandPid === undefined) continue;
    isRunning = true;
    if (isGuarded) sendToGroup(commandPid, "SIGTERM");
    effects.onWarning?.(
      isGuarded
        ? `Ending the command of stage '${stage}' (process ${commandPid}), whose waymark was killed.`
        : `Waiting for the command of stage '${stage}' (process ${commandPid}), whose waymark was killed. ` +
            `To end it: kill -- -${commandPid}`,
    );
  }
  return isRunning;
}

async function waitForRuns(runsFolder: string, signal: AbortSignal | undefined): Promise<void> {
  const pollMs = 50;
  const begin = performance.now();
  for (;;) {
    const running = recoverRuns(runsFolder).filter(({ commandPid }) => commandPid !== undefined);
    if (running.length === 0) return;
    for (const { commandPid, isGuarded } of running) {
      if (!isGuarded || commandPid === undefined || performance.now() - begin < TERMINATE_GRACE_MS) continue;
      sendToGroup(commandPid, "SIGKILL");
    }
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

function sendToGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended by itself.
  }
}
