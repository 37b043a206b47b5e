import { type Digits, PIXELS, SIDE } from "./mnist.ts";

/** Pixels of a picture, row by row: red, green and blue of each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

const COLUMNS = 8;
const ROWS = 3;
/** Each pixel of an image becomes a square of so many. */
const SCALE = 2;
/** The digits in 3 by 5 dots, each row as three bits. */
const GLYPHS = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71244", "75757", "75717"];

/** Draws the first images that were taken for another digit, each with that digit in its corner. */
export function drawMistakes(digits: Digits, guesses: Uint8Array): Picture {
  const width = COLUMNS * SIDE * SCALE;
  const height = ROWS * SIDE * SCALE;
  const data = new Uint8Array(width * height * 3);
  const wrong = [...guesses.keys()].filter((index) => guesses[index] !== digits.labels[index]);
  wrong.slice(0, COLUMNS * ROWS).forEach((image, place) => {
    const left = (place % COLUMNS) * SIDE;
    const top = Math.floor(place / COLUMNS) * SIDE;
    const paint = (column: number, row: number, color: readonly number[]): void => {
      for (let square = 0; square < SCALE * SCALE; square++) {
        const x = (left + column) * SCALE + (square % SCALE);
        const y = (top + row) * SCALE + Math.floor(square / SCALE);
        data.set(color, (y * width + x) * 3);
      }
    };
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const grey = digits.images[image * PIXELS + pixel] ?? 0;
      paint(pixel % SIDE, Math.floor(pixel / SIDE), [grey, grey, grey]);
    }
    [...(GLYPHS[guesses[image] ?? 0] ?? "")].forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if ((Number(bits) & (4 >> column)) !== 0) paint(2 + column, 2 + row, [255, 92, 92]);
      }
    });
  });
  return { width, height, channels: 3, data };
}
