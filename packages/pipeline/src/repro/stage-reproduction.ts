import { join } from "node:path";
import { ChangeLookup } from "../changes/change-lookup.ts";
import { collectStageChanges, type StageChanges } from "../changes/changes.ts";
import { nameOf, recordStage } from "./commit-stage.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { writeStageRecords } from "./lock-file.ts";
import { PathLocks } from "./path-locks.ts";
import { lockedPaths } from "./locked-paths.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { runStageCommand, splitStageCommand } from "./run-stage-command.ts";
import { absolutePath, kindAt } from "./stage-content.ts";
import { MissingFolderError, MissingOutputError } from "./stage-errors.ts";
import { InputWatch } from "./input-watch.ts";
import type { StageGit } from "./stage-git.ts";
import { hashInputs, type HashInputsOptions } from "./stage-inputs.ts";
import { requireLocal } from "./stage-outputs.ts";
import { unprotectIfThere } from "../data/unprotect.ts";
import { isChanged } from "./changed.ts";
import { EarlierRuns } from "./earlier-runs.ts";
import { ReproductionDeclinedError } from "./errors.ts";
import type { ReproduceEffects, StageEvent, StageSettings } from "./events.ts";
import { SetAside } from "./set-aside.ts";
import type { SharedLock } from "./shared-lock.ts";
import type { StageSources } from "./sources.ts";

/** How stages are reproduced. */
export interface StageReproductionOptions {
  readonly isDry: boolean;
  /** Several stages run at a time. */
  readonly isSideBySide: boolean;
  readonly allowMissing: boolean;
  readonly isPulling: boolean;
  readonly isCommitting: boolean;
  readonly usesRunCache: boolean;
  /** The command line, for others who want a path that a stage works on. */
  readonly commandLine: string;
  /** Variables of commands, without those that name the stage. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settingsOf: (stage: ProjectStage) => StageSettings;
  readonly isGuarded: boolean;
  readonly signal: AbortSignal | undefined;
}

/** How a stage is recorded. */
interface RecordOptions {
  /** Called when everything is in its place, right before the lock file says so. */
  readonly onSaved?: () => void;
  /** Its command was stopped: some outputs may not be there. */
  readonly isStopped?: boolean;
  /** Nobody knows which inputs it has seen. */
  readonly isUncertain?: boolean;
}

/** What stages of one reproduction share. */
export interface ReproductionContext {
  readonly project: DvcProject;
  readonly options: StageReproductionOptions;
  readonly effects: ReproduceEffects;
  readonly lock: SharedLock;
  readonly git: StageGit;
  readonly sources: StageSources;
  /** Folder of ours for outputs that step aside, absolute. */
  readonly runsFolder: string;
  /** Tells whether a stage of the project makes what is at a path. */
  readonly isTracked: (path: string) => boolean;
}

/** Reproduces stages one by one or side by side; remembers what each of them has recorded. */
export class StageReproduction {
  readonly #context: ReproductionContext;
  readonly #pathLocks: PathLocks;
  readonly #earlierRuns: EarlierRuns;
  readonly #recorded = new Map<string, string | null>();
  #lookup: ChangeLookup | undefined;

  constructor(context: ReproductionContext) {
    this.#context = context;
    const { project, effects, sources, options } = context;
    const { onWarning } = effects;
    this.#earlierRuns = new EarlierRuns(project, sources, { ...options, onWarning });
    this.#pathLocks = new PathLocks(project.dvcDir, {
      usesHardlinkLock: project.config.usesHardlinkLock,
      onStale: ({ pid, cmd }) => onWarning?.(`Process ${pid} (${cmd}) was killed; its locks are gone.`),
    });
  }

  /**
   * Reproduces a stage if anything of it changed.
   *
   * @param producers - The stages that make what it needs.
   * @returns The files that record it, relative to the project; `undefined` when there was nothing to do.
   */
  async reproduce(
    stage: ProjectStage,
    isForced: boolean,
    producers: readonly ProjectStage[],
  ): Promise<readonly string[] | undefined> {
    const { lock, options } = this.#context;
    options.signal?.throwIfAborted();
    return lock.hold(async () => {
      if (stage.isFrozen && !isImport(stage)) this.#tell(stage, { kind: "frozen" });
      const isForcedHere = isForced || options.settingsOf(stage).isForced === true;
      const changes = isForcedHere ? undefined : await this.#changesOf(stage);
      const { allowMissing } = options;
      if (changes !== undefined) {
        const producedHash = (path: string): string | null | undefined => this.#producedHash(producers, path);
        if (!isChanged(changes, { allowMissing, producedHash })) {
          this.#tell(stage, { kind: "unchanged" });
          return undefined;
        }
        const isOnlyMissing = options.isPulling && !isChanged(changes, { allowMissing: true, producedHash });
        if (isOnlyMissing && (await this.#pull(stage))) return undefined;
      }
      await this.#confirm(stage);
      if (!options.isDry) return this.#bring(stage, changes);
      await this.#show(stage, changes);
      return [];
    });
  }

  /** Gives back what is held still. */
  close(): void {
    this.#pathLocks.flush();
  }

  async #confirm(stage: ProjectStage): Promise<void> {
    const { effects, lock, project } = this.#context;
    const { confirm } = effects;
    if (confirm === undefined) return;
    if (!(await lock.pause(() => confirm(stage)))) throw new ReproductionDeclinedError(nameOf(project, stage));
  }

  async #changesOf(stage: ProjectStage): Promise<StageChanges> {
    const { project, sources, effects } = this.#context;
    const looking = { ...sources.lookupOptions, onProgress: effects.onProgress };
    // Shared until something changes the files it has looked at.
    this.#lookup ??= new ChangeLookup(project, looking);
    return collectStageChanges(project, stage, { ...looking, lookup: this.#lookup });
  }

  /** What a stage before this one has recorded by now. */
  #producedHash(producers: readonly ProjectStage[], path: string): string | null | undefined {
    const out = producers.flatMap((producer) => producer.outs).find((candidate) => candidate.path === path);
    return out === undefined ? undefined : (this.#recorded.get(path) ?? out.hash);
  }

  /** Fetches what is missing, and nothing else; whether that was possible. */
  async #pull(stage: ProjectStage): Promise<boolean> {
    const { sources, options } = this.#context;
    this.#tell(stage, { kind: "pulling" });
    if (options.isDry) return true;
    this.#lookup = undefined;
    const problem = await sources.pullOutputs(stage);
    if (problem === undefined) return true;
    this.#tell(stage, { kind: "not-pulled", reason: problem });
    return false;
  }

  /** Tells what would be done. */
  async #show(stage: ProjectStage, changes: StageChanges | undefined): Promise<void> {
    const { project } = this.#context;
    if (isSynchronized(stage)) {
      this.#tell(stage, { kind: "importing", source: sourceOf(stage) });
    } else if (stage.command !== undefined && !stage.isFrozen) {
      if (changes !== undefined && !this.#goesOnFromItself(stage)) {
        const inputs = await hashInputs(project, stage, { ...this.#inputOptions, allowMissing: true });
        if (this.#earlierRuns.find(stage, changes, inputs) !== undefined) {
          this.#tell(stage, { kind: "restored" });
          return;
        }
      }
      this.#tell(stage, { kind: "running" });
      for (const command of splitStageCommand(stage.command)) this.#tell(stage, { kind: "command", command });
    }
  }

  /** Brings a stage up to date and records it. */
  async #bring(stage: ProjectStage, changes: StageChanges | undefined): Promise<readonly string[]> {
    this.#lookup = undefined;
    if (isSynchronized(stage)) {
      this.#tell(stage, { kind: "importing", source: sourceOf(stage) });
      return this.#withPaths(stage, () => this.#context.sources.synchronize(stage));
    }
    if (stage.command !== undefined && !stage.isFrozen) {
      return this.#withPaths(stage, () => this.#runOrRestore(stage, changes));
    }
    this.#tell(stage, { kind: "verifying" });
    return this.#record(stage);
  }

  async #runOrRestore(stage: ProjectStage, changes: StageChanges | undefined): Promise<readonly string[]> {
    const { project, options, sources } = this.#context;
    if (changes !== undefined && !this.#goesOnFromItself(stage)) {
      if (options.isPulling) await sources.pullInputs(stage);
      const inputs = await hashInputs(project, stage, this.#inputOptions);
      const run = await this.#earlierRuns.fetch(stage, changes, inputs);
      if (run !== undefined && (await this.#earlierRuns.restore(stage, run))) {
        this.#tell(stage, { kind: "restored" });
        return this.#record(stage);
      }
    }
    return this.#run(stage);
  }

  /** Runs the command of a stage with its old outputs out of the way, and records what it made. */
  async #run(stage: ProjectStage): Promise<readonly string[]> {
    const { project, lock, runsFolder, git } = this.#context;
    if (kindAt(join(project.root, stage.wdir)) !== "folder") {
      throw new MissingFolderError(nameOf(project, stage), stage.wdir);
    }
    // What cannot be recorded need not run.
    git.requireLockFile(stage);
    for (const out of stage.outs) {
      requireLocal(nameOf(project, stage), out);
      git.requireUntracked(stage, out);
    }
    this.#tell(stage, { kind: "running" });
    for (const out of stage.outs) {
      if (this.#isKept(stage, out)) unprotectIfThere(absolutePath(project, out.path));
    }
    const watch = await InputWatch.begin(project, stage, this.#inputOptions);
    const aside = SetAside.take(runsFolder, nameOf(project, stage), this.#asideOutputs(stage));
    try {
      await lock.pause(async () => {
        await this.#runCommand(stage, aside).finally(() => this.#tell(stage, { kind: "ended" }));
        aside.finished();
      });
      await this.#context.options.settingsOf(stage).beforeRecord?.();
      const isUncertain = await watch.warn(this.#context.effects.onWarning);
      const isStopped = this.#isStopped(stage);
      return await this.#record(stage, { onSaved: () => aside.discard(), isStopped, isUncertain });
    } catch (error) {
      aside.restore();
      throw error;
    }
  }

  async #runCommand(stage: ProjectStage, aside: SetAside): Promise<void> {
    const { project, options, effects } = this.#context;
    const { onOutput } = effects;
    const name = nameOf(project, stage);
    const { env, stop, isCutShortByInterrupt = false } = options.settingsOf(stage);
    const signals = [options.signal, stop].filter((signal) => signal !== undefined);
    try {
      await runStageCommand(name, stage.command ?? [], {
        cwd: join(project.root, stage.wdir),
        env: { ...options.env, DVC_ROOT: options.env["DVC_ROOT"] ?? project.root, ...env, DVC_STAGE: name },
        signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
        isGuarded: options.isGuarded,
        onOutput: onOutput === undefined ? undefined : (data, stream) => onOutput(stage, data, stream),
        onStart: (pid) => aside.started(pid, options.isGuarded),
        onCommand: (command) => this.#tell(stage, { kind: "command", command }),
      });
      if (isCutShortByInterrupt) options.signal?.throwIfAborted();
    } catch (error) {
      if (!this.#isStopped(stage)) throw error;
    }
  }

  /** It was told that this is enough: what it has made counts. */
  #isStopped(stage: ProjectStage): boolean {
    const { settingsOf, signal } = this.#context.options;
    return settingsOf(stage).stop?.aborted === true && signal?.aborted !== true;
  }

  #isKept(stage: ProjectStage, out: StageOutput): boolean {
    return out.isPersistent || (out.isCheckpoint && this.#context.options.settingsOf(stage).keepsCheckpoints === true);
  }

  /** What it makes depends on what it made before. */
  #goesOnFromItself(stage: ProjectStage): boolean {
    return stage.outs.some((out) => this.#isKept(stage, out));
  }

  #asideOutputs(stage: ProjectStage): readonly { readonly path: string; readonly isKeptOnFailure: boolean }[] {
    const { project } = this.#context;
    return stage.outs
      .filter((out) => !this.#isKept(stage, out) && !out.path.includes("://"))
      .map((out) => ({ path: absolutePath(project, out.path), isKeptOnFailure: out.isCheckpoint }));
  }

  async #record(stage: ProjectStage, how: RecordOptions = {}): Promise<readonly string[]> {
    const { project, options, git } = this.#context;
    const allowMissing = options.allowMissing || how.isStopped === true;
    for (const out of stage.outs) {
      if (kindAt(absolutePath(project, out.path)) === undefined && !allowMissing) {
        throw new MissingOutputError(nameOf(project, stage), out.path);
      }
    }
    const isOfItsOwn = how.isStopped === true || how.isUncertain === true || this.#goesOnFromItself(stage);
    const record = await recordStage(project, stage, {
      ...this.#inputOptions,
      git,
      allowMissing,
      isCommitting: options.isCommitting,
      // Found again by its inputs is only what they alone have brought about.
      ...(isOfItsOwn ? { isSavingRun: false } : {}),
      // What was interrupted has been saved by its command; it is worth being recorded.
      signal: undefined,
    });
    how.onSaved?.();
    const files = [...record.files, ...writeStageRecords(project, [record])];
    for (const out of stage.outs) {
      const entry = record.entry.outs?.find((one) => one["path"] === out.text);
      this.#recorded.set(out.path, typeof entry?.["md5"] === "string" ? entry["md5"] : null);
    }
    this.#lookup = undefined;
    return files;
  }

  /** Keeps other commands away from what a stage reads and writes. */
  async #withPaths<T>(stage: ProjectStage, work: () => Promise<T>): Promise<T> {
    const { project, options } = this.#context;
    const held = this.#pathLocks.acquire(
      lockedPaths(project, stage),
      `${options.commandLine} (${nameOf(project, stage)})`,
    );
    try {
      return await work();
    } finally {
      // While the repository is locked nobody can ask for them; the next stage writes the file anyway.
      if (options.isSideBySide) held.release();
      else held.releaseLater();
    }
  }

  get #inputOptions(): HashInputsOptions {
    const { options, isTracked, sources, effects } = this.#context;
    return { signal: options.signal, onProgress: effects.onProgress, isTracked, hashUrl: sources.hashUrl };
  }

  #tell(stage: ProjectStage, event: StageEvent): void {
    this.#context.effects.onEvent?.(stage, event);
  }
}

function isImport(stage: ProjectStage): boolean {
  return stage.command === undefined && stage.deps.length === 1 && stage.outs.length === 1;
}

/** What is imported is fetched again, unless it is frozen and was fetched before. */
function isSynchronized(stage: ProjectStage): boolean {
  return isImport(stage) && (!stage.isFrozen || stage.outs[0]?.hash === null);
}

function sourceOf(stage: ProjectStage): string {
  return stage.deps[0]?.path ?? "";
}
