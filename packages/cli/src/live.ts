import { gitTracker } from "#tracker";
import { Live as Logger, type LiveOptions } from "@waymark/live";

/**
 * Logs one run of a training script, and keeps its checkpoints as commits when there is a Git repository around it.
 *
 * ```ts
 * const live = new Live({ resume: true });
 * for (; live.step < epochs; live.nextStep()) {
 *   live.logMetric("train/loss", trainEpoch());
 *   await live.checkpoint("model.bin");
 * }
 * live.end();
 * ```
 */
export class Live extends Logger {
  /**
   * Starts a run, or resumes the one in the folder.
   *
   * @param dir - Folder of the run; the same as the option.
   */
  constructor(options?: LiveOptions);
  constructor(dir: string, options?: LiveOptions);
  constructor(first: string | LiveOptions = {}, second: LiveOptions = {}) {
    const options = typeof first === "string" ? { ...second, dir: first } : first;
    // What is no object is refused there, with a word on what is expected.
    super(typeof options === "object" && options !== null ? { tracker: gitTracker, ...options } : options);
  }
}
