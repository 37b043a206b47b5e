import { lstatSync } from "node:fs";
import { join } from "node:path";
import { TrackerError } from "@waymark/core";
import type { DvcProject } from "../project/dvc-project.ts";
import { ExternalDataError } from "../imports/external-errors.ts";
import { fetchImport, withScratch } from "../imports/import-source.ts";
import type { ProjectStage } from "../project/project.ts";
import type { FailedObject } from "./push.ts";
import { isImport, restoreImport } from "../imports/update-imports.ts";
import { transferAccess, type TransferAccess } from "./transfer-access.ts";
import type { OutputSelection } from "../data/used-objects.ts";

/** What {@link fetchImports} did. */
export interface FetchedImports {
  /** Objects that came. */
  readonly fetched: number;
  readonly failed: readonly FailedObject[];
}

/**
 * Brings data that was imported from other repositories into the cache, from the commit that is recorded: no remote of
 * this project has it.
 */
export async function fetchImports(
  project: DvcProject,
  selections: readonly OutputSelection[],
  options: TransferAccess = {},
): Promise<FetchedImports> {
  let fetched = 0;
  const failed: FailedObject[] = [];
  for (const stage of importedFromRepos(selections)) {
    const [out] = stage.outs;
    if (out === undefined || out.hash === null) continue;
    const missing = project.cache.listMissing(out.hash);
    if (missing.length === 0) continue;
    try {
      await fetchOne(project, stage, out.hash, options);
      fetched += out.fileCount ?? 1;
    } catch (error) {
      // Other imports may still be had.
      if (!(error instanceof TrackerError)) throw error;
      failed.push({ name: out.hash, path: out.path, error });
    }
  }
  return { fetched, failed };
}

/**
 * Brings imports into the workspace of which only the source is recorded (`--no-download`), and that are not there. Their
 * `.dvc` files stay as they are, as DVC leaves them.
 *
 * @returns What came, relative to the project; a slash at the end for folders.
 */
export async function restorePartialImports(
  project: DvcProject,
  selections: readonly OutputSelection[],
  options: TransferAccess = {},
): Promise<readonly string[]> {
  const added: string[] = [];
  for (const stage of new Set(selections.map((selection) => selection.stage))) {
    const [out] = stage.outs;
    if (!isImport(stage) || out === undefined || out.hash !== null) continue;
    const target = join(project.root, out.path);
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
    await restoreImport(project, stage, transferAccess(options));
    added.push(lstatSync(target).isDirectory() ? `${out.path}/` : out.path);
  }
  return added;
}

/** Tells whether data comes from another repository, and from no remote of this project. */
export function isFromRepo(stage: ProjectStage): boolean {
  return isImport(stage) && stage.deps[0]?.kind === "repo";
}

function importedFromRepos(selections: readonly OutputSelection[]): readonly ProjectStage[] {
  return [...new Set(selections.map(({ stage }) => stage))].filter(isFromRepo);
}

async function fetchOne(
  project: DvcProject,
  stage: ProjectStage,
  hash: string,
  options: TransferAccess,
): Promise<void> {
  const entry = stage.deps[0]?.recorded;
  if (entry === undefined) return;
  await withScratch(project, async (scratch) => {
    const { place } = await fetchImport(project, entry, stage.wdir, scratch, transferAccess(options));
    if (place === undefined) return;
    const { md5 } = await project.store.add(place, { relink: false, signal: options.signal });
    if (md5 !== hash) throw new ExternalDataError(stage.outs[0]?.path ?? stage.file, hash, ["the other repository"]);
  });
}
