// A training loop of fixed work, about a millisecond a step, that logs 20 metrics a step, appends as many rows to open
// files itself, or does nothing else at all.
import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";

/** @type {{ logger: "waymark" | "bare" | "none", steps: number, bytes: number }} */
const { logger, steps, bytes } = JSON.parse(process.argv[2] ?? "{}");
const data = Buffer.alloc(bytes, 7);
const names = Array.from({ length: 20 }, (_, index) => `${index % 2 === 0 ? "train" : "val"}/m${index >> 1}`);

function work() {
  data[0] = createHash("sha256").update(data).digest()[0] ?? 0;
}

let live;
if (logger === "waymark") {
  const { Live } = await import("waymark");
  live = new Live({ dir: "live", saveExp: false, totalSteps: steps });
}
const files = logger === "bare" ? names.map((_, index) => openSync(`${index}.tsv`, "a")) : [];
for (let step = 0; step < 200; step += 1) work();
const start = performance.now();
for (let step = 0; step < steps; step += 1) {
  work();
  for (const [index, file] of files.entries()) writeSync(file, `${step}\t${1 / (step + index + 1.5)}\n`);
  if (live === undefined) continue;
  for (let index = 0; index < names.length; index += 1) live.logMetric(names[index], 1 / (step + index + 1.5));
  live.nextStep();
}
const msPerStep = (performance.now() - start) / steps;
live?.end();
process.stdout.write(`${JSON.stringify({ msPerStep })}\n`);
