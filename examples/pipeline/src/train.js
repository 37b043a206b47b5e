// Trains the network and logs how it learns.
import { writeFileSync } from "node:fs";
import { Live } from "waymark";
import { readDigits, readParams, seededRandom, shuffledIndexes } from "./digits.js";
import { answer, learn, makeNetwork, pictureOf } from "./network.js";

const { seed, epochs, lr, batch, hidden } = readParams("train");
const digits = readDigits("data/features/train.digits");
const random = seededRandom(seed);
const layers = makeNetwork(digits.side ** 2, hidden, random);
const pictures = Array.from({ length: digits.count }, (_, index) => pictureOf(digits, index));

// dvc.yaml lists what is logged, and `repro` is what commits it: the logger leaves both alone.
const live = new Live({ dvcyaml: false, saveExp: false, totalSteps: epochs });
for (; live.step < epochs; live.nextStep()) {
  // Later epochs take smaller steps.
  const rate = lr / (1 + live.step) / Math.sqrt(batch);
  const losses = [...shuffledIndexes(digits.count, random)].map((index) =>
    learn(layers, pictures[index], digits.labels[index], rate),
  );
  const right = pictures.filter((picture, index) => guess(picture) === digits.labels[index]).length;
  live.logMetric("train/loss", losses.reduce((sum, loss) => sum + loss, 0) / losses.length, { goal: "min" });
  live.logMetric("train/accuracy", right / digits.count, { goal: "max" });
}
live.end();
writeFileSync("model.json", JSON.stringify({ side: digits.side, layers }));

function guess(picture) {
  const probabilities = answer(layers, picture)[layers.length];
  return probabilities.indexOf(Math.max(...probabilities));
}
