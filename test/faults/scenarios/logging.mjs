// Logs `steps` steps of five metrics, a param and an image; acknowledges each step on descriptor 3 once nextStep()
// has returned. Run again, it resumes where it was.
import { writeSync } from "node:fs";
import { Live } from "@waymark/live";

const [steps = "20", pace = "fast"] = process.argv.slice(2);
const live = new Live("live", { resume: true, saveExp: false });
live.logParams({ lr: 0.1, layers: [64, 10] });
for (; live.step < Number(steps); live.nextStep(), writeSync(3, `step ${live.step - 1}\n`)) {
  const { step } = live;
  for (const name of ["a", "b", "train/c", "train/d", "e"]) live.logMetric(name, step + 0.5);
  if (step % 10 === 0)
    live.logImage(`samples/${step}.png`, { width: 2, height: 2, data: new Uint8Array(4).fill(step) });
  if (pace === "slow") await new Promise((resolve) => setTimeout(resolve, 1));
}
live.end();
