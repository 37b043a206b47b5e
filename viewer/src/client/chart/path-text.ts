/** The drawing calls that a series makes: a canvas, a box that measures, or text for SVG. */
export interface PathContext {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Collects a path as the `d` attribute of an SVG path, to a tenth of a pixel. */
export class PathText implements PathContext {
  readonly #parts: string[] = [];

  moveTo(x: number, y: number): void {
    this.#parts.push(`M${round(x)},${round(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#parts.push(`L${round(x)},${round(y)}`);
  }

  toString(): string {
    return this.#parts.join("");
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
