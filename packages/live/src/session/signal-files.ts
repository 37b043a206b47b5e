import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(".dvc", "tmp", "exps", "run");
const RUNNING = "DVCLIVE_ONLY";
const STEP_COMPLETED = "DVCLIVE_STEP_COMPLETED";

/** Finds the nearest folder with a `.dvc` folder, from `cwd` upwards. */
export function findDvcRoot(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".dvc", "config")) || existsSync(join(folder, ".dvc", "tmp"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * The files by which editors notice a run: `DVCLIVE_ONLY` while it goes on, `DVCLIVE_STEP_COMPLETED` with every step.
 * Both are small and rewritten in place; nobody's data depends on them, so they are never flushed.
 */
export class SignalFiles {
  readonly #folder: string;
  #descriptor = -1;
  #length = 0;

  constructor(dvcRoot: string) {
    this.#folder = join(dvcRoot, FOLDER);
  }

  markRunning(experimentName: string): void {
    mkdirSync(this.#folder, { recursive: true });
    const descriptor = openSync(join(this.#folder, RUNNING), "w");
    try {
      writeSync(descriptor, `{"exp_name": ${asciiJson(experimentName)}, "pid": ${process.pid}}`);
    } finally {
      closeSync(descriptor);
    }
  }

  markStep(step: number): void {
    if (this.#descriptor === -1) {
      mkdirSync(this.#folder, { recursive: true });
      this.#descriptor = openSync(join(this.#folder, STEP_COMPLETED), "w");
    }
    const text = `{"pid": ${process.pid}, "step": ${step}}`;
    writeSync(this.#descriptor, text, 0);
    if (text.length < this.#length) ftruncateSync(this.#descriptor, text.length);
    this.#length = text.length;
  }

  remove(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
    rmSync(join(this.#folder, STEP_COMPLETED), { force: true });
    rmSync(join(this.#folder, RUNNING), { force: true });
  }
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
