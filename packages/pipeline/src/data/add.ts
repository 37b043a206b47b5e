import { statSync } from "node:fs";
import { join } from "node:path";
import { formatDirectory, hashBytes, type CachedContent, type DirectoryEntry, type JobOptions } from "@waymark/store";
import { planAdditions, type Addition } from "./add-plan.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import { type FinishedEdit, ProjectEdit } from "../project/project-edit.ts";
import { recordContent } from "../repro/record-content.ts";
import { relinkOutput } from "./relink.ts";
import { hashContent } from "./workspace-contents.ts";

/** Options of {@link addData}. */
export interface AddOptions extends JobOptions {
  /** Records hashes and stores nothing. Default `false`. */
  readonly isUncommitted?: boolean;
  /** Links files back from the cache as configured. Default `true`. */
  readonly relink?: boolean;
}

/** What {@link addData} did. */
export interface Added {
  /** The `.dvc` files that record it, relative to the project. */
  readonly dvcFiles: readonly string[];
  readonly edit: FinishedEdit;
}

/** Content of an addition, and of the output it belongs to. */
type Store = (addition: Addition, recorded: string | undefined) => Promise<CachedContent>;

/**
 * Tracks files and folders: content goes into the cache, a `.dvc` file beside each records it, and `.gitignore` keeps
 * Git away from it. A path inside a tracked folder updates that folder at this place only.
 *
 * All content is hashed and stored before the first file is written, and the files are written all or none.
 *
 * @param targets - As typed, relative to the current folder.
 * @throws `CannotAddError`, errors of the store.
 */
export async function addData(
  project: DvcProject,
  targets: readonly string[],
  options: AddOptions = {},
): Promise<Added> {
  const { stages } = await loadProject(project);
  const additions = planAdditions(project, stages, targets);
  const added = await recordAdditions(project, additions, (addition, recorded) =>
    storeAddition(project, addition, recorded, options),
  );
  if (options.isUncommitted !== true && options.relink !== false && !linksAtOnce(project, options)) {
    for (const { output, md5 } of added.contents) await relinkOutput(project, output, md5);
  }
  return added;
}

/** Stores what each addition stands for, then writes the files that record it, all or none. */
export async function recordAdditions(
  project: DvcProject,
  additions: readonly Addition[],
  store: Store,
): Promise<Added & { readonly contents: readonly { readonly output: string; readonly md5: string }[] }> {
  const edit = new ProjectEdit(project);
  // Two places in one folder are added one after the other, the second to what the first made.
  const contents = new Map<string, string>();
  for (const addition of additions) {
    const recorded = contents.get(addition.output) ?? addition.known?.out.hash ?? undefined;
    const content = await store(addition, recorded);
    contents.set(addition.output, content.md5);
    recordContent(edit, addition, content);
  }
  edit.apply();
  return {
    dvcFiles: [...new Set(additions.map(({ dvcFile }) => dvcFile))],
    edit: edit.finish(),
    contents: [...contents].map(([output, md5]) => ({ output, md5 })),
  };
}

async function storeAddition(
  project: DvcProject,
  addition: Addition,
  recorded: string | undefined,
  options: AddOptions,
): Promise<CachedContent> {
  const { path, output, known } = addition;
  const isPart = path !== output && recorded?.endsWith(".dir") === true;
  // What DVC 2 recorded is recorded anew as a whole: its files are named by other hashes.
  if (isPart && known?.out.isLegacy !== true) return storePart(project, addition, recorded, options);
  const absolute = join(project.root, output);
  return options.isUncommitted === true
    ? hashContent(project, absolute, false, options)
    : project.store.add(absolute, { ...jobOptions(options), relink: linksAtOnce(project, options) });
}

/**
 * Tells whether files become links while they are stored. A hard link is the file itself with a second name in the
 * cache. Other links come once the data is recorded: one into a cache that nothing protects would be lost with it.
 */
function linksAtOnce(project: DvcProject, { relink }: AddOptions): boolean {
  return relink !== false && project.config.linkTypes[0] === "hardlink";
}

function jobOptions({ signal, onProgress }: AddOptions): JobOptions {
  return { signal, onProgress };
}

/** Makes a folder of what is recorded of it and what stands at one place in it now. */
async function storePart(
  project: DvcProject,
  { path, output }: Addition,
  recorded: string,
  options: AddOptions,
): Promise<CachedContent> {
  const { cache } = project;
  const relpath = path.slice(output.length + 1);
  const kept = cache.readDirectory(recorded).filter((entry) => !isAtOrBelow(entry.relpath, relpath));
  const absolute = join(project.root, path);
  const isThere = statSync(absolute, { throwIfNoEntry: false }) !== undefined;
  const content = isThere ? await hashContent(project, absolute, false, options) : undefined;
  const found: readonly DirectoryEntry[] =
    content?.manifest?.map((entry) => ({ relpath: `${relpath}/${entry.relpath}`, md5: entry.md5 })) ??
    (content === undefined ? [] : [{ relpath, md5: content.md5 }]);
  if (options.isUncommitted !== true) {
    // All of the place at once: on all cores, with progress, and to be given up in the middle.
    const how = { ...jobOptions(options), relink: linksAtOnce(project, options), isListed: false };
    if (isThere) await project.store.add(absolute, how);
  }
  const entries = [...kept, ...found];
  return {
    md5:
      options.isUncommitted === true
        ? `${hashBytes(formatDirectory(entries)).md5}.dir`
        : cache.insertManifestSync(entries),
    sizeBytes: kept.reduce((sum, { md5 }) => sum + sizeOf(cache.objectPath(md5)), content?.sizeBytes ?? 0),
    fileCount: entries.length,
    isExecutable: false,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
