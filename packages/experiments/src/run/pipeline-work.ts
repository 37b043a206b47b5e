import { join } from "node:path";
import {
  loadProject,
  openDvcProject,
  planReproduction,
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
import type { RunPipelineOptions, RunSpec } from "./run-spec.ts";

/** What became of the stages of a run. */
export interface PipelineOutcome {
  /** Of the stages that were reproduced; `undefined` when none was. */
  readonly hash: string | undefined;
}

/** Reads the pipeline of a run and plans its stages. Close its store afterwards. */
export async function openPipeline(
  { place, env, effects }: Pick<RunContext, "place" | "env" | "effects">,
  spec: RunSpec,
  options: RunPipelineOptions,
): Promise<RunPipeline> {
  const { project } = place;
  const opened = openDvcProject(join(project.root, spec.cwd), env, {
    repo: project.repo,
    onWait: (pid) => effects.onNote?.(`Waiting for another command${pid === undefined ? "" : ` (process ${pid})`}.`),
  });
  // The index is the user's, whatever `core.autostage` says.
  const dvc = { ...opened, config: { ...opened.config, isAutostaging: false } };
  const loaded = await loadProject(dvc);
  return { dvc, loaded, steps: planReproduction(dvc, loaded.stages, options) };
}

/**
 * Runs the stages of a run that changed, in place.
 *
 * @throws What `reproduce` throws; the signal's reason when it was aborted.
 */
export async function runPipeline(
  context: RunContext,
  pipeline: RunPipeline,
  options: RunPipelineOptions,
  checkpoints: RunCheckpoints,
): Promise<PipelineOutcome> {
  const { place, spec, journal, effects, stopper, signal } = context;
  const { dvc } = pipeline;
  const settings = new Map<ProjectStage, StageSettings>();
  const settingsOf = (stage: ProjectStage): StageSettings => {
    const known = settings.get(stage) ?? makeSettings(context, stage);
    settings.set(stage, known);
    return known;
  };
  const onEvent = (stage: ProjectStage, event: StageEvent): void => {
    if (event.kind === "running") {
      checkpoints.beginStage(stage);
      stopper.begin(stage);
      journal.log(`Running stage '${stageAddress(stage, dvc.folder)}':\n`);
    }
    if (event.kind === "ended") {
      checkpoints.endStage(stage);
      stopper.end(stage);
    }
    if (event.kind === "command") journal.log(`> ${event.command}\n`);
    effects.onStage?.(stage, event, dvc.folder);
  };
  const confirm = async (stage: ProjectStage): Promise<boolean> => {
    if (stopper.isOver) throw new RunOverError(stopper.reason ?? "");
    return (await effects.confirm?.(stageAddress(stage, dvc.folder))) ?? true;
  };
  const result = await reproduce(
    dvc,
    {
      ...options,
      ...{ commandLine: `waymark exp run (${spec.name})`, settingsOf, isGuarded: true, signal },
    },
    {
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
  return { hash: hashReproduced(place.project.dvcRoot, result.stages) };
}

function makeSettings({ place, spec, stopper }: RunContext, stage: ProjectStage): StageSettings {
  const hasCheckpoints = stage.outs.some((out) => out.isCheckpoint);
  return {
    env: hasCheckpoints ? checkpointEnvironment(place) : {},
    // Its dvc.lock may be that of another state: only the stage itself can go on from where it was.
    isForced: hasCheckpoints && spec.resume !== null,
    keepsCheckpoints: true,
    stop: stopper.signalOf(stage),
  };
}
