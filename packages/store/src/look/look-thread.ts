// What runs on a thread that helps to look at the files of a large folder: one list, then its end.
import { parentPort } from "node:worker_threads";
import { lookAtPortions, type LookMemory } from "./look-portions.ts";

/** What a thread is asked. */
export interface LookRequest {
  readonly folder: string;
  /** Relative to the folder, with NULs between: one text travels faster than many. */
  readonly relpaths: string;
  readonly memory: LookMemory;
}

parentPort?.once("message", ({ folder, relpaths, memory }: LookRequest) => {
  lookAtPortions(
    relpaths.split("\0").map((relpath) => `${folder}/${relpath}`),
    memory,
  );
  parentPort?.close();
});
