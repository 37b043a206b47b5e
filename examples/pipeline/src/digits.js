// Images of digits in files: a header line of JSON, then the numbers. What every stage hands to the next.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/**
 * Reads images: how many there are (`count`), the width and height of each (`side`), the digit each one shows
 * (`labels`), and `count * side * side` bytes of `pixels`, where 0 is paper and 255 is ink.
 */
export function readDigits(path) {
  const bytes = readFileSync(path);
  const end = bytes.indexOf("\n");
  const { count, side } = JSON.parse(bytes.toString("utf8", 0, end));
  const labels = bytes.subarray(end + 1, end + 1 + count);
  return { count, side, labels, pixels: bytes.subarray(end + 1 + count) };
}

export function writeDigits(folder, name, digits) {
  const { count, side, labels, pixels } = digits;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, name),
    Buffer.concat([Buffer.from(`${JSON.stringify({ count, side })}\n`), labels, pixels]),
  );
}

/** The params of a stage: a section of params.yaml. */
export function readParams(stage) {
  return parse(readFileSync("params.yaml", "utf8"))[stage];
}

/** A small seeded generator (mulberry32): the same seed gives the same numbers on every machine. */
export function seededRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers 0 to `count - 1` in a random order. */
export function shuffledIndexes(count, random) {
  const indexes = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [indexes[last], indexes[other]] = [indexes[other], indexes[last]];
  }
  return indexes;
}
