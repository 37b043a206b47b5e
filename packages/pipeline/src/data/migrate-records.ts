import { existsSync } from "node:fs";
import { join } from "node:path";
import { editDvcLock, parseDvcLock, type DvcLockEntry, type DvcLockStage } from "@waymark/core";
import type { CachedContent, JobOptions } from "@waymark/store";
import { addData } from "./add.ts";
import { isInProject } from "./data-index.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { lockFileOf } from "../repro/lock-file.ts";
import { type FinishedEdit, ProjectEdit } from "../project/project-edit.ts";
import type { ProjectStage, TrackedEntry } from "../project/project.ts";
import { relativeTo } from "../project/stage-address.ts";

/** Options of {@link migrateRecords}. */
export interface MigrateRecordsOptions extends JobOptions {
  /** Changes nothing. Default `false`. */
  readonly isDry?: boolean;
}

/** What {@link migrateRecords} did. */
export interface MigratedRecords {
  /** The files that are concerned, relative to the project. */
  readonly files: readonly string[];
  readonly edits: readonly FinishedEdit[];
}

/**
 * Records data anew that DVC 2 recorded: hashed as today, in the cache layout of today. Data that is not in the
 * workspace stays as it is recorded, and so does everything else the records say.
 */
export async function migrateRecords(
  project: DvcProject,
  options: MigrateRecordsOptions = {},
): Promise<MigratedRecords> {
  const { stages } = await loadProject(project);
  const isOld = (entry: TrackedEntry): boolean => entry.isLegacy && isThere(project, entry.path);
  const old = stages.filter((stage) => stage.outs.some(isOld));
  const files = [...new Set(old.map(lockFileOf))].toSorted();
  if (options.isDry === true || old.length === 0) return { files, edits: [] };
  const data = old.filter(({ name }) => name === undefined).flatMap(({ outs }) => outs.filter(isOld));
  const added =
    data.length === 0
      ? []
      : [
          await addData(
            project,
            data.map(({ path }) => relativeTo(project.folder, path)),
            options,
          ),
        ];
  const locks = await migrateLocks(
    project,
    old.filter(({ name }) => name !== undefined),
    isOld,
    options,
  );
  return { files, edits: [...added.map(({ edit }) => edit), locks] };
}

function isThere(project: DvcProject, path: string): boolean {
  return isInProject(path) && existsSync(join(project.root, path));
}

async function migrateLocks(
  project: DvcProject,
  stages: readonly ProjectStage[],
  isOld: (entry: TrackedEntry) => boolean,
  options: JobOptions,
): Promise<FinishedEdit> {
  const edit = new ProjectEdit(project);
  for (const stage of stages) {
    const file = lockFileOf(stage);
    const text = edit.read(file);
    const entry = text === undefined ? undefined : parseDvcLock(text, { path: file }).stages[stage.name ?? ""];
    if (entry === undefined || stage.name === undefined) continue;
    const contents = new Map<string, CachedContent>();
    for (const out of stage.outs.filter(isOld)) {
      const path = join(project.root, out.path);
      // A metric that is not cached is recorded all the same.
      contents.set(
        out.text,
        out.isCached ? await project.store.add(path, options) : await project.store.hash(path, options),
      );
    }
    for (const dep of stage.deps.filter(isOld)) {
      contents.set(dep.text, await project.store.hash(join(project.root, dep.path), options));
    }
    edit.write(file, editDvcLock(text, new Map([[stage.name, migrateEntry(entry, contents)]]), { path: file }));
  }
  edit.apply();
  return edit.finish();
}

function migrateEntry(stage: DvcLockStage, contents: ReadonlyMap<string, CachedContent>): DvcLockStage {
  const migrate = (entries: readonly DvcLockEntry[] | undefined): readonly DvcLockEntry[] | undefined =>
    entries?.map((entry) => {
      const content = typeof entry["path"] === "string" ? contents.get(entry["path"]) : undefined;
      if (content === undefined) return entry;
      const { path, md5: _md5, hash: _hash, size: _size, nfiles: _nfiles, ...rest } = entry;
      const { md5, sizeBytes, fileCount } = content;
      const count = fileCount === undefined ? {} : { nfiles: fileCount };
      return { path, hash: "md5", md5, size: sizeBytes, ...count, ...rest };
    });
  const { deps, outs } = { deps: migrate(stage.deps), outs: migrate(stage.outs) };
  return { ...stage, ...(deps === undefined ? {} : { deps }), ...(outs === undefined ? {} : { outs }) };
}
