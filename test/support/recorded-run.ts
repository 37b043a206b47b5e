import { appendFileSync } from "node:fs";
import {
  findProject,
  newRecordId,
  type Project,
  type RunRecord,
  runLogPath,
  writeRunRecord,
} from "@waymark/experiments";
import { processIdentity } from "@waymark/files";
import { GIT_ENV } from "./experiment-repo.ts";

/** A process that has ended for certain: its number is higher than any. */
export const DEAD_PROCESS = { pid: 2 ** 30, processStart: null } as const;

/** Writes the record of a run and its console log the way `exp run` does, without running anything. */
export class RecordedRun {
  readonly project: Project;
  record: RunRecord;

  private constructor(root: string, over: Partial<RunRecord>) {
    const project = findProject(root, GIT_ENV);
    if (project === undefined) throw new Error(`'${root}' is no repository`);
    this.project = project;
    this.record = {
      ...{ schema: 1, id: newRecordId(), kind: "workspace", state: "running", name: "brisk-bee" },
      ...{ baseline: "0".repeat(40), root: project.root, task: null, title: "python train.py" },
      ...{ startedAt: new Date().toISOString(), endedAt: null, exitCode: null, reason: null, commit: null },
      ...processIdentity(),
      ...over,
    };
    this.update({});
  }

  /** Writes the record; the process is this one unless told otherwise. */
  static write(root: string, over: Partial<RunRecord> = {}): RecordedRun {
    return new RecordedRun(root, over);
  }

  update(over: Partial<RunRecord>): void {
    this.record = { ...this.record, ...over };
    writeRunRecord(this.project, this.record);
  }

  print(text: string | Uint8Array): void {
    appendFileSync(runLogPath(this.project, this.record.id), text);
  }
}
