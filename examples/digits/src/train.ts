/**
 * Trains a digit classifier on MNIST. Watch it with `waymark view`, stop it with Ctrl-C, continue it with
 * `node train.js --resume`: it goes on from the last checkpoint and ends exactly as if it had never stopped.
 */
import { Live } from "waymark";

import { BatchDealer, readDigits, takeBatch } from "./mnist.ts";
import { Network, startBackend } from "./network.ts";
import { readParams } from "./params.ts";
import { drawMistakes } from "./picture.ts";

const MODEL = "model.bin";

await startBackend();
const params = readParams("params.yaml");
const testDigits = readDigits("test", params.test_images);
const test = takeBatch(
  testDigits,
  Uint32Array.from({ length: testDigits.count }, (_, index) => index),
);
const dealer = new BatchDealer(readDigits("train", params.train_images), params.batch_size, params.seed);
const totalSteps = params.epochs * dealer.stepsPerEpoch;

const live = new Live({ resume: process.argv.includes("--resume"), totalSteps });
live.defineMetric("val/loss", { goal: "min" });
live.defineMetric("val/accuracy", { goal: "max" });
live.logParams({ ...params });

const network = new Network(params.hidden, params.lr, params.seed);
if (live.step > 0) network.load(MODEL);

// Optional: without a handler Ctrl-C ends the run at once, and it resumes from its last checkpoint. This one first
// keeps a checkpoint of the very step it came in.
let isStopping = false;
process.once("SIGINT", () => (isStopping = true));

while (live.step < totalSteps && !isStopping) {
  const step = live.step;
  const { loss, accuracy } = network.train(dealer.batchOf(step));
  live.logMetrics({ "train/loss": loss, "train/accuracy": accuracy });

  // Lets Ctrl-C and timers through: the training itself never waits for anything.
  await new Promise((resolve) => setImmediate(resolve));
  // The very first step, too: a run that is killed early then has a checkpoint to go on from.
  const isDue = step === 0 || step === totalSteps - 1 || (step + 1) % params.checkpoint_every === 0;
  if (isDue) {
    const seen = network.evaluate(test);
    live.logMetrics({ "val/loss": seen.loss, "val/accuracy": seen.accuracy });
    live.logImage(`mistakes/${step}.png`, drawMistakes(testDigits, seen.predictions));
    live.logClassification("confusion_matrix", [...test.labels], [...seen.predictions], { normalized: true });
    console.log(
      `step ${step + 1} of ${totalSteps}: ${(100 * seen.accuracy).toFixed(2)} % of the test images are right`,
    );
  }
  // Nothing more is logged when stopping: a run that is stopped and resumed must not differ from one that was not.
  if (isDue || isStopping) {
    network.save(MODEL);
    await live.checkpoint(MODEL);
  }
  live.nextStep();
}
live.end();
