// Judges the model by images it has not seen.
import { readFileSync } from "node:fs";
import { Live } from "waymark";
import { readDigits } from "./digits.js";
import { answer, CLASSES, pictureOf } from "./network.js";

/** The curve is drawn for one digit: the one most often mistaken for others. */
const DIGIT = 8;
const HARDEST = 10;

const { layers } = JSON.parse(readFileSync("model.json", "utf8"));
const digits = readDigits("data/features/test.digits");
const labels = [...digits.labels];
const probabilities = labels.map((_, index) => answer(layers, pictureOf(digits, index))[layers.length]);
const guesses = probabilities.map((each) => each.indexOf(Math.max(...each)));
const accuracyOf = (indexes) => indexes.filter((index) => guesses[index] === labels[index]).length / indexes.length;

const live = new Live({ dir: "eval", dvcyaml: false, saveExp: false });
live.logMetric("accuracy", accuracyOf([...labels.keys()]), { plot: false });
for (let digit = 0; digit < CLASSES; digit += 1) {
  const indexes = [...labels.keys()].filter((index) => labels[index] === digit);
  live.logMetric(`of/${digit}`, accuracyOf(indexes), { plot: false });
}
live.logPlot(
  "confusion",
  labels.map((label, index) => ({ actual: String(label), predicted: String(guesses[index]) })),
  { x: "actual", y: "predicted", template: "confusion" },
);
live.logClassification(
  "precision_recall",
  labels.map((label) => (label === DIGIT ? 1 : 0)),
  probabilities.map((each) => each[DIGIT]),
);
live.logImage("hardest.png", drawRow(hardest()));
live.end();

/** The images whose right answer the model finds least likely. */
function hardest() {
  const likelihood = (index) => probabilities[index][labels[index]];
  return [...labels.keys()].sort((a, b) => likelihood(a) - likelihood(b)).slice(0, HARDEST);
}

/** Draws images side by side, dark on light. */
function drawRow(indexes) {
  const { side, pixels } = digits;
  const zoom = Math.ceil(56 / side);
  const [width, height] = [indexes.length * side * zoom, side * zoom];
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [Math.floor((at % width) / zoom), Math.floor(at / width / zoom)];
    const ink = pixels[(indexes[Math.floor(x / side)] * side + y) * side + (x % side)];
    data.fill(255 - ink, at * 3, at * 3 + 3);
  }
  return { data, width, height, channels: 3 };
}
