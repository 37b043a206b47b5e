import { join } from "node:path";
import {
  type DvcProject,
  openDvcProject,
  type ProjectStage,
  reproduce,
  stageAddress,
  type StageEvent,
  type StageSettings,
} from "@waymark/pipeline";
import type { RunCheckpoints } from "./run-checkpoints.ts";
import { checkpointEnvironment } from "./run-environment.ts";
import { RunOverError } from "./run-errors.ts";
import { hashReproduced } from "./reproduced-hash.ts";
import type { RunContext, RunPipeline } from "./run-context.ts";
import type { RunPipelineOptions } from "./run-spec.ts";

/** What is said of stages of which no command runs: a log that is empty tells nothing. */
const NOTES: Readonly<Partial<Record<StageEvent["kind"], string>>> = {
  unchanged: "did not change.",
  restored: "ran like this before: its outputs come from the cache.",
};

/** What became of the stages of a run. */
export interface PipelineOutcome {
  /** Of the stages that were reproduced; `undefined` when none was. */
  readonly hash: string | undefined;
}

/** Opens the project of a run that has stages. Close its store afterwards. */
export function openRunProject({ place, spec, env, effects }: RunContext): DvcProject {
  const { project } = place;
  const opened = openDvcProject(join(project.root, spec.cwd), env, {
    repo: project.repo,
    onWait: (pid) => effects.onNote?.(`Waiting for another command${pid === undefined ? "" : ` (process ${pid})`}.`),
  });
  // The index is the user's, whatever `core.autostage` says.
  return { ...opened, config: { ...opened.config, isAutostaging: false } };
}

/**
 * Runs the stages of a run that changed, in place.
 *
 * @param begin - Called when the stages are known and before any of them runs, while the project is locked.
 * @throws What `reproduce` throws; the signal's reason when it was aborted.
 */
export async function runPipeline(
  context: RunContext,
  dvc: DvcProject,
  options: RunPipelineOptions,
  begin: (pipeline: RunPipeline) => Promise<RunCheckpoints>,
): Promise<PipelineOutcome> {
  const { spec, journal, effects, stopper, signal } = context;
  let checkpoints: RunCheckpoints | undefined;
  const settings = new Map<ProjectStage, StageSettings>();
  const settingsOf = (stage: ProjectStage): StageSettings => {
    const known = settings.get(stage);
    if (known !== undefined) return known;
    const made = { ...makeSettings(context, stage), beforeRecord: async () => checkpoints?.chooseBest(stage) };
    settings.set(stage, made);
    return made;
  };
  const onEvent = (stage: ProjectStage, event: StageEvent): void => {
    if (event.kind === "running" || event.kind === "restored") context.files.markUsed();
    if (event.kind === "running") {
      checkpoints?.beginStage(stage);
      stopper.begin(stage);
      journal.log(`Running stage '${stageAddress(stage, dvc.folder)}':\n`);
    }
    if (event.kind === "ended") {
      checkpoints?.endStage(stage);
      stopper.end(stage);
    }
    if (event.kind === "command") journal.log(`> ${event.command}\n`);
    const note = NOTES[event.kind];
    if (note !== undefined) journal.log(`Stage '${stageAddress(stage, dvc.folder)}' ${note}\n`);
    effects.onStage?.(stage, event, dvc.folder);
  };
  const confirm = async (stage: ProjectStage): Promise<boolean> => {
    if (stopper.isOver) throw new RunOverError(stopper.reason ?? "");
    return (await effects.confirm?.(stageAddress(stage, dvc.folder))) ?? true;
  };
  const result = await reproduce(
    dvc,
    { ...options, ...{ commandLine: `waymark exp run (${spec.name})`, settingsOf, isGuarded: true, signal } },
    {
      onLocked: () => context.files.place(dvc),
      onPlanned: async (plan) => {
        checkpoints = await begin({ ...plan, dvc });
      },
      onEvent,
      confirm,
      onWarning: (text) => effects.onWarning?.(text),
      onProgress: effects.onProgress,
      onOutput: (_stage, data, stream) => {
        journal.log(data);
        effects.onOutput?.(data, stream);
      },
    },
  );
  return { hash: hashReproduced(context.place.project.dvcRoot, result.stages) };
}

function makeSettings({ place, spec, stopper }: RunContext, stage: ProjectStage): StageSettings {
  const hasCheckpoints = stage.outs.some((out) => out.isCheckpoint);
  return {
    env: hasCheckpoints ? checkpointEnvironment(place, spec) : {},
    // Its dvc.lock may be that of another state: only the stage itself can go on from where it was.
    isForced: hasCheckpoints && spec.resume !== null,
    keepsCheckpoints: true,
    // A task goes on elsewhere or later: what it had made by then must not be found there as if it were all.
    isCutShortByInterrupt: place.task !== null,
    stop: stopper.signalOf(stage),
  };
}
