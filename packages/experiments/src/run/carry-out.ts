import { ObjectMissingError, readHead, readIdentity, readObjectsSync, readRef } from "@waymark/git";
import { type DvcProject, ReproductionError } from "@waymark/pipeline";
import { join } from "node:path";
import { formatExperimentRef } from "../experiment-ref.ts";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import { CheckpointRequests } from "./checkpoint-requests.ts";
import { listCommandContent, runRunCommand } from "./command-work.ts";
import { openRunProject, runPipeline } from "./pipeline-work.ts";
import { prepareData } from "./prepare-data.ts";
import { findRunOrigin, restoreRun } from "./restore-run.ts";
import { parseStopRule } from "./rules/parse-stop-rule.ts";
import { RuleWatch } from "./rules/rule-watch.ts";
import { requireWritable } from "./require-writable.ts";
import { RunCheckpoints } from "./run-checkpoints.ts";
import { listPipelineContent, type RunContent } from "./run-content.ts";
import type { RunContext, RunPipeline } from "./run-context.ts";
import { endRun } from "./end-run.ts";
import { dvc2SignalPath } from "./run-environment.ts";
import { RunOverError } from "./run-errors.ts";
import type { RunResult } from "./run-place.ts";
import type { RunPipelineOptions } from "./run-spec.ts";
import { readShownContent } from "./shown-content.ts";

/** What goes on beside the work of a run. */
interface Listeners {
  readonly checkpoints: RunCheckpoints;
  readonly requests: CheckpointRequests;
  readonly rules: RuleWatch;
}

/** One run, from its record to its last commit. */
export class Run {
  readonly #context: RunContext;
  readonly #checkpointFolder: string;
  #pipeline: RunPipeline | undefined;
  #listeners: Listeners | undefined;

  /** @param checkpointFolder - Where programs ask for checkpoints, absolute. */
  constructor(context: RunContext, checkpointFolder: string) {
    this.#context = context;
    this.#checkpointFolder = checkpointFolder;
  }

  /** The checkpoints of this run; `undefined` before it has begun. */
  get checkpoints(): RunCheckpoints | undefined {
    return this.#listeners?.checkpoints;
  }

  /** @throws What ended the run, when it was not saved. */
  async carryOut(): Promise<RunResult> {
    const { place, spec, signal, journal } = this.#context;
    const { repo } = place.project;
    signal?.throwIfAborted();
    repo.requireSha1();
    // Training may take days: what would stop the commit is found out before.
    readIdentity(repo);
    requireWritable(repo);
    // A task that came from elsewhere may name a commit that has not come with it, and is the parent of what is saved.
    const [baseline] = place.task === null ? [] : readObjectsSync(repo, [spec.baseline]);
    if (place.task !== null && baseline?.type !== "commit") throw new ObjectMissingError(spec.baseline);
    const head = place.kind === "workspace" ? readHead(repo).commit : undefined;
    const oldId = readRef(repo, formatExperimentRef(spec.baseline, spec.name)) ?? null;
    prepareDvcFolder(place.project);
    const dvc = spec.work.kind === "pipeline" ? openRunProject(this.#context) : undefined;
    try {
      const hash = await this.#listenWhile(async () => this.#work(dvc));
      journal.update({ state: "saving" });
      this.#warnOfHead(head);
      const content = await this.#readContent(true);
      return await endRun(this.#context, { checkpoints: this.checkpoints, content, hash, oldId });
    } finally {
      await dvc?.store.close();
    }
  }

  /** A branch that was switched to, or pulled, has brought files that the run did not begin with. */
  #warnOfHead(before: string | undefined): void {
    const { place, effects } = this.#context;
    if (place.kind !== "workspace") return;
    const now = readHead(place.project.repo).commit;
    if (now === before) return;
    effects.onWarning?.(
      `HEAD has moved while the run went on, from ${before?.slice(0, 7)} to ${now?.slice(0, 7)}: ` +
        "files that this has changed are saved as they are now.",
    );
  }

  /** @returns The hash of the stages that were reproduced. */
  async #work(dvc: DvcProject | undefined): Promise<string | undefined> {
    const { spec } = this.#context;
    if (spec.work.kind === "pipeline" && dvc !== undefined) return this.#runStages(dvc, spec.work.options);
    this.#context.files.place(undefined);
    await this.#begin(undefined);
    this.#context.files.markUsed();
    if (spec.work.kind === "command") await runRunCommand(this.#context, spec.work.command);
    return undefined;
  }

  async #runStages(dvc: DvcProject, options: RunPipelineOptions): Promise<string | undefined> {
    try {
      const { hash } = await runPipeline(this.#context, dvc, options, async (pipeline) => this.#begin(pipeline));
      return hash;
    } catch (error) {
      const isOver = error instanceof ReproductionError && error.cause instanceof RunOverError;
      // What was done until then is worth saving; the stages behind it were not begun.
      if (isOver && this.#context.stopper.isOver) return this.checkpoints?.hashOfReproduced();
      throw error;
    }
  }

  /** Everything is known and nothing runs yet. The project of a pipeline is locked. */
  async #begin(pipeline: RunPipeline | undefined): Promise<RunCheckpoints> {
    const { place, spec, signal, journal, stopper } = this.#context;
    const { project, kind } = place;
    this.#pipeline = pipeline;
    const origin = spec.resume === null ? undefined : findRunOrigin(project, spec.baseline, spec.resume);
    if (pipeline !== undefined) {
      // Of a task that was cut short, the rest goes on from its own checkpoint.
      const isReset = spec.isReset === true && origin === undefined;
      await prepareData(pipeline.dvc, pipeline.steps, { kind, isReset, signal });
    }
    if (origin !== undefined) await restoreRun(project, origin, pipeline);
    const readContent = async (): Promise<RunContent> => this.#readContent(false);
    const checkpoints = new RunCheckpoints(this.#context, { origin, pipeline, readContent });
    const requests = new CheckpointRequests(this.#checkpointFolder, dvc2SignalPath(place), {
      onRequest: async (request) => checkpoints.request(request),
      onSignal: async () => void (await checkpoints.signalled()),
    });
    this.#listeners = { checkpoints, requests, rules: this.#watchRules(pipeline, checkpoints) };
    requests.open();
    journal.update({ state: "running" });
    stopper.start();
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

  async #listenWhile<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#listeners?.rules.close();
      await this.#listeners?.requests.close();
      this.#tellUnseen();
    }
  }

  #tellUnseen(): void {
    for (const metric of this.#listeners?.rules.unseen ?? []) {
      this.#context.effects.onWarning?.(`Nothing was logged for '${metric}', which a rule is about.`);
    }
  }

  async #readContent(isAtEnd: boolean): Promise<RunContent> {
    const { place, spec, signal, include } = this.#context;
    if (this.#pipeline === undefined) {
      const command = spec.work.kind === "command" ? spec.work.command : [];
      const shown = await readShownContent(place.project, { storesData: isAtEnd, signal });
      return listCommandContent(this.#context, command, shown);
    }
    const { dvc, loaded, steps } = this.#pipeline;
    const content = listPipelineContent(dvc, loaded, steps);
    const cached = [...content.cached, ...(place.brought ?? [])];
    return { ...content, wanted: [...content.wanted, ...include], cached };
  }
}
