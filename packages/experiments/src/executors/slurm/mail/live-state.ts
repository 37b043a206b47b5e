import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { openRepository } from "@waymark/git";
import type { Project } from "../../../project.ts";
import { readRunRecord, runRecordFolder } from "../../../run/run-record.ts";
import { parseData } from "../../../show/revision-values.ts";
import { RowSession } from "../../../show/row-session.ts";
import type { RevisionState } from "../../../show/view.ts";
import { readWorkspaceState } from "../../../show/workspace-state.ts";

/** What the files of a run held when it sent word of itself last: beside its record. */
export const STATE_FILE = "state.json";

/** Reads what the files of a run hold now, to be sent; `undefined` while there is nothing to read. */
export async function readLiveState(project: Project, recordId: string): Promise<Uint8Array | undefined> {
  const record = readRunRecord(project, recordId);
  const repo = record === undefined ? undefined : openRepository(record.root, { env: project.repo.env });
  if (repo === undefined) return undefined;
  const session = new RowSession(project);
  try {
    const { dataJson, data } = await readWorkspaceState(repo, repo.root, session.revisions, false);
    return data === null ? undefined : Buffer.from(dataJson);
  } finally {
    await session.close();
  }
}

/** Reads what was sent; `undefined` when nothing that can be read was. */
export function readSentState(project: Project, recordId: string): RevisionState | undefined {
  try {
    const dataJson = readFileSync(join(runRecordFolder(project, recordId), STATE_FILE), "utf8");
    return { rev: "workspace", name: null, dataJson, data: parseData(dataJson), error: null };
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
