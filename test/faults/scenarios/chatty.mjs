// Logs `steps` steps while the logger has things to say: there is no Git, so its first checkpoint warns. Acknowledges
// each step on descriptor 3.
import { writeFileSync, writeSync } from "node:fs";
import { Live } from "waymark";

const [steps = "20"] = process.argv.slice(2);
const live = new Live("live", { resume: true });
for (; live.step < Number(steps); live.nextStep(), writeSync(3, `step ${live.step - 1}\n`)) {
  live.logMetric("a", live.step + 0.5);
  writeFileSync("model.bin", `model of step ${live.step}`);
  await live.checkpoint("model.bin");
}
live.end();
