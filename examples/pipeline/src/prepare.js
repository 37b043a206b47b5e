// Takes some of the original images and splits them into those to learn from and those to be judged by.
import { readFileSync } from "node:fs";
import { readParams, seededRandom, shuffledIndexes, writeDigits } from "./digits.js";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
// The original files start with a header: 16 bytes before the images, 8 before the labels.
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

const { seed, count, split } = readParams("prepare");
const parts = ["train", "t10k"];
const pixels = Buffer.concat(
  parts.map((part) => readFileSync(`data/digits/${part}-images-idx3-ubyte`).subarray(IMAGE_HEADER)),
);
const labels = Buffer.concat(
  parts.map((part) => readFileSync(`data/digits/${part}-labels-idx1-ubyte`).subarray(LABEL_HEADER)),
);
const chosen = shuffledIndexes(labels.length, seededRandom(seed)).subarray(0, count);
const testCount = Math.round(chosen.length * split);

for (const [name, indexes] of Object.entries({
  test: chosen.subarray(0, testCount),
  train: chosen.subarray(testCount),
})) {
  const taken = [...indexes];
  writeDigits("data/prepared", `${name}.digits`, {
    count: taken.length,
    side: SIDE,
    labels: Uint8Array.from(taken, (index) => labels[index]),
    pixels: Buffer.concat(taken.map((index) => pixels.subarray(index * PIXELS, (index + 1) * PIXELS))),
  });
  console.log(`${name}: ${taken.length} images`);
}
