import { join } from "node:path";
import { SmallFile } from "./small-file.ts";

/** Reads the process number out of a signal file; `undefined` when it holds none. */
function parseSignal(text: string): number | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("pid" in value)) return undefined;
  return typeof value.pid === "number" && Number.isSafeInteger(value.pid) && value.pid > 0 ? value.pid : undefined;
}

/**
 * The process of a logger that keeps no run file, from the signal files that it writes for editors into the project:
 * they name a process, but not the folder it logs to.
 */
export class ForeignProcess {
  readonly #signals: readonly SmallFile<number | undefined>[];

  constructor(root: string) {
    const folder = join(root, ".dvc", "tmp", "exps", "run");
    this.#signals = ["DVCLIVE_ONLY", "DVCLIVE_STEP_COMPLETED"].map(
      (name) => new SmallFile(join(folder, name), parseSignal),
    );
  }

  /** The process that may log to a folder whose data last changed at `lastDataMs`: after the signal, or not by it. */
  of(lastDataMs: number): number | undefined {
    for (const signal of this.#signals) {
      signal.refresh();
      // A second's grace: file systems keep coarse times.
      if (signal.value !== undefined && lastDataMs + 1000 >= signal.modifiedMs) return signal.value;
    }
    return undefined;
  }
}
