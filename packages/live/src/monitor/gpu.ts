import { type ChildProcess, spawn } from "node:child_process";

/** One graphics processor. */
export interface Gpu {
  /** Share of the time in which it computed, 0 to 100. */
  readonly usedPercent: number;
  readonly usedBytes: number;
  readonly totalBytes: number;
}

const FIELDS = "index,utilization.gpu,memory.used,memory.total";
const MEBIBYTE = 1024 ** 2;

/**
 * Reads graphics processors through one `nvidia-smi` that reports again and again; where there is none, there is
 * nothing to read. It keeps no process alive and is ended with the monitor.
 */
export class GpuMeter {
  readonly #gpus = new Map<number, Gpu>();
  readonly #child: ChildProcess;
  #rest = "";

  constructor(intervalS: number) {
    const milliseconds = Math.max(200, Math.round(intervalS * 1000));
    const args = [`--query-gpu=${FIELDS}`, "--format=csv,noheader,nounits", `--loop-ms=${milliseconds}`];
    this.#child = spawn("nvidia-smi", args, { stdio: ["ignore", "pipe", "ignore"] });
    // Not installed, or no driver: a machine without such a processor.
    this.#child.on("error", () => this.#gpus.clear());
    this.#child.on("exit", () => this.#gpus.clear());
    this.#child.unref();
    const { stdout } = this.#child;
    if (stdout !== null && "unref" in stdout && typeof stdout.unref === "function") stdout.unref();
    stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
  }

  /** The latest figures, by index. */
  read(): readonly Gpu[] {
    return [...this.#gpus.entries()].toSorted(([one], [other]) => one - other).map(([, gpu]) => gpu);
  }

  stop(): void {
    // What never started has no id; until Node noticed, `kill` would signal our whole process group.
    if (this.#child.pid !== undefined) this.#child.kill();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const gpu = parseGpuLine(line);
      if (gpu !== undefined) this.#gpus.set(gpu.index, gpu);
    }
  }
}

/** Parses a line of figures: index, utilisation in percent, used and total memory in MiB. */
export function parseGpuLine(line: string): (Gpu & { readonly index: number }) | undefined {
  const [index, usedPercent, used, total] = line.split(",").map((field) => Number(field.trim()));
  if (index === undefined || usedPercent === undefined || used === undefined || total === undefined) return undefined;
  if (![index, used, total].every(Number.isFinite) || total <= 0) return undefined;
  return {
    index,
    // Some cards do not tell ("[N/A]").
    usedPercent: Number.isFinite(usedPercent) ? usedPercent : 0,
    usedBytes: used * MEBIBYTE,
    totalBytes: total * MEBIBYTE,
  };
}
