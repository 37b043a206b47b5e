// Logs many points, through the logger or with the least work that leaves the same bytes, and prints what it took.
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";

/** @type {{ logger: "waymark" | "bare" | "bare-visible", series: number, steps: number, perStep: number, timed?: "call" | "step" }} */
const { logger, series, steps, perStep, timed } = JSON.parse(process.argv[2] ?? "{}");

// Values in [0.1, 1): their shortest text is the same in JavaScript and in Python, so both sides write equal bytes.
const values = Float64Array.from({ length: 1009 }, (_, index) => 0.1 + ((index * 0.6180339887) % 0.9));
const names = Array.from({ length: series }, (_, index) => `m${index}`);

/** A log of its own for every series, flushed at 64 KiB, or with every step where it has to be visible. */
function bareLogger(isVisible) {
  mkdirSync("bare");
  const files = names.map((name) => openSync(`bare/${name}.tsv`, "a"));
  const buffers = names.map((name) => `step\t${name}\n`);
  const flush = (index) => {
    if (buffers[index] === "") return;
    writeSync(files[index], buffers[index]);
    buffers[index] = "";
  };
  return {
    log(index, value, step) {
      buffers[index] += `${step}\t${value}\n`;
      if (buffers[index].length >= 65_536) flush(index);
    },
    nextStep() {
      if (isVisible) for (let index = 0; index < series; index += 1) flush(index);
    },
    end() {
      for (const [index, file] of files.entries()) {
        flush(index);
        closeSync(file);
      }
    },
  };
}

async function waymarkLogger() {
  const { Live } = await import("waymark");
  const live = new Live({ dir: "live", saveExp: false, dvcyaml: false });
  return {
    log: (index, value) => live.logMetric(names[index], value),
    nextStep: () => live.nextStep(),
    end: () => live.end(),
  };
}

const log = logger === "waymark" ? await waymarkLogger() : bareLogger(logger === "bare-visible");
const durations = timed === undefined ? undefined : new Float64Array(timed === "call" ? steps * perStep : steps);
const stepStarts = new Float64Array(steps + 1);

const start = performance.now();
let at = 0;
for (let step = 0; step < steps; step += 1) {
  stepStarts[step] = performance.now();
  for (let call = 0; call < perStep; call += 1) {
    const value = values[at % 1009];
    if (timed === "call") {
      const before = performance.now();
      log.log(at % series, value, step);
      durations[at] = performance.now() - before;
    } else log.log(at % series, value, step);
    at += 1;
  }
  if (timed === "step") {
    const before = performance.now();
    log.nextStep();
    durations[step] = performance.now() - before;
  } else log.nextStep();
}
const elapsedMs = performance.now() - start;
stepStarts[steps] = performance.now();
const openFiles = readdirSync("/proc/self/fd").length;
const heapBytes = process.memoryUsage().heapUsed;
log.end();

const sorted = durations?.sort();
const quantile = (share) => sorted?.[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const edge = Math.min(1000, Math.floor(steps / 2));
const result = {
  nsPerPoint: (elapsedMs * 1e6) / (steps * perStep),
  usPerStep: (elapsedMs * 1e3) / steps,
  firstStepsMs: stepStarts[edge] - stepStarts[0],
  secondStepsMs: stepStarts[2 * edge] - stepStarts[edge],
  lastStepsMs: stepStarts[steps] - stepStarts[steps - edge],
  p50Us: quantile(0.5) * 1e3,
  p99Us: quantile(0.99) * 1e3,
  worstMs: sorted?.at(-1),
  openFiles,
  heapBytes,
  maxRssBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
