import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointOutcome, KeepPolicy, ResumePoint, RunStart, RunTracker } from "@waymark/core";
import { parseCommitMessage } from "@waymark/core";
import {
  type AppliedExperiment,
  applyExperiment,
  type ApplyOptions,
  createTrackerProvider,
  listOperations,
  openProject,
  saveExperiment,
  type SavedExperiment,
  type SaveOptions,
  undoApply,
  type UndoApplyOptions,
} from "@waymark/experiments";
import { processIdentity } from "@waymark/files";
import { GIT_TEST_ENV, type GitRepo } from "../support/git-repo.ts";

/** What a test wants of a run; the rest is as a logger would say it. */
export interface RunWishes {
  readonly name?: string | undefined;
  readonly resume?: boolean;
  readonly resumeFrom?: string;
  readonly previous?: RunStart["previous"];
  readonly keep?: KeepPolicy;
  readonly message?: string;
  readonly dir?: string;
}

/** A run as the logger makes it: histories grow, a model is saved, checkpoints are asked for. */
export class TestRun {
  readonly repo: GitRepo;
  readonly tracker: RunTracker;
  readonly resumed: ResumePoint | undefined;
  readonly notes: readonly string[];
  readonly dir: string;

  constructor(repo: GitRepo, wishes: RunWishes = {}) {
    this.repo = repo;
    this.dir = wishes.dir ?? "live";
    const opening = openRun(repo, wishes);
    if (opening.kind !== "tracked") throw new Error(`untracked: ${opening.reason} ${opening.message ?? ""}`);
    this.tracker = opening.tracker;
    this.resumed = opening.resumed;
    this.notes = opening.notes ?? [];
    const folder = repo.path(this.dir, ".waymark");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, ".gitignore"), "*\n");
    const { experimentName, baseline } = this.tracker;
    const run = { runId: "run-1", status: "running", ...processIdentity(), experimentName, baseline };
    writeFileSync(join(folder, "run.json"), JSON.stringify(run));
  }

  get name(): string {
    return this.tracker.experimentName;
  }

  /** Writes what the logger has on disk after a step: one row per step so far. */
  log(step: number, loss = 1 / (step + 1)): void {
    const rows = Array.from({ length: step + 1 }, (_, at) => `${at}\t${1 / (at + 1)}\n`);
    this.repo.write(`${this.dir}/plots/metrics/loss.tsv`, `step\tloss\n${rows.join("")}`);
    this.repo.write(`${this.dir}/metrics.json`, `{\n    "loss": ${loss},\n    "step": ${step}\n}\n`);
    this.repo.write(
      "dvc.yaml",
      `metrics:\n- ${this.dir}/metrics.json\nplots:\n- ${this.dir}/plots/metrics:\n    x: step\n`,
    );
  }

  /** Trains one step, saves the model, and asks for a checkpoint. */
  checkpoint(step: number, options: { loss?: number; paths?: readonly string[] } = {}): CommittedOutcome {
    this.log(step, options.loss);
    const paths = options.paths ?? ["model.bin"];
    if (options.paths === undefined) this.repo.write("model.bin", `model ${step}\n`);
    return committed(this.tracker.checkpoint(this.request(step, paths, options.loss)));
  }

  end(
    step: number | undefined,
    status: "finished" | "interrupted" | "failed" = "finished",
    options: { paths?: readonly string[]; reason?: string } = {},
  ): CommittedOutcome {
    const paths = options.paths ?? (status === "finished" ? ["model.bin"] : []);
    return committed(this.tracker.end({ ...this.request(step ?? 0, paths), step, status, reason: options.reason }));
  }

  request(step: number, paths: readonly string[], loss?: number) {
    return {
      step,
      paths: paths.map((path) => this.repo.path(path)),
      include: [this.repo.path(this.dir), this.repo.path("dvc.yaml")],
      summary: { loss: loss ?? 1 / (step + 1), step },
    };
  }
}

export type CommittedOutcome = Extract<CheckpointOutcome, { kind: "committed" }>;

export function openRun(repo: GitRepo, wishes: RunWishes = {}) {
  const provider = createTrackerProvider({ env: GIT_TEST_ENV, random: randomNumbers() });
  return provider.open({
    cwd: repo.root,
    dir: repo.path(wishes.dir ?? "live"),
    experimentName: "name" in wishes ? wishes.name : "first",
    message: wishes.message,
    resume: wishes.resume ?? false,
    resumeFrom: wishes.resumeFrom,
    previous: wishes.previous,
    command: ["node", "train.js"],
    keep: wishes.keep ?? { kind: "all" },
  });
}

export function committed(outcome: CheckpointOutcome): CommittedOutcome {
  if (outcome.kind !== "committed") throw new Error(`failed: ${outcome.reason}`);
  return outcome;
}

/** The chain of an experiment, oldest first, as `step status` words. */
export function chain(repo: GitRepo, name: string, baseline = repo.head()): string[] {
  const ref = experimentRef(baseline, name);
  const log = repo.git("log", "--first-parent", "--reverse", "--format=%B%x00", ref, `^${baseline}`);
  return log
    .split("\0")
    .filter((message) => message.trim() !== "")
    .map((message) => {
      const { trailers } = parseCommitMessage(message.trimStart());
      return `${trailers.step ?? "-"} ${trailers.status ?? "-"}`;
    });
}

export function experimentRef(baseline: string, name: string): string {
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

/** Numbers that are the same in every run of a test. */
export function randomNumbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/** Saves the workspace of a repository; a name is drawn from numbers that are the same in every run. */
export async function saveHere(repo: GitRepo, options: SaveOptions = {}): Promise<SavedExperiment> {
  return saveExperiment(openProject(repo.root, GIT_TEST_ENV), { random: randomNumbers(), ...options });
}

/** Applies an experiment to the work tree of a repository. */
export async function applyHere(
  repo: GitRepo,
  selector: string,
  options: ApplyOptions = {},
): Promise<AppliedExperiment> {
  return applyExperiment(openProject(repo.root, GIT_TEST_ENV), selector, options);
}

/** Takes back the last apply of a repository. */
export async function undoHere(repo: GitRepo, options: UndoApplyOptions = {}): Promise<readonly string[]> {
  const project = openProject(repo.root, GIT_TEST_ENV);
  const operation = (await listOperations(project.repo)).find(({ isUndone, kind }) => !isUndone && kind === "apply");
  if (operation?.workspace === undefined) throw new Error("nothing was applied");
  const { changes, id, summary, workspace } = operation;
  const updates = changes.map(({ ref, oldId, newId }) => ({ ref, newId: oldId, oldId: newId }));
  return (await undoApply(project, { id, summary: `undo ${summary}`, updates, workspace }, options)).paths;
}
