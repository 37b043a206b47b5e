import { lstatSync } from "node:fs";
import { join } from "node:path";
import { editDvcFileContent, parseDvcFileContent, type DvcFileContent } from "@waymark/core";
import { sendContent } from "../data/add-elsewhere.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { contentEntry } from "./import-data.ts";
import { storeFetched } from "../data/store-fetched.ts";
import { ImportOptionsError } from "./import-errors.ts";
import { fetchImport, NotAnImportError, withScratch, type FetchImportOptions } from "./import-source.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { ProjectEdit, type FinishedEdit } from "../project/project-edit.ts";
import { withChecksum } from "../repro/record-content.ts";
import type { DataProgress } from "@waymark/store";
import { resolveStages } from "../graph/targets.ts";
import { transferAccess, type TransferAccess } from "../remotes/transfer-access.ts";
import { isMapping, type Mapping } from "../values/values.ts";
import { hashContent } from "../data/workspace-contents.ts";

/** Options of {@link updateImports}. */
export interface UpdateOptions extends TransferAccess {
  /** Branch, tag or commit of the repositories that were imported from; it is recorded. */
  readonly revision?: string | undefined;
  /** Folders stand for the imports in them. Default false. */
  readonly isRecursive?: boolean;
  /** Records what the data is now without bringing it here. Default false. */
  readonly isHashOnly?: boolean;
  /** Sends the data to a remote of this project. Default false. */
  readonly isToRemote?: boolean;
  /** The remote of `isToRemote`. Default: the default one. */
  readonly remote?: string | undefined;
  /** Told how far putting into the cache what was fetched has come. */
  readonly onStoring?: ((progress: DataProgress) => void) | undefined;
}

/** What became of one `.dvc` file. */
export interface Updated {
  readonly stage: ProjectStage;
  /** `unchanged`: nothing new was there; `not-an-import`: the data comes from nowhere else. */
  readonly outcome: "updated" | "unchanged" | "not-an-import";
}

/** Tells whether a `.dvc` file imports data: it has one source, one output and no command. */
export function isImport(stage: ProjectStage): boolean {
  return stage.name === undefined && stage.command === undefined && stage.deps.length === 1 && stage.outs.length === 1;
}

/**
 * Looks where imported data came from, and brings what is new.
 *
 * @param targets - `.dvc` files or outputs, as typed.
 * @throws `StageNotFoundError`, `ImportOptionsError`, errors of other repositories and of remotes; `.dvc` files that
 *   were updated before the error stay so.
 */
export async function updateImports(
  project: DvcProject,
  targets: readonly string[],
  options: UpdateOptions = {},
): Promise<{ readonly updated: readonly Updated[]; readonly edit: FinishedEdit }> {
  const { isToRemote = false, isHashOnly = false, remote, isRecursive = false } = options;
  if (isToRemote && isHashOnly) throw new ImportOptionsError("'--no-download'", "'--to-remote'");
  if (!isToRemote && remote !== undefined) throw new ImportOptionsError("'--remote'", undefined);
  const { stages } = await loadProject(project);
  const updated: Updated[] = [];
  const files: string[] = [];
  let isStaged = false;
  for (const stage of resolveStages(project, stages, targets, { isRecursive })) {
    if (!isImport(stage)) {
      updated.push({ stage, outcome: "not-an-import" });
      continue;
    }
    const done = await updateOne(project, stage, options);
    updated.push({ stage, outcome: done === undefined ? "unchanged" : "updated" });
    files.push(...(done?.files ?? []));
    isStaged = done?.isStaged ?? isStaged;
  }
  return { updated, edit: { files, isStaged } };
}

/**
 * Brings the data of an import into the workspace, from where it came. The `.dvc` file stays as it is.
 *
 * @throws Errors of other repositories and of remotes.
 */
export async function restoreImport(
  project: DvcProject,
  stage: ProjectStage,
  options: FetchImportOptions = {},
): Promise<void> {
  const [dep, out] = [stage.deps[0], stage.outs[0]];
  if (!isImport(stage) || dep?.recorded === undefined || out === undefined) throw new NotAnImportError(stage.file);
  const { recorded } = dep;
  await withScratch(project, async (scratch) => {
    const { place } = await fetchImport(project, recorded, stage.wdir, scratch, options);
    if (place === undefined) return;
    await storeFetched(project, place, out.path, { isReplacing: true, signal: options.signal });
  });
}

async function updateOne(
  project: DvcProject,
  stage: ProjectStage,
  options: UpdateOptions,
): Promise<FinishedEdit | undefined> {
  const [dep, out] = [stage.deps[0], stage.outs[0]];
  const { revision, isToRemote = false, isHashOnly = false, signal } = options;
  if (dep?.recorded === undefined || out === undefined) throw new NotAnImportError(stage.file);
  if (isToRemote && dep.kind === "repo") {
    throw new NotAnImportError(stage.file, "`--to-remote` is for data from URLs, not from repositories");
  }
  const wanted = unlocked(dep.recorded, revision);
  return withScratch(project, async (scratch) => {
    const { entry, place } = await fetchImport(project, wanted, stage.wdir, scratch, {
      ...transferAccess(options),
      isDownloading: !isHashOnly,
      isWanted: async (seen) => {
        if (isToRemote || !isSameSource(dep.recorded ?? {}, seen)) return true;
        return !(await isPresent(project, out, signal));
      },
    });
    if (isHashOnly) {
      const isKnown = isSameSource(dep.recorded ?? {}, entry) && out.hash !== null;
      return isKnown ? finishUnchanged(project, stage, entry, revision) : rewrite(project, stage, entry, {});
    }
    if (place === undefined) return finishUnchanged(project, stage, entry, revision);
    if (isToRemote) {
      const content = await hashContent(project, place, false, { signal });
      await sendContent(project, place, content, scratch, options);
      return rewrite(project, stage, entry, contentEntry(content));
    }
    const content = await storeFetched(project, place, out.path, {
      ...{ isReplacing: true, signal, onProgress: options.onStoring },
    });
    return rewrite(project, stage, entry, contentEntry(content));
  });
}

/** A new revision is recorded even when it leads to the same commit. */
function finishUnchanged(
  project: DvcProject,
  stage: ProjectStage,
  entry: Mapping,
  revision: string | undefined,
): FinishedEdit | undefined {
  const repo = stage.deps[0]?.recorded?.["repo"];
  const isNamed = revision === undefined || !isMapping(repo) || repo["rev"] === revision;
  return isNamed ? undefined : rewrite(project, stage, entry, undefined);
}

/** The entry of a dependency without the commit it is locked to. */
function unlocked(entry: Mapping, revision: string | undefined): Mapping {
  const { repo } = entry;
  if (!isMapping(repo)) return entry;
  const { rev_lock: _, ...rest } = repo;
  return { ...entry, repo: revision === undefined ? rest : { ...rest, rev: revision } };
}

function isSameSource(recorded: Mapping, seen: Mapping): boolean {
  const [before, now] = [recorded["repo"], seen["repo"]];
  if (isMapping(before) && isMapping(now)) return before["rev_lock"] === now["rev_lock"];
  const keys = ["md5", "etag", "checksum", "version_id"];
  return keys.some((key) => recorded[key] !== undefined) && keys.every((key) => recorded[key] === seen[key]);
}

async function isPresent(project: DvcProject, out: StageOutput, signal: AbortSignal | undefined): Promise<boolean> {
  const path = join(project.root, out.path);
  if (out.hash === null || lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  return (await hashContent(project, path, out.isLegacy, { signal })).md5 === out.hash;
}

/** @param content - What to record of the output; empty: nothing; `undefined`: what is recorded stays. */
function rewrite(project: DvcProject, stage: ProjectStage, dep: Mapping, content: Mapping | undefined): FinishedEdit {
  const edit = new ProjectEdit(project);
  const text = edit.read(stage.file);
  const before = parseDvcFileContent(text ?? "", { path: stage.file });
  const out = firstOf(before, "outs");
  const kept = Object.fromEntries(Object.entries(out).filter(([key]) => !CONTENT_KEYS.has(key)));
  const outs = [content === undefined ? out : { ...kept, ...content, hash: "md5" }];
  const after = withChecksum({ ...before, deps: [dep], outs });
  edit.write(stage.file, editDvcFileContent(text, after));
  edit.ignore(stage.outs[0]?.path ?? "");
  edit.apply();
  return edit.finish();
}

/** What an output's entry says about its content. */
const CONTENT_KEYS = new Set(["md5", "etag", "checksum", "size", "nfiles", "isexec", "version_id", "hash", "files"]);

function firstOf(content: DvcFileContent, section: string): Mapping {
  const list = content[section];
  const first: unknown = Array.isArray(list) ? (list as readonly unknown[])[0] : undefined;
  return isMapping(first) ? first : {};
}
