import type { DvcLockEntry, DvcLockStage } from "@waymark/core";
import { CorruptObjectError, CorruptObjectsError, ObjectNotCachedError } from "@waymark/store";
import type { StageChanges } from "../changes/changes.ts";
import { checkoutOutputs } from "../data/checkout-project.ts";
import { isRepeatable, lockStage, openRunCache, wantedRun } from "./commit-stage.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { trackedEntry } from "../project/recorded.ts";
import type { StageInputs } from "./stage-inputs.ts";
import { areInputsChanged } from "./changed.ts";
import type { StageSources } from "./sources.ts";

/** Options of {@link EarlierRuns}. */
export interface EarlierRunsOptions {
  /** Looks into the run cache; otherwise only the last run counts, which dvc.lock records. */
  readonly usesRunCache: boolean;
  /** Fetches outputs that are not in the cache. */
  readonly isPulling: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onWarning: ((text: string) => void) | undefined;
}

/** Runs of stages with the inputs they have now, whose outputs can be put back instead of running them again. */
export class EarlierRuns {
  readonly #project: DvcProject;
  readonly #sources: StageSources;
  readonly #options: EarlierRunsOptions;

  constructor(project: DvcProject, sources: StageSources, options: EarlierRunsOptions) {
    this.#project = project;
    this.#sources = sources;
    this.#options = options;
  }

  /** Finds a run whose outputs are all in the cache. */
  find(stage: ProjectStage, changes: StageChanges, inputs: StageInputs): DvcLockStage | undefined {
    const run = this.#findRecorded(stage, changes, inputs);
    return run !== undefined && this.#isInCache(run) ? run : undefined;
  }

  /** As {@link EarlierRuns.find}, after fetching what the cache lacks, where that is wanted. */
  async fetch(stage: ProjectStage, changes: StageChanges, inputs: StageInputs): Promise<DvcLockStage | undefined> {
    const run = this.#findRecorded(stage, changes, inputs);
    if (run === undefined || this.#isInCache(run)) return run;
    if (!this.#options.isPulling) return undefined;
    await this.#sources.fetchRun(stage, run);
    return this.#isInCache(run) ? run : undefined;
  }

  /**
   * Puts the outputs of a run into the workspace.
   *
   * @returns False when an object of the cache is damaged: the run has to be done again, which makes it anew.
   */
  async restore(stage: ProjectStage, run: DvcLockStage): Promise<boolean> {
    const selections = stage.outs.flatMap((out) => {
      const entry = run.outs?.find((one) => one["path"] === out.text);
      return entry === undefined ? [] : [{ stage, out: { ...out, ...recordedOutput(entry), isCached: true } }];
    });
    try {
      await checkoutOutputs(this.#project, selections, { force: true, signal: this.#options.signal });
      return true;
    } catch (error) {
      if (!(error instanceof CorruptObjectError || error instanceof CorruptObjectsError)) throw error;
      this.#options.onWarning?.(error.message);
      return false;
    }
  }

  #findRecorded(stage: ProjectStage, changes: StageChanges, inputs: StageInputs): DvcLockStage | undefined {
    if (!isRepeatable(stage, inputs)) return undefined;
    const recorded = stage.outs.flatMap((out) =>
      out.hash === null || out.recorded === undefined ? [] : [out.recorded],
    );
    const isSame =
      !changes.isCommandChanged && !areInputsChanged(changes, { allowMissing: false, producedHash: () => undefined });
    // The last run may be the one; nothing has to be looked up then.
    if (isSame && stage.locked !== undefined && recorded.length === stage.outs.length) {
      return lockStage(stage, inputs, recorded);
    }
    const { usesRunCache, onWarning } = this.#options;
    if (!usesRunCache) return undefined;
    const onCorrupt = (path: string): void => onWarning?.(`'${path}' cannot be read and was removed.`);
    return openRunCache(this.#project, onCorrupt).find(wantedRun(stage, inputs));
  }

  #isInCache(run: DvcLockStage): boolean {
    const { store } = this.#project;
    return (run.outs ?? []).every((entry) => {
      const md5 = entry["md5"];
      try {
        return typeof md5 === "string" && store.isComplete(md5);
      } catch (error) {
        if (error instanceof CorruptObjectError || error instanceof ObjectNotCachedError) return false;
        throw error;
      }
    });
  }
}

/** What an entry of a lock file says of an output. */
function recordedOutput(entry: DvcLockEntry): Pick<StageOutput, "hash" | "isLegacy" | "isExecutable"> {
  const { hash, isLegacy } = trackedEntry("", "", entry);
  return { hash, isLegacy, isExecutable: entry["isexec"] === true };
}
