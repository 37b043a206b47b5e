import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckpointOutcome, parsePythonJson, type RunFile, type RunStatus, type RunTracker } from "@waymark/core";
import { readRef } from "@waymark/git";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import { countOwn, readChain } from "./chain.ts";
import { NoCommitsError } from "./errors.ts";
import { chooseName, suggestFreeName } from "./experiment-names.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { listSteps } from "./find-origin.ts";
import { readSummaryNumber } from "./keep.ts";
import type { Project } from "./project.ts";
import { isRunning, readRunFile, writeRunFile } from "./run-file.ts";
import { ExperimentTracker } from "./run-tracker.ts";

/** A checkpoint asked for from outside of the program that trains. Paths are absolute. */
export interface WorkspaceCheckpoint {
  readonly cwd: string;
  /** Live folder. */
  readonly dir: string;
  readonly paths: readonly string[];
  /** Default: the step in metrics.json, or else the one after the last checkpoint. */
  readonly step?: number;
  readonly message?: string;
  /** Name for a run that begins with this checkpoint. */
  readonly name?: string;
  /** How the run stands; anything but `running` ends it. Default `running`. */
  readonly status?: RunStatus;
  /** The process that trains. */
  readonly process: Pick<RunFile, "pid" | "host" | "processStart" | "bootId">;
  /** Its command line, when it is known. */
  readonly command?: readonly string[];
  /** ISO 8601, UTC. */
  readonly now: string;
  /** Numbers in [0, 1) for the name. Default `Math.random`. */
  readonly random?: () => number;
}

/** What became of it. */
export interface MadeCheckpoint {
  readonly outcome: CheckpointOutcome;
  /** The first of a new run. */
  readonly isNewRun: boolean;
}

/**
 * Commits a checkpoint of the run that goes on in a live folder, or of a new run when none does.
 *
 * The run is that of the run file, as long as its process lives: the logger's own, or an earlier call of this from the
 * same script.
 *
 * @throws {@link NoCommitsError}, and what storing and committing throw is in the outcome.
 */
export function checkpointWorkspace(project: Project, checkpoint: WorkspaceCheckpoint): MadeCheckpoint {
  const { dir, status = "running" } = checkpoint;
  const current = readRunFile(dir);
  const isNewRun = current === undefined || !isRunning(current);
  const run = isNewRun ? startRun(project, checkpoint) : current;
  prepareDvcFolder(project);
  const { tracker, lastStep } = attach(project, checkpoint, run);
  const summary = readSummary(dir);
  const step = checkpoint.step ?? readSummaryNumber(summary, "step") ?? lastStep + 1;
  const request = {
    ...{ step, paths: checkpoint.paths, summary },
    include: [dir, join(checkpoint.cwd, "dvc.yaml")].filter((path) => existsSync(path)),
  };
  const outcome =
    status === "running" ? tracker.checkpoint(request) : tracker.end({ ...request, status, reason: undefined });
  if (outcome.kind === "committed") {
    const ended = status === "running" ? {} : { status, endedAt: checkpoint.now };
    const isOurs = isNewRun || outcome.experimentName !== run.experimentName || status !== "running";
    if (isOurs) writeRunFile(dir, { ...run, experimentName: outcome.experimentName, ...ended });
  }
  return { outcome, isNewRun };
}

function startRun(project: Project, checkpoint: WorkspaceCheckpoint): RunFile {
  const baseline = project.repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(project.root);
  const random = checkpoint.random ?? Math.random;
  const { name } = chooseName(project.repo, baseline, checkpoint.name, random);
  const run: RunFile = {
    ...{ schema: 1, runId: randomBytes(8).toString("hex"), status: "running", reason: null },
    ...{ experimentName: name, baseline, ...checkpoint.process, startedAt: checkpoint.now, endedAt: null },
    ...{ command: checkpoint.command ?? [], cwd: checkpoint.cwd, totalSteps: null, goals: {} },
  };
  writeRunFile(checkpoint.dir, run);
  return run;
}

/** Goes on with the chain of a run where its last checkpoint left it. */
function attach(
  project: Project,
  checkpoint: WorkspaceCheckpoint,
  run: RunFile,
): { readonly tracker: RunTracker; readonly lastStep: number } {
  const { repo } = project;
  const baseline = run.baseline ?? repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(project.root);
  const random = checkpoint.random ?? Math.random;
  const name = run.experimentName ?? suggestFreeName(repo, baseline, random);
  const tip = readRef(repo, formatExperimentRef(baseline, name));
  const chain = tip === undefined ? [] : readChain(repo, tip, baseline);
  const own = chain.slice(0, countOwn(chain));
  const first = own.at(-1);
  const tracker = new ExperimentTracker({
    ...{ project, dir: checkpoint.dir, cwd: checkpoint.cwd, baseline, experimentName: name },
    ...{ message: checkpoint.message, command: run.command, keep: { kind: "all" }, origin: undefined },
    attached:
      tip === undefined || first === undefined
        ? undefined
        : {
            tip,
            hasListedFiles: own.some(({ trailers }) => (trailers.checkpoints ?? []).length > 0),
            chain: {
              base: first.commit.parents[0] ?? baseline,
              forkedFrom: first.trailers.forkedFrom,
              commits: own.toReversed().map(({ id, commit, trailers }) => ({
                ...{ id, tree: commit.tree, parent: commit.parents[0] ?? "", trailers, value: undefined, objects: [] },
              })),
            },
          },
    suggestName: () => suggestFreeName(repo, baseline, random),
  });
  return { tracker, lastStep: Math.max(-1, ...listSteps(own)) };
}

function readSummary(dir: string): Record<string, unknown> {
  try {
    const value = parsePythonJson(readFileSync(join(dir, "metrics.json"), "utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    // No logger, or one that is in the middle of something: the step then comes from the chain.
    return {};
  }
}
