import { join } from "node:path";
import { RUN_FOLDER, STEP_FILE } from "@waymark/core/run-file";
import { isErrno } from "@waymark/files";
import { Journal, type JournalRows } from "./journal.ts";
import { MarksFile } from "./marks.ts";
import { makeRunFolder } from "./run-file.ts";
import { StepFile } from "./step-file.ts";

/** Name of the journal in the run folder. */
export const JOURNAL = "journal";

/** Records which step is complete, and by which bytes: the marks, the journal and the step file, in that order. */
export class Completion {
  readonly #dir: string;
  readonly #marks: MarksFile;
  readonly #journal: Journal;
  readonly #stepFile: StepFile;

  constructor(dir: string, historiesFolder: string) {
    const runFolder = join(dir, RUN_FOLDER);
    this.#dir = dir;
    this.#marks = new MarksFile(runFolder, historiesFolder);
    this.#journal = new Journal(join(runFolder, JOURNAL));
    this.#stepFile = new StepFile(join(runFolder, STEP_FILE));
  }

  /** Descriptor of the step file while it is open, else -1. */
  get descriptor(): number {
    return this.#stepFile.descriptor;
  }

  /** All rows of `step` are in the histories, which have these sizes. */
  mark(step: number, nowMs: number, sizes: Iterable<readonly [path: string, sizeBytes: number]>): void {
    try {
      this.#marks.write(step, sizes);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      // The folder is not there any more, or not yet: the disk was full when the run began.
      makeRunFolder(this.#dir);
      this.#marks.write(step, sizes);
    }
    this.#journal.reset();
    this.#stepFile.write(step, nowMs);
  }

  /** The rows of `step` are recorded, and will be in the histories with the next mark. */
  journal(step: number, nowMs: number, rows: readonly JournalRows[]): void {
    this.#journal.add(this.#marks.sequence, step, rows);
    this.#stepFile.write(step, nowMs);
  }

  close(): void {
    this.#marks.close();
    this.#journal.close();
    this.#stepFile.close();
  }
}
