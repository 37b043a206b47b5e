import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { isErrno } from "@waymark/files";

/** How long each history was when a step was complete. */
export interface Marks {
  readonly step: number;
  /** Bytes, by path relative to the folder of histories. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Marks as they stand on disk. */
interface RecordedMarks extends Marks {
  readonly sequence: number;
  /** Histories by their line in the list. */
  readonly names: readonly string[];
}

const NAMES = "histories";
const SLOTS = ["marks-0", "marks-1"] as const;

/**
 * Records how long every history is at the end of each step, so that resuming can cut exactly what was never completed,
 * whatever step numbers the script uses.
 *
 * Two slots take turns: a process that is killed while it writes one leaves the other whole. Histories are named
 * once, in an append-only list; a slot holds one number per line of that list.
 */
export class MarksFile {
  readonly #folder: string;
  readonly #historiesFolder: string;
  readonly #names: string[] = [];
  readonly #descriptors = [-1, -1];
  #sequence = 0;

  constructor(folder: string, historiesFolder: string) {
    this.#folder = folder;
    this.#historiesFolder = historiesFolder;
  }

  /** Counts up with every write; names the newest marks. */
  get sequence(): number {
    return this.#sequence;
  }

  write(step: number, sizes: Iterable<readonly [path: string, sizeBytes: number]>): void {
    this.#sequence += 1;
    let body = "";
    let index = 0;
    for (const [path, size] of sizes) {
      if (index >= this.#names.length) this.#addName(path, index);
      body += ` ${size}`;
      index += 1;
    }
    const slot = this.#sequence & 1;
    const text = `${this.#sequence} ${step}${body}\nend ${this.#sequence}\n`;
    let descriptor = this.#descriptors[slot] ?? -1;
    if (descriptor === -1) {
      descriptor = openSync(join(this.#folder, SLOTS[slot] ?? SLOTS[0]), "w");
      this.#descriptors[slot] = descriptor;
    }
    writeSync(descriptor, text, 0, "latin1");
  }

  close(): void {
    for (const [slot, descriptor] of this.#descriptors.entries()) {
      if (descriptor !== -1) closeSync(descriptor);
      this.#descriptors[slot] = -1;
    }
  }

  #addName(path: string, index: number): void {
    appendFileSync(join(this.#folder, NAMES), `${JSON.stringify(relative(this.#historiesFolder, path))}\n`, {
      flag: index === 0 ? "w" : "a",
    });
    this.#names.push(path);
  }
}

/** Reads the newest whole marks, or with `step` the newest of that step; `undefined` when there are none. */
export function readMarks(folder: string, step?: number): RecordedMarks | undefined {
  let names: string[];
  try {
    names = readFileSync(join(folder, NAMES), "utf8").split("\n").slice(0, -1).map(parseName);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR") || error instanceof SyntaxError) return undefined;
    throw error;
  }
  let newest: RecordedMarks | undefined;
  for (const slot of SLOTS) {
    const marks = parseSlot(readText(join(folder, slot)), names);
    if (marks === undefined || (step !== undefined && marks.step !== step)) continue;
    if (marks.sequence > (newest?.sequence ?? 0)) newest = marks;
  }
  return newest;
}

function parseSlot(text: string, names: readonly string[]): RecordedMarks | undefined {
  const [line, end] = text.split("\n", 2);
  if (line === undefined || end === undefined) return undefined;
  const [sequence, step, ...sizes] = line.split(" ").map(Number);
  if (sequence === undefined || step === undefined || end !== `end ${sequence}`) return undefined;
  if (sizes.length > names.length || [sequence, step, ...sizes].some(Number.isNaN)) return undefined;
  return { sequence, step, names, sizes: new Map(sizes.map((size, index) => [names[index] ?? "", size])) };
}

function parseName(line: string): string {
  return String(JSON.parse(line));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
}
