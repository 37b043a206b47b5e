import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const LOGGER = fileURLToPath(new URL("../../packages/live/dist/index.js", import.meta.url));

/** What a {@link TrainingLoop} logs, and how fast. */
export interface LoopOptions {
  readonly metrics: readonly string[];
  /** Steps made at once before the paced ones. Default 0. */
  readonly atOnce?: number;
  readonly steps: number;
  readonly intervalMs: number;
}

/** A process that logs with the built logger and says when each step was done. */
export class TrainingLoop {
  /** Epoch milliseconds at which `nextStep()` returned, by step. */
  readonly doneAtMs = new Map<number, number>();
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;

  /** @param root - Project folder; the run is `live` inside it. */
  constructor(root: string, { metrics, atOnce = 0, steps, intervalMs }: LoopOptions) {
    const program = `
      import { Live } from ${JSON.stringify(LOGGER)};
      const live = new Live({ dir: "live", saveExp: false, totalSteps: ${atOnce + steps} });
      while (live.step < ${atOnce + steps}) {
        for (const metric of ${JSON.stringify(metrics)}) live.logMetric(metric, Math.sin(live.step / 20) + 1.5);
        const { step } = live;
        live.nextStep();
        console.log(step, performance.timeOrigin + performance.now());
        if (step >= ${atOnce}) await new Promise((resolve) => setTimeout(resolve, ${intervalMs} * (0.9 + 0.2 * Math.random())));
      }
      live.end();`;
    this.#process = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void this.#process.kill("SIGKILL"));
    const { stdout } = this.#process;
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        const [step, atMs] = line.split(" ").map(Number);
        if (step !== undefined && atMs !== undefined) this.doneAtMs.set(step, atMs);
      });
    }
    this.ended = new Promise((resolve) => this.#process.once("close", () => resolve()));
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}
