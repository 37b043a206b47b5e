// Makes images easier to tell apart: slanting digits are set upright, then pixels are pooled to a coarser picture.
import { readDigits, readParams, writeDigits } from "./digits.js";

const { side, upright } = readParams("featurize");

/** Shifts every row so that the digit stands upright: by how much, its second moments tell. */
function setUpright(image, width) {
  let [mass, meanX, meanY] = [0, 0, 0];
  for (const [at, ink] of image.entries()) {
    mass += ink;
    meanX += ink * (at % width);
    meanY += ink * Math.floor(at / width);
  }
  [meanX, meanY] = [meanX / mass, meanY / mass];
  let [varianceY, covariance] = [0, 0];
  for (const [at, ink] of image.entries()) {
    const y = Math.floor(at / width) - meanY;
    varianceY += ink * y * y;
    covariance += ink * y * ((at % width) - meanX);
  }
  const slant = varianceY === 0 ? 0 : covariance / varianceY;
  return image.map((_, at) => {
    const y = Math.floor(at / width);
    const from = (at % width) + Math.round(slant * (y - meanY));
    return from < 0 || from >= width ? 0 : image[y * width + from];
  });
}

/** Averages squares of pixels. */
function pool(image, width) {
  const factor = width / side;
  const pooled = new Uint8Array(side * side);
  for (let at = 0; at < pooled.length; at += 1) {
    const [left, top] = [(at % side) * factor, Math.floor(at / side) * factor];
    let sum = 0;
    for (let y = top; y < top + factor; y += 1)
      for (let x = left; x < left + factor; x += 1) sum += image[y * width + x];
    pooled[at] = Math.round(sum / factor ** 2);
  }
  return pooled;
}

for (const name of ["train", "test"]) {
  const digits = readDigits(`data/prepared/${name}.digits`);
  const size = digits.side ** 2;
  if (digits.side % side !== 0) throw new Error(`featurize.side is ${side}: it does not divide ${digits.side}`);
  const images = Array.from({ length: digits.count }, (_, index) => {
    const image = digits.pixels.subarray(index * size, (index + 1) * size);
    return pool(upright ? setUpright(image, digits.side) : image, digits.side);
  });
  writeDigits("data/features", `${name}.digits`, { ...digits, side, pixels: Buffer.concat(images) });
  console.log(`${name}: ${digits.count} images of ${side} x ${side}`);
}
