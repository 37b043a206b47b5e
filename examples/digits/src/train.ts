/**
 * Trains a digit classifier on MNIST. Watch it with `waymark view`, stop it with Ctrl-C, continue it with
 * `node train.js --resume`: it goes on from the last checkpoint and ends exactly as if it had never stopped.
 */
import { Live } from "waymark";

import { BatchDealer, PIXELS, readDigits, SIDE, takeBatch } from "./mnist.ts";
import { Network, startBackend } from "./network.ts";
import { readParams } from "./params.ts";

const MODEL = "model.bin";
const SAMPLES = 8;

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

for (; live.step < totalSteps; live.nextStep()) {
  const step = live.step;
  const { loss, accuracy } = network.train(dealer.batchOf(step));
  live.logMetrics({ "train/loss": loss, "train/accuracy": accuracy });

  const isLast = step === totalSteps - 1;
  if (isLast || (step + 1) % params.checkpoint_every === 0) {
    const seen = network.evaluate(test);
    live.logMetrics({ "val/loss": seen.loss, "val/accuracy": seen.accuracy });
    live.logImage(`mistakes/${step}.png`, drawMistakes(seen.predictions));
    live.logClassification("confusion_matrix", [...test.labels], [...seen.predictions], { normalized: true });
    network.save(MODEL);
    await live.checkpoint(MODEL);
  }
  // Lets Ctrl-C and timers through: the training itself never waits for anything.
  await new Promise((resolve) => setImmediate(resolve));
}
live.end();

/** The first test images the network got wrong, side by side. */
function drawMistakes(predictions: Uint8Array): { width: number; height: number; channels: 1; data: Uint8Array } {
  const wrong = [...predictions.keys()].filter((index) => predictions[index] !== test.labels[index]).slice(0, SAMPLES);
  const width = SIDE * SAMPLES;
  const data = new Uint8Array(width * SIDE);
  wrong.forEach((image, column) => {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const row = Math.floor(pixel / SIDE);
      data[row * width + column * SIDE + (pixel % SIDE)] = testDigits.images[image * PIXELS + pixel] ?? 0;
    }
  });
  return { width, height: SIDE, channels: 1, data };
}
