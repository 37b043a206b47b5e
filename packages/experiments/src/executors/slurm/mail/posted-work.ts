import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { readRef } from "@waymark/git";
import { parseExperimentRef, formatExperimentRef } from "../../../experiment-ref.ts";
import { runElsewhere } from "../../../places/run-elsewhere.ts";
import type { RunEffects, RunResult } from "../../../run/run-place.ts";
import { runLogPath, runRecordFolder } from "../../../run/run-record.ts";
import { type WantedCheckpoint, wantCheckpoint } from "../../../run/wanted-checkpoint.ts";
import { shareData } from "../../../share/share-data.ts";
import type { JobWork } from "../carry-out-job.ts";
import { continueSpec } from "../continue-spec.ts";
import type { JobRecord } from "../job-record.ts";
import { bringData, type JobClone } from "./job-clone.ts";
import { type ResultLetter, writeResult } from "./letters.ts";
import type { Post } from "./post.ts";

/** Between two letters about checkpoints; the last one before the end is always sent. */
const LETTER_INTERVAL_MS = 30_000;
/** Of a console log, the end travels. */
const LOG_BYTES = 1 << 20;

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
  #isLost = false;
  #sending: Promise<void> = Promise.resolve();
  #sentMs = 0;

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
    await this.#send();
  }

  /** Tells whether the task still is ours. */
  #isOurs(): boolean {
    this.#isLost ||= !this.#post.isNewest(this.#clone.project.repo, this.#index, this.#sent);
    return !this.#isLost;
  }

  /** Whether somebody else has the task. */
  get isLost(): boolean {
    return this.#isLost;
  }

  async run(signal: AbortSignal, effects: RunEffects): Promise<RunResult> {
    const { project, start } = this.#clone;
    const spec = continueSpec(project, start.spec, this.#experiment?.ref, this.#clone.before?.letter.record.usedMs);
    const commits = [start.start, ...(spec.resume === null ? [] : [spec.resume.commit])];
    if (this.#isCopy) await bringData(project, commits, signal);
    return runElsewhere(
      project,
      spec,
      { commit: start.start },
      { kind: "slurm", recordId: start.recordId, task: start.task, signal, fence: () => this.#isOurs() },
      {
        ...effects,
        onCheckpoint: (checkpoint) => {
          effects.onCheckpoint?.(checkpoint);
          this.#note(checkpoint.name, checkpoint.commit);
          if (this.#isCopy && Date.now() - this.#sentMs >= LETTER_INTERVAL_MS) this.#sendLater();
        },
      },
    );
  }

  wantCheckpoint(): WantedCheckpoint {
    return wantCheckpoint(this.#clone.project, this.#clone.start.recordId);
  }

  async keepCheckpoint(): Promise<void> {
    await this.#send();
  }

  async settle(result: RunResult): Promise<boolean> {
    if (result.commit !== null) this.#note(result.name, result.commit);
    await this.#sending;
    await this.#pushData();
    return this.#isOurs();
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

  #sendLater(): void {
    this.#sentMs = Date.now();
    this.#sending = this.#sending
      .then(async () => this.#send())
      // The next letter has all of it.
      .catch(() => undefined);
  }

  async #send(): Promise<void> {
    const { project } = this.#clone;
    if (this.#record === undefined || this.#isLost) return;
    // Whoever has the letter can have the data.
    await this.#pushData();
    const letter: ResultLetter = { schema: 1, record: this.#record, experiment: this.#experiment };
    const id = writeResult(project.repo, letter, this.#files());
    this.#sentMs = Date.now();
    if (await this.#post.sendResult(project.repo, this.#index, id, this.#sent)) this.#sent = id;
    else this.#isLost = true;
  }

  async #pushData(): Promise<void> {
    const { project } = this.#clone;
    if (!this.#isCopy || this.#experiment === null || this.#isLost) return;
    const ref = parseExperimentRef(this.#experiment.ref);
    if (ref === undefined) return;
    await shareData(project, "push", [{ ...ref, ref: this.#experiment.ref, tip: this.#experiment.commit }], {});
  }

  #files(): ReadonlyMap<string, Uint8Array> {
    // Where both sides see the project, they lie in it.
    if (!this.#isCopy) return new Map();
    const { project, start } = this.#clone;
    const paths = [
      ["console.log", runLogPath(project, start.recordId)],
      ["run.json", join(runRecordFolder(project, start.recordId), "run.json")],
    ] as const;
    const files = new Map<string, Uint8Array>();
    for (const [name, path] of paths) {
      try {
        files.set(name, readFileSync(path).subarray(-LOG_BYTES));
      } catch (error) {
        if (!isErrno(error, "ENOENT")) throw error;
      }
    }
    return files;
  }
}
