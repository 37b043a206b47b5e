import { closeSync } from "node:fs";
import { openRegularFile, readFully } from "../history/read-into.ts";
import { errorCode } from "@waymark/files";

/** The last completed step and when it was, as `<dir>/.waymark/step` says. */
export interface CompletedStep {
  readonly step: number;
  readonly timeMs: number;
}

const STEP_FILE_BYTES = 32;

/** Reads the step file; `undefined` when there is none yet, or when it is being written just now. */
export function readStepFile(path: string): CompletedStep | undefined {
  let opened;
  try {
    opened = openRegularFile(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
  if (opened === undefined) return undefined;
  try {
    const bytes = Buffer.allocUnsafe(STEP_FILE_BYTES);
    const length = readFully(opened.fd, bytes, 0, bytes.length, 0);
    const match = /^(-?\d+(?:\.\d+)?) (\d+) *\n$/.exec(bytes.toString("latin1", 0, length));
    return match === null ? undefined : { step: Number(match[1]), timeMs: Number(match[2]) };
  } finally {
    closeSync(opened.fd);
  }
}
