// The null control of the logging suites: a logger that rewrites its files in place and keeps steps in memory for a
// while. A checker that finds nothing wrong with it checks nothing.
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";

const steps = Number(process.argv[2] ?? 20);
mkdirSync("live/plots/metrics/train", { recursive: true });
mkdirSync("live/.waymark", { recursive: true });
const rewrite = (path, text) => {
  const file = openSync(path, "a+");
  ftruncateSync(file, 0);
  writeSync(file, text.slice(0, text.length / 2));
  writeSync(file, text.slice(text.length / 2));
  closeSync(file);
};
const names = ["a", "b", "train/c", "train/d", "e"];
const first = existsSync("live/metrics.json")
  ? (JSON.parse(readFileSync("live/metrics.json", "utf8")).step ?? -1) + 1
  : 0;
const histories = Object.fromEntries(names.map((name) => [name, `step\t${name.split("/").at(-1)}\n`]));
for (let step = 0; step < first; step++) for (const name of names) histories[name] += `${step}\t${step + 0.5}\n`;
for (let step = first; step < steps; step++) {
  for (const name of names) histories[name] += `${step}\t${step + 0.5}\n`;
  if (step % 3 === 0) for (const name of names) rewrite(`live/plots/metrics/${name}.tsv`, histories[name]);
  rewrite("live/metrics.json", `${JSON.stringify({ step })}\n`);
  writeSync(3, `step ${step}\n`);
}
for (const name of names) rewrite(`live/plots/metrics/${name}.tsv`, histories[name]);
