import { readRef, type RefUpdate } from "@waymark/git";
import { parseExperimentRef, formatExperimentRef } from "../../../experiment-ref.ts";
import { runElsewhere } from "../../../places/run-elsewhere.ts";
import type { RunEffects, RunResult } from "../../../run/run-place.ts";
import type { RunSpec } from "../../../run/run-spec.ts";
import { type WantedCheckpoint, wantCheckpoint } from "../../../run/wanted-checkpoint.ts";
import { bringData } from "../../../share/bring-data.ts";
import { shareData } from "../../../share/share-data.ts";
import type { JobWork } from "../carry-out-job.ts";
import type { JobRecord } from "../job-record.ts";
import { outcomeOf, settleTask, TaskWatch } from "../queue-tasks.ts";
import { restOfTask } from "../rest-of-task.ts";
import type { JobClone } from "./job-clone.ts";
import { readRunFiles } from "./letter-files.ts";
import { type ResultLetter, writeResult } from "./letters.ts";
import type { Post } from "./post.ts";

/** Until the first letter about how the run goes: whoever has just submitted it looks soon. */
const FIRST_LETTER_MS = 5000;
/** Between two letters; the last one before the end is always sent. */
const LETTER_INTERVAL_MS = 30_000;

/** Where a {@link PostedWork} works. */
export interface PostedWorkOptions {
  readonly post: Post;
  /** Element of the array. */
  readonly index: number;
  /** The project is a copy on the node: data and results travel. */
  readonly isCopy: boolean;
}

/**
 * A task that came by post, and goes back by it. Each letter takes the place of the one before, and only of that one: so
 * of two jobs that believe to have the task, one alone is heard.
 */
export class PostedWork implements JobWork {
  readonly #clone: JobClone;
  readonly #post: Post;
  readonly #index: number;
  readonly #isCopy: boolean;
  #sent: string | null;
  #record: JobRecord | undefined;
  #experiment: ResultLetter["experiment"];
  readonly #watch = new TaskWatch();
  #isLost = false;
  /** Commit whose data is at the data remote. */
  #pushed: string | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(clone: JobClone, { post, index, isCopy }: PostedWorkOptions) {
    this.#clone = clone;
    this.#post = post;
    this.#index = index;
    this.#isCopy = isCopy;
    this.#sent = clone.before?.id ?? null;
    this.#experiment = clone.before?.letter.experiment ?? null;
  }

  /** Sends the record of the job. The first one takes the task: whoever had it before can send nothing any more. */
  async record(record: JobRecord): Promise<void> {
    this.#record = record;
    // One after the other: each takes the place of the one before.
    await this.#sending;
    await this.#send();
  }

  /** Tells whether the task still is ours. */
  #isOurs(): boolean {
    const { project, start } = this.#clone;
    this.#isLost ||= !this.#post.isNewest(project.repo, this.#index, this.#sent);
    // The queue is where the project is; whoever killed the task took it from us there.
    this.#isLost ||= !this.#isCopy && !this.#watch.isHeld(project, start.task, start.fence);
    return !this.#isLost;
  }

  /** What is to be checked where a ref moves: of a copy, the post knows. */
  #checks(): readonly RefUpdate[] | undefined {
    const { project, start } = this.#clone;
    if (!this.#isOurs()) return undefined;
    return this.#isCopy ? [] : this.#watch.checks(project, start.task, start.fence);
  }

  /** Whether somebody else has the task. */
  get isLost(): boolean {
    return this.#isLost;
  }

  async run(signal: AbortSignal, effects: RunEffects): Promise<RunResult> {
    const { project, start, before } = this.#clone;
    const rest = restOfTask(project, start, before !== undefined, before?.letter.record.usedMs ?? 0);
    if ("done" in rest) return rest.done;
    const { spec } = rest;
    const commits = [start.start, ...(spec.resume === null ? [] : [spec.resume.commit])];
    if (this.#isCopy) await bringData(project, commits, signal);
    const beat = this.#isCopy ? this.#beat() : undefined;
    try {
      return await this.#runHere(rest.spec, signal, effects);
    } finally {
      beat?.stop();
    }
  }

  async #runHere(spec: RunSpec, signal: AbortSignal, effects: RunEffects): Promise<RunResult> {
    const { project, start } = this.#clone;
    return runElsewhere(
      project,
      spec,
      { commit: start.start },
      { kind: "slurm", recordId: start.recordId, task: start.task, signal, fence: () => this.#checks() },
      {
        ...effects,
        onCheckpoint: (checkpoint) => {
          effects.onCheckpoint?.(checkpoint);
          this.#note(checkpoint.name, checkpoint.commit);
        },
      },
    );
  }

  wantCheckpoint(): WantedCheckpoint {
    return wantCheckpoint(this.#clone.project, this.#clone.start.recordId);
  }

  async keepCheckpoint(): Promise<void> {
    await this.#sending;
    await this.#send();
  }

  async settle(result: RunResult): Promise<boolean> {
    if (result.commit !== null) this.#note(result.name, result.commit);
    await this.#sending;
    await this.#pushData();
    if (!this.#isOurs()) return false;
    const { project, start } = this.#clone;
    return this.#isCopy || settleTask(project, start.task, start.fence, outcomeOf(result));
  }

  async leave(): Promise<void> {
    await this.#sending;
  }

  #note(name: string, commit: string): void {
    const { project, start } = this.#clone;
    const ref = formatExperimentRef(start.spec.baseline, name);
    // What has no ref was not saved.
    if (readRef(project.repo, ref) !== undefined) this.#experiment = { ref, commit };
  }

  /** Sends letters at a gentle pace: what was logged, printed and kept until then. */
  #beat(): { readonly stop: () => void } {
    const next = (): void => {
      timer = setTimeout(next, LETTER_INTERVAL_MS);
      // The next letter has all of it.
      this.#sending = this.#sending.then(async () => this.#send()).catch(() => undefined);
    };
    let timer = setTimeout(next, FIRST_LETTER_MS);
    return { stop: () => clearTimeout(timer) };
  }

  async #send(): Promise<void> {
    const { project } = this.#clone;
    if (this.#record === undefined || this.#isLost) return;
    // Whoever has the letter can have the data.
    await this.#pushData();
    const letter: ResultLetter = { schema: 1, record: this.#record, experiment: this.#experiment };
    // Where both sides see the project, the files of the run lie in it.
    const files = this.#isCopy
      ? await readRunFiles(project, this.#clone.start.recordId)
      : new Map<string, Uint8Array>();
    const id = writeResult(project.repo, letter, files);
    if (await this.#post.sendResult(project.repo, this.#index, id, this.#sent)) this.#sent = id;
    else this.#isLost = true;
  }

  async #pushData(): Promise<void> {
    const { project } = this.#clone;
    if (!this.#isCopy || this.#experiment === null || this.#isLost) return;
    const ref = parseExperimentRef(this.#experiment.ref);
    if (ref === undefined) return;
    const { commit: tip } = this.#experiment;
    if (tip === this.#pushed) return;
    await shareData(project, "push", [{ ...ref, ref: this.#experiment.ref, tip }], {});
    this.#pushed = tip;
  }
}
