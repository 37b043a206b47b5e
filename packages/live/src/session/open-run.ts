import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { RunFile, RunOpening, RunStart, RunStatus, RunTracker, TrackerProvider } from "@waymark/core";
import { RUN_FOLDER } from "@waymark/core/run-file";
import {
  FolderInUseError,
  type FolderLock,
  acquireFolderLock,
  removeTemporaryFilesSync,
  isErrno,
} from "@waymark/files";
import { loadCore } from "#lazy";
import { KeptCheckpoints } from "../checkpoint/kept-checkpoints.ts";
import { UnusableFolderError } from "../errors.ts";
import { cleanUp, refuseForeignFolder } from "./clean-up.ts";
import { type LoadedRun, loadRun, readCompletedStep } from "./load-run.ts";
import { ParamsLog } from "./params-log.ts";
import { restoreRegistry } from "./restore-registry.ts";
import { Registry } from "./registry.ts";
import { RunRecord, makeRunFolder, readRunFile } from "./run-file.ts";
import type { Settings } from "./settings.ts";
import { Summary } from "./summary.ts";
import { isDiskTrouble } from "./trouble.ts";

/** Everything a session starts from. */
export interface OpenedRun {
  readonly settings: Settings;
  /** Absolute; another than the settings name when that one was in use. */
  readonly dir: string;
  readonly givenDir: string;
  /** `<dir>/.waymark`. */
  readonly runFolder: string;
  readonly lock: FolderLock | undefined;
  readonly tracker: RunTracker | undefined;
  readonly summary: Summary;
  readonly params: ParamsLog;
  readonly registry: Registry;
  readonly loaded: LoadedRun;
  readonly record: RunRecord;
  readonly kept: KeptCheckpoints;
  /** Step the loop starts with; `undefined` when nothing was resumed. */
  readonly firstStep: number | undefined;
  readonly isResumed: boolean;
}

const NOTHING: LoadedRun = { completedStep: undefined, histories: new Map() };

/**
 * Makes a folder ready for a run: takes its lock, asks the tracker, and either reads the earlier run back or clears it
 * away.
 *
 * @throws {@link FolderInUseError} when another process logs there, {@link UnusableFolderError} when it cannot be made
 *   or holds files of the user that a run would replace.
 */
export function openRun(settings: Settings, provider: TrackerProvider | undefined): OpenedRun {
  if (settings.isSilent) return openSilently(settings);
  if (!settings.resume) refuseForeignFolder(settings.dir, settings.givenDir, settings.cwd);
  const { dir, givenDir, runFolder, lock } = takeFolder(settings);
  try {
    const previous = readRunFile(dir);
    const opening = openTracker(settings, provider, dir, previous);
    const tracker = opening?.kind === "tracked" ? opening.tracker : undefined;
    const summary = new Summary();
    const params = new ParamsLog(dir, runFolder);
    const registry = new Registry();
    const kept = new KeptCheckpoints(dir, settings.keep);
    settings.trouble.attempt("tidy", `remove what a killed process left in '${givenDir}'`, () => {
      removeTemporaryFilesSync(runFolder);
      kept.tidy();
    });
    let loaded = NOTHING;
    if (settings.resume) {
      loaded = resumeRun({ settings, dir, opening, previous, summary, params, registry, kept });
    } else {
      settings.trouble.attempt("clean up", `clear '${dir}' of an earlier run`, () => cleanUp(dir));
    }
    settings.trouble.attempt("tidy", "forget the marks of an earlier process", () => forgetMarks(runFolder));
    const isResumed = settings.resume && (loaded.completedStep !== undefined || loaded.histories.size > 0);
    if (opening?.kind === "tracked") for (const note of opening.notes ?? []) settings.trouble.inform(note);
    const record = new RunRecord(
      runFolder,
      {
        experimentName: tracker?.experimentName ?? settings.expName ?? null,
        baseline: tracker?.baseline ?? settings.wishes.baseline ?? null,
        command: ownCommand(settings.cwd),
        cwd: settings.cwd,
        totalSteps: settings.totalSteps ?? (isResumed ? (previous?.totalSteps ?? null) : null),
        runId: isResumed ? previous?.runId : undefined,
        goals: isResumed ? (previous?.goals ?? {}) : {},
      },
      settings.effects.nowMs(),
    );
    const firstStep = firstStepOf(loaded, settings.resumeMode);
    return {
      ...{ settings, dir, givenDir, runFolder, lock, tracker, summary, params, registry },
      ...{ loaded, record, kept, firstStep, isResumed },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** The command line of this process, program first, with the script relative to where it was started. */
function ownCommand(cwd: string): readonly string[] {
  const [, script, ...rest] = process.argv;
  const program = basename(process.argv0) === "node" ? "node" : process.argv0;
  if (script === undefined) return [program, ...process.execArgv];
  const fromHere = relative(cwd, script);
  const isBelow = fromHere !== "" && !fromHere.startsWith(`..${sep}`) && fromHere !== "..";
  return [program, ...process.execArgv, isBelow ? fromHere.split(sep).join("/") : script, ...rest];
}

function takeFolder(settings: Settings): Pick<OpenedRun, "dir" | "givenDir" | "runFolder" | "lock"> {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : `-${number}`;
    const dir = settings.dir + suffix;
    const givenDir = settings.givenDir + suffix;
    let runFolder: string;
    try {
      mkdirSync(dir, { recursive: true });
      if (!statSync(dir).isDirectory()) throw new Error("it is not a folder");
      runFolder = makeRunFolder(dir);
    } catch (error) {
      if (!isDiskTrouble(error)) throw new UnusableFolderError(givenDir, error);
      return goOnWithout(settings, dir, givenDir, error);
    }
    try {
      const lock = acquireFolderLock(runFolder, { hint: inUseHint(givenDir) });
      if (number > 1) {
        settings.trouble.warn(
          "in use",
          `'${settings.givenDir}' is in use by another process: logging to '${givenDir}'.`,
        );
      }
      return { dir, givenDir, runFolder, lock };
    } catch (error) {
      if (!(error instanceof FolderInUseError)) {
        // Node says ENOENT where one of several folders it makes could not be made.
        if (isDiskTrouble(error) || isErrno(error, "ENOENT")) return goOnWithout(settings, dir, givenDir, error);
        throw new UnusableFolderError(givenDir, error);
      }
      if (settings.onSecondWriter === "error") throw error.forFolder(givenDir);
    }
  }
}

/** A full disk does not keep anybody from training: files are made when there is room. */
function goOnWithout(settings: Settings, dir: string, givenDir: string, error: unknown): ReturnType<typeof takeFolder> {
  settings.trouble.warnFailed("folder", `make '${givenDir}' ready`, error);
  return { dir, givenDir, runFolder: join(dir, RUN_FOLDER), lock: undefined };
}

function inUseHint(dir: string): string {
  return `Wait for it to end, log to another folder (\`dir: "${dir}-2"\`), or let every process have its own (\`onSecondWriter: "own-folder"\`).`;
}

function openTracker(
  settings: Settings,
  provider: TrackerProvider | undefined,
  dir: string,
  previous: RunFile | undefined,
): RunOpening | undefined {
  const { pipeline } = settings.wishes;
  if (pipeline === "repro" && settings.saveExp) {
    settings.trouble.warn(
      "repro",
      "Inside a pipeline that is reproduced, the run is not saved as an experiment. Use `exp run` to have it saved.",
    );
  }
  if (provider === undefined || !settings.saveExp || pipeline !== "none") return undefined;
  let opening: RunOpening | undefined;
  const open = (): void => {
    opening = provider.open({
      cwd: settings.cwd,
      dir,
      experimentName: settings.expName,
      message: settings.expMessage,
      resume: settings.resume,
      resumeFrom: settings.resumeFrom,
      previous: previousExperiment(previous),
      command: ownCommand(settings.cwd),
      keep: settings.keep,
    });
  };
  // Whoever names a checkpoint wants that one or none.
  if (settings.resumeFrom !== undefined) open();
  else settings.trouble.attempt("tracker", "save this run as an experiment", open);
  if (opening?.kind === "untracked" && opening.message !== undefined) {
    settings.trouble.warn("untracked", opening.message);
  }
  return opening;
}

function previousExperiment(previous: RunFile | undefined): RunStart["previous"] {
  if (previous?.experimentName == null || previous.baseline == null) return undefined;
  return { experimentName: previous.experimentName, baseline: previous.baseline };
}

interface ResumeContext extends Pick<OpenedRun, "settings" | "dir" | "summary" | "params" | "registry" | "kept"> {
  readonly opening: RunOpening | undefined;
  readonly previous: RunFile | undefined;
}

function resumeRun(context: ResumeContext): LoadedRun {
  const { settings, dir, opening, previous, summary, params, registry, kept } = context;
  const { trouble } = settings;
  const point = opening?.kind === "tracked" ? opening.resumed : undefined;
  let checkpoint: Parameters<typeof loadRun>[0]["checkpoint"];
  let status: RunStatus | undefined = previous?.status;
  if (point !== undefined) {
    status = point.status;
    checkpoint = { step: point.step, marks: undefined };
  } else if (settings.wishes.checkpointFolder !== undefined && namedStep(settings) !== undefined) {
    // The runner has put the files of that checkpoint back; what lies in our own folder may be of a later step.
    status = "running";
    checkpoint = { step: namedStep(settings) ?? 0, marks: undefined };
  } else {
    const chosen = chooseKeptCheckpoint(kept, settings);
    trouble.attempt("resume", "put the files of the last checkpoint back", () => {
      if (chosen !== undefined) {
        // The list says how the run stood then: one that went on afterwards did not end with it.
        status = chosen.status === "finished" ? "finished" : "running";
        checkpoint = { step: chosen.step, marks: kept.restore(chosen) };
      }
    });
  }
  const loaded = loadRun({
    ...{ dir, summary, trouble, checkpoint },
    mode: settings.resumeMode,
    endedInOrder: status === "finished",
  });
  trouble.attempt("resume params", "read the params of the resumed run", () => {
    if (existsSync(params.path)) params.load(loadCore().parseParams(readFileSync(params.path, "utf8")));
  });
  trouble.attempt("resume plots", "read the plots of the resumed run", () => {
    restoreRegistry(registry, { dir, dvcFile: settings.dvcFile });
  });
  sayResumed(settings, loaded, status, checkpoint !== undefined);
  return loaded;
}

/** The step of `NAME@STEP`. */
function namedStep({ resumeFrom }: Settings): number | undefined {
  const step = /@(-?\d+)$/.exec(resumeFrom ?? "")?.[1];
  return step === undefined ? undefined : Number(step);
}

function chooseKeptCheckpoint(
  kept: KeptCheckpoints,
  settings: Settings,
): ReturnType<KeptCheckpoints["list"]>[number] | undefined {
  const all = kept.list();
  const wanted = namedStep(settings);
  if (wanted === undefined) return all.at(-1);
  const found = all.find(({ step }) => step === wanted);
  if (found === undefined && all.length > 0) {
    settings.trouble.warn(
      "resume",
      `No checkpoint was kept for step ${wanted} (there are ${all.map(({ step }) => step).join(", ")}); continuing from the last one.`,
    );
  }
  return found ?? all.at(-1);
}

function sayResumed(settings: Settings, loaded: LoadedRun, status: RunStatus | undefined, isCheckpoint: boolean): void {
  const { completedStep } = loaded;
  const next = firstStepOf(loaded, settings.resumeMode);
  if (completedStep === undefined || next === undefined) return;
  const { totalSteps } = settings;
  const isPast = totalSteps !== undefined && next >= totalSteps;
  if (status === "finished" || isPast) {
    settings.trouble.inform(
      `The run in '${settings.givenDir}' is finished: its last step is ${completedStep}, and the next would be ${next}. ` +
        "A loop that ends there has nothing left to do; ask for more steps to train on.",
    );
    return;
  }
  const from = isCheckpoint
    ? `the checkpoint of step ${completedStep}`
    : `step ${completedStep}, the last complete one`;
  settings.trouble.inform(`Resuming the run in '${settings.givenDir}' after ${from}: the next step is ${next}.`);
}

function firstStepOf(loaded: LoadedRun, mode: "trim" | "append"): number | undefined {
  const { completedStep } = loaded;
  if (completedStep === undefined) return undefined;
  // DVCLive makes step 0 again; whoever asks for its habits gets them.
  return mode === "append" && completedStep === 0 ? 0 : completedStep + 1;
}

/** Marks belong to one process: the next one numbers histories anew. */
function forgetMarks(runFolder: string): void {
  for (const name of ["marks-0", "marks-1", "histories", "journal"]) rmSync(join(runFolder, name), { force: true });
}

function openSilently(settings: Settings): OpenedRun {
  const runFolder = join(settings.dir, RUN_FOLDER);
  const completedStep = settings.resume ? readCompletedStep(settings.dir, undefined) : undefined;
  const loaded: LoadedRun = { completedStep, histories: new Map() };
  return {
    settings,
    dir: settings.dir,
    givenDir: settings.givenDir,
    runFolder,
    lock: undefined,
    tracker: undefined,
    summary: new Summary(),
    params: new ParamsLog(settings.dir, runFolder),
    registry: new Registry(),
    loaded,
    record: new RunRecord(
      runFolder,
      {
        ...{ experimentName: null, baseline: null, command: [], cwd: settings.cwd },
        ...{ totalSteps: settings.totalSteps ?? null, runId: undefined, goals: {} },
      },
      settings.effects.nowMs(),
    ),
    kept: new KeptCheckpoints(settings.dir, settings.keep),
    firstStep: firstStepOf(loaded, settings.resumeMode),
    isResumed: completedStep !== undefined,
  };
}
