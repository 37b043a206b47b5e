import { posix } from "node:path";
import { FloatValue } from "@waymark/core/formats/python-number";
import { InvalidOptionError } from "../errors.ts";
import type { MonitorOptions } from "../options.ts";
import { checkOptions } from "../session/check-arguments.ts";
import { CpuMeter } from "./cpu.ts";
import { readDisk } from "./disk.ts";
import { GpuMeter } from "./gpu.ts";
import { readMemory } from "./memory.ts";
import { ProcessTreeMeter } from "./process-tree.ts";

/** What the monitor does with its figures. */
export interface MonitorEffects {
  readonly log: (name: string, value: FloatValue, isPlotted: boolean) => void;
  /** Says something once per `matter`. */
  readonly warn: (matter: string, message: string) => void;
}

/** A monitor at work. */
export interface Monitor {
  /** Logs what the unfinished window holds and ends the monitor. */
  stop(): void;
}

const MAX_INTERVAL_S = 0.1;
const MAX_SAMPLES = 30;
const GIBIBYTE = 1024 ** 3;

/**
 * Samples the machine until stopped, and logs the mean of each window of samples.
 *
 * The timer keeps no process alive: a script that never ends its run exits as it would without a monitor.
 *
 * @throws {@link InvalidOptionError} for an interval, a count or a folder name that cannot be used.
 */
export function startMonitor(options: MonitorOptions, effects: MonitorEffects): Monitor {
  checkMonitorOptions(options);
  const { intervalS, samples, directories } = boundOptions(options, effects);
  const cpu = new CpuMeter();
  const tree = new ProcessTreeMeter();
  const gpu = new GpuMeter(intervalS * samples);
  const window = new Window();

  const sample = (): void => {
    const usage = cpu.sample();
    if (usage !== undefined) {
      window.add("system/cpu/usage (%)", usage.meanPercent);
      window.add("system/cpu/parallelization (%)", usage.busyPercent);
    }
    const memory = readMemory();
    window.add("system/ram/usage (%)", (100 * memory.usedBytes) / memory.totalBytes);
    window.add("system/ram/usage (GB)", memory.usedBytes / GIBIBYTE);
    window.addFixed("system/ram/total (GB)", memory.totalBytes / GIBIBYTE);
    window.addFixed("system/cpu/count", cpu.count);
    for (const [key, path] of Object.entries(directories)) {
      const disk = readDisk(path);
      if (disk === undefined) {
        effects.warn(`disk ${key}`, `Cannot find '${path}': its disk is not monitored.`);
        continue;
      }
      window.add(`system/disk/usage (%)/${key}`, disk.usedPercent);
      window.add(`system/disk/usage (GB)/${key}`, disk.usedBytes / GIBIBYTE);
      window.addFixed(`system/disk/total (GB)/${key}`, disk.totalBytes / GIBIBYTE);
    }
    window.count += 1;
  };

  const publish = (): void => {
    if (window.count === 0) return;
    const own = tree.sample();
    if (own !== undefined) {
      window.add("system/process/cpu (%)", own.cpuPercent);
      window.add("system/process/ram (GB)", own.residentBytes / GIBIBYTE);
    }
    const gpus = gpu.read();
    if (gpus.length > 0) window.addFixed("system/gpu/count", gpus.length);
    for (const [index, one] of gpus.entries()) {
      window.add(`system/gpu/usage (%)/${index}`, one.usedPercent);
      window.add(`system/vram/usage (%)/${index}`, (100 * one.usedBytes) / one.totalBytes);
      window.add(`system/vram/usage (GB)/${index}`, one.usedBytes / GIBIBYTE);
      window.addFixed(`system/vram/total (GB)/${index}`, one.totalBytes / GIBIBYTE);
    }
    window.publish(effects.log);
  };

  const timer = setInterval(() => {
    sample();
    if (window.count >= samples) publish();
  }, intervalS * 1000).unref();

  return {
    stop(): void {
      clearInterval(timer);
      gpu.stop();
      publish();
    },
  };
}

/** Sums of one window. A mean divides by the values that came, so a short last window is as true as a full one. */
class Window {
  count = 0;
  readonly #means = new Map<string, { sum: number; count: number }>();
  readonly #fixed = new Map<string, number>();

  add(name: string, value: number): void {
    const mean = this.#means.get(name) ?? { sum: 0, count: 0 };
    mean.sum += value;
    mean.count += 1;
    this.#means.set(name, mean);
  }

  addFixed(name: string, value: number): void {
    this.#fixed.set(name, value);
  }

  publish(log: MonitorEffects["log"]): void {
    for (const [name, { sum, count }] of this.#means) log(name, new FloatValue(sum / count), true);
    for (const [name, value] of this.#fixed) log(name, new FloatValue(value), false);
    this.count = 0;
    this.#means.clear();
  }
}

const DEFAULTS = { interval: 0.05, samples: 20, directories: { main: "/" } };

/** @throws {@link InvalidOptionError} for options that no monitor can be started with. */
export function checkMonitorOptions(options: MonitorOptions): void {
  checkOptions(options, "an object, such as { interval: 0.05 }");
  const { interval, samples, directories } = { ...DEFAULTS, ...options };
  if (typeof interval !== "number" || !(interval > 0)) {
    throw new InvalidOptionError("interval", interval, "seconds, more than 0 and at most 0.1");
  }
  if (!Number.isInteger(samples)) throw new InvalidOptionError("samples", samples, "a whole number from 1 to 30");
  if (typeof directories !== "object" || directories === null || Array.isArray(directories)) {
    throw new InvalidOptionError("directories", directories, 'an object of folders by name, such as { main: "/" }');
  }
  for (const [key, path] of Object.entries(directories)) {
    // The key becomes a part of metric names.
    if (key === "" || key.startsWith("/") || key.includes("..") || posix.normalize(key) !== key || key.endsWith("/")) {
      throw new InvalidOptionError("directories", key, "names such as 'main' or 'data/fast'");
    }
    if (typeof path !== "string") throw new InvalidOptionError("directories", path, "a path");
  }
}

function boundOptions(
  options: MonitorOptions,
  effects: MonitorEffects,
): { intervalS: number; samples: number; directories: Readonly<Record<string, string>> } {
  const { interval, samples, directories } = { ...DEFAULTS, ...options };
  if (interval > MAX_INTERVAL_S) {
    effects.warn("interval", `A monitor interval of ${interval} s is too long: ${MAX_INTERVAL_S} s is used.`);
  }
  const bounded = Math.min(Math.max(samples, 1), MAX_SAMPLES);
  if (bounded !== samples) {
    effects.warn("samples", `${samples} samples per row are outside of 1 to ${MAX_SAMPLES}: ${bounded} are used.`);
  }
  return { intervalS: Math.min(interval, MAX_INTERVAL_S), samples: bounded, directories };
}
