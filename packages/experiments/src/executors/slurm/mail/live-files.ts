import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import { isGitFolderName, openRepository } from "@waymark/git";
import { isSafeRelpath } from "@waymark/store";
import type { Project } from "../../../project.ts";
import { findLiveFolders } from "../../../run/live-folders.ts";
import { readRunRecord, runFilesFolder } from "../../../run/run-record.ts";
import { listUntracked } from "../../../save-content.ts";

/** What plots are made of, and what tells who logs: relative to a live folder. Pictures and data stay with the job. */
const SHOWN = /^(?:metrics\.json|params\.yaml|dvc\.yaml|\.waymark\/(?:run\.json|step)|plots\/metrics\/.+\.tsv)$/u;
const MAX_FILES = 2000;
const MAX_FILE_BYTES = 8 << 20;
const MAX_ALL_BYTES = 32 << 20;

/**
 * Reads what a run that goes on has logged by now, as far as others want to see it move.
 *
 * @returns By path, relative to the repository.
 */
export function readLiveFiles(project: Project, recordId: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const record = readRunRecord(project, recordId);
  const repo = record === undefined ? undefined : openRepository(record.root, { env: project.repo.env });
  if (record === undefined || repo === undefined) return files;
  const { root } = repo;
  const folders = findLiveFolders({
    ...{ root, cwd: "", given: undefined, startedMs: Date.parse(record.startedAt) },
    untracked: listUntracked({ repo, root, dvcRoot: root }),
  });
  let left = MAX_ALL_BYTES;
  for (const path of folders.flatMap((folder) => listShown(root, folder, ""))) {
    const data = readSmall(join(root, path), Math.min(left, MAX_FILE_BYTES));
    if (data === undefined || files.size >= MAX_FILES) continue;
    left -= data.byteLength;
    files.set(path, data);
  }
  return files;
}

/** Puts what came of a run that goes on beside its record, where it takes the place of its work tree. */
export function keepLiveFiles(project: Project, recordId: string, files: ReadonlyMap<string, Uint8Array>): void {
  const folder = runFilesFolder(project, recordId);
  for (const [path, data] of files) {
    if (!isSafeRelpath(path) || path.split("/").some(isGitFolderName) || path.includes("\\")) continue;
    const place = join(folder, path);
    // Histories are followed: what did not change stays the same file.
    if (isSame(place, data)) continue;
    mkdirSync(dirname(place), { recursive: true });
    replaceFileSync(place, data);
  }
}

/** Forgets what was shown of a run while it went on. */
export function removeLiveFiles(project: Project, recordId: string): void {
  rmSync(runFilesFolder(project, recordId), { recursive: true, force: true, maxRetries: 3 });
}

function listShown(root: string, folder: string, below: string): readonly string[] {
  const here = join(root, folder, below);
  let entries;
  try {
    entries = readdirSync(here, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory())
      return /^(?:\.waymark$|plots(?:$|\/metrics))/u.test(path) ? listShown(root, folder, path) : [];
    return entry.isFile() && SHOWN.test(path) ? [`${folder}/${path}`] : [];
  });
}

function readSmall(path: string, limit: number): Uint8Array | undefined {
  try {
    return statSync(path).size > limit ? undefined : readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}

function isSame(path: string, data: Uint8Array): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.size === data.byteLength && readFileSync(path).equals(data);
}
