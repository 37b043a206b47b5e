// Logs `steps` steps in a folder of its own where another process logs to the first choice; says on descriptor 3
// which folder that is, and which steps are complete.
import { writeSync } from "node:fs";
import { Live } from "@waymark/live";

const [steps = "20"] = process.argv.slice(2);
const live = new Live("live", { onSecondWriter: "own-folder", saveExp: false, dvcyaml: false });
writeSync(3, `folder ${live.dir}\n`);
for (; live.step < Number(steps); live.nextStep(), writeSync(3, `step ${live.step - 1}\n`)) {
  live.logMetric("a", live.step + 0.5);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
live.end();
