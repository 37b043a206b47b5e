import { type ContentCache, type DirectoryEntry, isObjectName } from "@waymark/store";
import { readManifest } from "./manifest.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { isMapping } from "../values/values.ts";

/** An output, or what lies at one place in it. */
export interface OutputSelection {
  readonly stage: ProjectStage;
  readonly out: StageOutput;
  /** Only what is at this path or below it, relative to the project; `undefined`: all of the output. */
  readonly only?: string | undefined;
}

/** A file or folder that outputs record, with the objects it is made of. */
export interface UsedContent {
  /** The output's object; `.dir` at the end for a folder. */
  readonly md5: string;
  /** The first output that records it, relative to the project. */
  readonly path: string;
  /** Recorded by DVC 2: its objects lie in the old layout, here and in remotes. */
  readonly isLegacy: boolean;
  /** The files of a folder, as far as they were selected; empty for a file. */
  readonly files: readonly DirectoryEntry[];
  /** A folder whose manifest is not in the cache, or damaged: nobody can tell its files before it is fetched. */
  readonly isIncomplete: boolean;
}

/** Content that goes to one remote. */
export interface UsedGroup {
  /** The remote that `remote:` binds the outputs to; `undefined`: the default one, or the one the user names. */
  readonly remote: string | undefined;
  /** False for outputs with `push: false`: fetched and kept, never sent. */
  readonly isPushed: boolean;
  readonly contents: readonly UsedContent[];
}

/** Options of {@link collectUsedObjects}. */
export interface UsedObjectsOptions {
  /**
   * Counts outputs imported from another repository, too. DVC leaves them out: no remote of this project has them.
   * Default `false`.
   */
  readonly includeImported?: boolean;
}

/** What a set of outputs needs. */
export interface UsedObjects {
  readonly groups: readonly UsedGroup[];
  /** Cached outputs of which nothing is recorded yet, relative to the project. */
  readonly unrecorded: readonly string[];
}

/**
 * Collects the objects that outputs are made of, files of folders included, by the remote they belong to. An output
 * that several revisions record alike is counted once.
 *
 * @param selections - Outputs of the workspace and of any number of commits; see `selectOutputs`.
 */
export function collectUsedObjects(
  cache: ContentCache,
  selections: readonly OutputSelection[],
  options: UsedObjectsOptions = {},
): UsedObjects {
  const groups = new Map<
    string,
    { remote: string | undefined; isPushed: boolean; contents: Map<string, UsedContent> }
  >();
  const unrecorded = new Set<string>();
  const manifests = new Map<string, readonly DirectoryEntry[] | undefined>();
  const manifest = (md5: string): readonly DirectoryEntry[] | undefined => {
    if (!manifests.has(md5)) manifests.set(md5, readManifest(cache, md5));
    return manifests.get(md5);
  };
  for (const selection of selections) {
    const { stage, out } = selection;
    if (!out.isCached || (options.includeImported !== true && isRepositoryImport(stage))) continue;
    const found = contentsOf(selection, manifest);
    if (found === undefined) unrecorded.add(out.path);
    const key = `${out.remote ?? ""}\0${out.isPushed}`;
    const group = groups.get(key) ?? { remote: out.remote, isPushed: out.isPushed, contents: new Map() };
    groups.set(key, group);
    for (const content of found ?? []) addContent(group.contents, content);
  }
  return {
    groups: [...groups.values()].map((group) => ({ ...group, contents: [...group.contents.values()] })),
    unrecorded: [...unrecorded],
  };
}

/** Lists the names of all objects of a content: those of its files, then its own. */
export function objectNames(content: UsedContent): readonly string[] {
  return [...new Set([...content.files.map(({ md5 }) => md5), content.md5])];
}

function contentsOf(
  { out, only }: OutputSelection,
  manifest: (md5: string) => readonly DirectoryEntry[] | undefined,
): readonly UsedContent[] | undefined {
  const versioned = versionedFiles(out);
  if (versioned !== undefined) {
    return versioned
      .filter(({ relpath }) => isSelected(`${out.path}/${relpath}`, out, only))
      .map(({ relpath, md5 }) => ({ ...fileContent(md5, `${out.path}/${relpath}`), isLegacy: out.isLegacy }));
  }
  const { hash } = out;
  if (hash === null) return undefined;
  // An ETag or a checksum names nothing in a cache of ours.
  if (!isObjectName(hash)) return [];
  if (!hash.endsWith(".dir")) return [{ ...fileContent(hash, out.path), isLegacy: out.isLegacy }];
  const files = manifest(hash);
  return [
    {
      md5: hash,
      path: out.path,
      isLegacy: out.isLegacy,
      files: (files ?? []).filter(({ relpath }) => isSelected(`${out.path}/${relpath}`, out, only)),
      isIncomplete: files === undefined,
    },
  ];
}

function fileContent(md5: string, path: string): Omit<UsedContent, "isLegacy"> {
  return { md5, path, files: [], isIncomplete: false };
}

function isSelected(path: string, out: StageOutput, only: string | undefined): boolean {
  return only === undefined || isAtOrBelow(out.path, only) || isAtOrBelow(path, only);
}

/** Outputs of remotes that keep versions themselves list their files instead of one hash. */
function versionedFiles(out: StageOutput): readonly DirectoryEntry[] | undefined {
  const list = out.recorded?.["files"];
  if (!Array.isArray(list)) return undefined;
  return (list as readonly unknown[]).flatMap((entry) => {
    if (!isMapping(entry)) return [];
    const { relpath, md5 } = entry;
    return typeof relpath === "string" && typeof md5 === "string" && isObjectName(md5) ? [{ relpath, md5 }] : [];
  });
}

function isRepositoryImport(stage: ProjectStage): boolean {
  return stage.deps.some((dep) => dep.kind === "repo");
}

function addContent(contents: Map<string, UsedContent>, content: UsedContent): void {
  const key = `${content.md5} ${content.isLegacy}`;
  const known = contents.get(key);
  // Two parts of one folder make one content with both parts.
  const files = known === undefined ? content.files : joinFiles(known.files, content.files);
  contents.set(key, known === undefined ? content : { ...known, files });
}

function joinFiles(some: readonly DirectoryEntry[], more: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  if (some === more || more.length === 0) return some;
  const known = new Set(some.map(({ relpath }) => relpath));
  const added = more.filter(({ relpath }) => !known.has(relpath));
  return added.length === 0 ? some : [...some, ...added];
}
