import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  editDvcFileContent,
  editDvcLock,
  formatDvcFileIdentity,
  type DvcFileContent,
  type DvcLockStage,
} from "@waymark/core";
import { isErrno } from "@waymark/files";
import { hashBytes } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage } from "../project/project.ts";
import { replaceProjectFile } from "../project/replace-file.ts";

/** Returns the dvc.lock of a stage, or the `.dvc` file it is, relative to the project. */
export function lockFileOf(stage: Pick<ProjectStage, "file" | "name">): string {
  return stage.name === undefined ? stage.file : stage.file.replace(/\.ya?ml$/, ".lock");
}

/** What is to be recorded of a stage. */
export interface StageRecord {
  readonly stage: ProjectStage;
  readonly entry: DvcLockStage;
}

/**
 * Records stages in their dvc.lock and `.dvc` files. Each file is read again first, so that what others recorded
 * meanwhile stays; the caller holds the repository lock. Nothing is written where nothing changes.
 *
 * @returns The files that changed, relative to the project.
 */
export function writeStageRecords(
  project: Pick<DvcProject, "root" | "dvcDir">,
  records: readonly StageRecord[],
): readonly string[] {
  const changed: string[] = [];
  for (const [file, text] of formatStageRecords(project, records)) {
    // The last word on a run that may have taken days: it survives power loss.
    replaceProjectFile(project, join(project.root, file), text, true);
    changed.push(file);
  }
  return changed;
}

/**
 * Returns the lock files that would change, with what they would say.
 *
 * @param now - What some of them say, by path; the others are read.
 */
export function formatStageRecords(
  project: Pick<DvcProject, "root">,
  records: readonly StageRecord[],
  now: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const byFile = new Map<string, StageRecord[]>();
  for (const record of records) {
    const file = lockFileOf(record.stage);
    byFile.set(file, [...(byFile.get(file) ?? []), record]);
  }
  const changed = new Map<string, string>();
  for (const [file, ofFile] of byFile) {
    const before = now.get(file) ?? readText(join(project.root, file));
    const after = editText(before, ofFile, file);
    if (after !== before && after !== undefined) changed.set(file, after);
  }
  return changed;
}

function editText(before: string | undefined, records: readonly StageRecord[], path: string): string | undefined {
  const stages = new Map<string, DvcLockStage>();
  let text = before;
  for (const { stage, entry } of records) {
    if (stage.name !== undefined) stages.set(stage.name, entry);
    else text = editDvcFileContent(text, dataContent(stage, entry));
  }
  return stages.size === 0 ? text : editDvcLock(text, stages, { path });
}

/** A `.dvc` file keeps what its author wrote of an entry, with what is recorded of the content replaced. */
function dataContent(stage: ProjectStage, entry: DvcLockStage): DvcFileContent {
  const content = { ...stage.content };
  for (const section of ["deps", "outs"] as const) {
    const recorded = new Map((entry[section] ?? []).map((one) => [one["path"], one]));
    const list = content[section];
    if (!Array.isArray(list)) continue;
    content[section] = (list as readonly Record<string, unknown>[]).map((one) => {
      const now = recorded.get(one["path"]);
      if (now === undefined || now === one) return one;
      return { ...Object.fromEntries(Object.entries(one).filter(([key]) => !CONTENT_KEYS.has(key))), ...now };
    });
  }
  // What comes from elsewhere, or from a command, has a checksum of its own.
  const hasChecksum = stage.deps.length > 0 || stage.command !== undefined;
  return hasChecksum ? { ...content, md5: hashBytes(Buffer.from(formatDvcFileIdentity(content))).md5 } : content;
}

const CONTENT_KEYS = new Set(["md5", "etag", "checksum", "size", "nfiles", "isexec", "version_id", "hash", "files"]);

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
