import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import type { Project } from "../../../project.ts";
import { runRecordFolder } from "../../../run/run-record.ts";
import { readLetterFile } from "./letters.ts";

/** What the record of a run consists of, as far as others want to see it. */
const FILES = ["console.log", "run.json"];
/** Of a console log, the end travels. */
const LOG_BYTES = 1 << 20;

/** Reads what is to come with the letter about a run. */
export function readRunFiles(project: Project, recordId: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of FILES) {
    try {
      files.set(name, readFileSync(join(runRecordFolder(project, recordId), name)).subarray(-LOG_BYTES));
    } catch (error) {
      if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    }
  }
  return files;
}

/** Puts what came with a letter where the record of a run is looked for. */
export function keepLetterFiles(project: Project, letter: string, recordId: string): void {
  const folder = runRecordFolder(project, recordId);
  for (const name of FILES) {
    const data = readLetterFile(project.repo, letter, name);
    if (data === undefined) continue;
    mkdirSync(folder, { recursive: true });
    replaceFileSync(join(folder, name), data);
  }
}
