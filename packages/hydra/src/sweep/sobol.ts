import type { Random } from "./random.ts";

/** Per dimension behind the first: degree and inner bits of its polynomial, and the first direction numbers (Joe and Kuo). */
const DIRECTIONS: readonly (readonly [degree: number, bits: number, first: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
];

/** Dimensions in which points are spread evenly together. */
export const SOBOL_DIMENSIONS = DIRECTIONS.length + 1;

const BITS = 32;

/**
 * Lists the first points of the Sobol sequence, shifted at random: any run of points covers the cube more evenly than
 * independent ones do, and each coordinate alone still looks random.
 *
 * @param dimensions - At most {@link SOBOL_DIMENSIONS}.
 * @returns One list of coordinates a point, each at least 0 and below 1.
 */
export function sobolPoints(count: number, dimensions: number, random: Random): number[][] {
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionNumbers(dimension));
  const shifts = directions.map(() => Number(random.bits() >> 32n));
  const current = directions.map(() => 0);
  const points: number[][] = [];
  for (let index = 0; index < count; index += 1) {
    points.push(current.map((value, dimension) => ((value ^ (shifts[dimension] ?? 0)) >>> 0) / 2 ** BITS));
    // Gray code: each point differs from the one before in one direction, that of the lowest zero bit of its number.
    const bit = Math.min(BITS - 1, 31 - Math.clz32(~index & (index + 1)));
    directions.forEach((numbers, dimension) => {
      current[dimension] = ((current[dimension] ?? 0) ^ (numbers[bit] ?? 0)) >>> 0;
    });
  }
  return points;
}

function directionNumbers(dimension: number): number[] {
  const known = DIRECTIONS[dimension - 1];
  if (known === undefined) return Array.from({ length: BITS }, (_, bit) => (1 << (BITS - 1 - bit)) >>> 0);
  const [degree, inner, first] = known;
  const numbers = first.map((value, bit) => (value << (BITS - 1 - bit)) >>> 0);
  for (let bit = degree; bit < BITS; bit += 1) {
    const before = numbers[bit - degree] ?? 0;
    let value = before ^ (before >>> degree);
    for (let term = 1; term < degree; term += 1) {
      if (((inner >> (degree - 1 - term)) & 1) === 1) value ^= numbers[bit - term] ?? 0;
    }
    numbers.push(value >>> 0);
  }
  return numbers;
}
