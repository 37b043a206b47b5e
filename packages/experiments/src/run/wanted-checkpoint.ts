import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { processIdentity, replaceFileSync } from "@waymark/files";
import type { Project } from "../project.ts";
import { runRecordFolder } from "./run-record.ts";

/** Looked for by programs of the run, in the folder through which they ask for checkpoints. */
const WANTED = "wanted.json";
/** The folder is made anew when commands begin, and a wish from before would be lost. */
const AGAIN_MS = 500;

/**
 * The folder through which programs of a run that this process carries out ask for checkpoints. It is this process's
 * alone: one that was believed to be dead, on a node that only lost its network, may still carry out the same run.
 *
 * @param recordFolder - Of the record of the run, absolute.
 */
export function checkpointRequestFolder(recordFolder: string): string {
  const { host, pid } = processIdentity();
  return join(recordFolder, "checkpoint", `${host.replace(/[^\w.-]/gu, "_")}-${pid}`);
}

/** A wish that a run makes a checkpoint as soon as it can. */
export interface WantedCheckpoint {
  /** Takes the wish back: there is one, or it is too late. */
  withdraw(): void;
}

/**
 * Asks the programs of a run for a checkpoint. The logger makes one at the next `checkpoint()`, whatever `every` says;
 * programs in other languages look for `wanted.json` in `WAYMARK_CHECKPOINT_DIR`.
 *
 * @param main - The project with the record of the run.
 */
export function wantCheckpoint(main: Project, recordId: string): WantedCheckpoint {
  const folder = checkpointRequestFolder(runRecordFolder(main, recordId));
  const file = join(folder, WANTED);
  const ask = (): void => {
    // Without the folder no command runs yet, or any more.
    if (existsSync(folder) && !existsSync(file)) replaceFileSync(file, `${JSON.stringify({ schema: 1 })}\n`);
  };
  ask();
  const timer = setInterval(ask, AGAIN_MS);
  timer.unref();
  return {
    withdraw: () => {
      clearInterval(timer);
      rmSync(file, { force: true });
    },
  };
}
