import { closeSync, openSync, writeSync } from "node:fs";
import { formatPythonFloat } from "@waymark/core/formats/python-number";

/** Length of the step file in bytes: one line, padded with spaces. */
const LENGTH = 32;

/** The file that says which step is complete: one small write in place, never half-written. */
export class StepFile {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(LENGTH, 0x20);
  #descriptor = -1;

  constructor(path: string) {
    this.#path = path;
    this.#bytes[LENGTH - 1] = 0x0a;
  }

  /** Descriptor of the open file, or -1. */
  get descriptor(): number {
    return this.#descriptor;
  }

  write(step: number, nowMs: number): void {
    this.#bytes.fill(0x20, 0, LENGTH - 1);
    const text = `${Number.isInteger(step) ? step : formatPythonFloat(step)} ${nowMs}`;
    this.#bytes.write(text, 0, LENGTH - 1, "latin1");
    if (this.#descriptor === -1) this.#descriptor = openSync(this.#path, "w");
    writeSync(this.#descriptor, this.#bytes, 0, LENGTH, 0);
  }

  close(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** Reads the step a step file names, or `undefined` when it names none. */
export function parseStepFile(text: string): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?(?:e[+-]\d+)?) \d+ *\n$/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
