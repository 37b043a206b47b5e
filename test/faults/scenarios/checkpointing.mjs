// Trains a "model" of 100 kB for `steps` steps with a checkpoint each; acknowledges each checkpoint and step on
// descriptor 3. The model depends on the one before, so that resuming from the wrong one shows. Run again, it resumes.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { Live } from "waymark";

const [steps = "4", size = "100000"] = process.argv.slice(2);
const live = new Live({ resume: true });
live.logParams({ lr: 0.1 });
let model = live.step > 0 && existsSync("model.bin") ? readFileSync("model.bin") : Buffer.alloc(Number(size));
for (; live.step < Number(steps); live.nextStep(), writeSync(3, `step ${live.step - 1}\n`)) {
  const { step } = live;
  const seed = createHash("sha256").update(model).update(`${step}`).digest();
  model = Buffer.from(model);
  for (let at = 0; at < model.length; at++) model[at] = (model[at] + seed[at % 32]) & 255;
  live.logMetric("loss", step + 0.5);
  live.logMetric("train/acc", step + 0.25);
  writeFileSync("model.part", model);
  renameSync("model.part", "model.bin");
  const outcome = await live.checkpoint("model.bin");
  writeSync(3, `checkpoint ${step} ${outcome.kind} ${outcome.commit ?? outcome.reason ?? ""}\n`);
}
live.end();
