// Fits a line to 40 points. Run `node train.js`, and `npx waymark view` beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Live } from "waymark";

const params = { lr: 0.05, steps: 100 };
const xs = Array.from({ length: 40 }, (_, index) => index / 20 - 1);
const points = xs.map((x) => ({ x, y: 2 * x + 1 + Math.sin(50 * x) / 10 }));

const live = new Live({ resume: process.argv.includes("--resume"), totalSteps: params.steps });
live.logParams(params);
const line = live.step > 0 ? JSON.parse(readFileSync("model.json", "utf8")) : { slope: 0, offset: 0 };

for (; live.step < params.steps; live.nextStep()) {
  const errors = points.map(({ x, y }) => line.slope * x + line.offset - y);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  line.slope -= params.lr * mean(errors.map((error, index) => 2 * error * points[index].x));
  line.offset -= params.lr * mean(errors.map((error) => 2 * error));
  live.logMetric("train/loss", mean(errors.map((error) => error ** 2)), { goal: "min" });
  if (live.step % 20 === 0 || live.step === params.steps - 1) {
    writeFileSync("model.json", JSON.stringify(line));
    await live.checkpoint("model.json");
  }
  await sleep(50);
}
live.end();
