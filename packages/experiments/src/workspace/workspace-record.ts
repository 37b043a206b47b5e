import { lstatSync } from "node:fs";
import { join } from "node:path";
import {
  commitTree,
  type GitRepository,
  parseCommit,
  type PrivateIndex,
  readObjectsSync,
  TreeEditor,
  writeObjects,
} from "@waymark/git";
import { type DataStore, isObjectName, MissingSourceError } from "@waymark/store";
import type { Project } from "../project.ts";
import { type RawFile, readRawFiles } from "./raw-files.ts";

/** The program keeps it, and needs nobody's name to do so. */
const NOBODY = { name: "waymark", email: "waymark@localhost" };

/** Data as it was at a place. */
export interface RecordedData {
  /** Relative to the repository. */
  readonly path: string;
  /** Its object in the cache; `null`: nothing was there. */
  readonly md5: string | null;
  readonly isExecutable: boolean;
}

/** The workspace as it was at the places that a command was about to change, and all of the index. */
export interface WorkspaceRecord {
  /** HEAD at the time. */
  readonly head: string;
  /** Tree of what was staged. */
  readonly index: string;
  /** Files of the work tree, byte for byte. */
  readonly files: readonly RawFile[];
  /** Places where no file was. */
  readonly absent: readonly string[];
  readonly data: readonly RecordedData[];
}

/** What {@link keepWorkspace} is to keep. Paths are relative to the repository. */
export interface KeepRequest {
  /** Files that are about to be written or removed. */
  readonly files: readonly string[];
  /** Outputs that are about to change: their content goes to the cache first. */
  readonly data: readonly string[];
  /** Tree of the workspace, as far as Git sees it. */
  readonly workTree: string;
  /** Blobs of that tree by path, as far as they are known: what is just so need not be written again. */
  readonly known: ReadonlyMap<string, string>;
  /** First line of the commit. */
  readonly why: string;
}

/**
 * Keeps the workspace in a commit with the shape of a stash: its parents are HEAD and a commit of the index, its tree is
 * the work tree. The message says what was where, so that it comes back byte for byte. No ref is made.
 *
 * @returns The commit.
 */
export async function keepWorkspace(
  project: Project,
  { index, store }: { readonly index: PrivateIndex; readonly store: DataStore },
  { files: paths, data: places, workTree, known, why }: KeepRequest,
): Promise<string> {
  const { repo, root } = project;
  const head = repo.headCommit ?? "";
  const staged = index.stagedTree ?? new TreeEditor(repo, undefined).build().id;
  const { files, objects } = readRawFiles(repo, new Set(paths));
  const there = new Set(files.map(({ path }) => path));
  const data: RecordedData[] = [];
  for (const path of places) data.push(await keepData(store, join(root, path), path));
  const raw = files.filter(({ path, id }) => known.get(path) !== id);
  const unwritten = new Set(raw.map(({ id }) => id));
  const editor = new TreeEditor(repo, workTree);
  editor.apply(new Map(raw.map(({ path, mode, id }) => [path, { mode, id }])));
  const tree = raw.length === 0 ? { id: workTree, objects: [] } : editor.build();
  writeObjects(repo, [...[...objects].flatMap(([id, object]) => (unwritten.has(id) ? [object] : [])), ...tree.objects]);
  const record: WorkspaceRecord = {
    ...{ head, index: staged, files, data },
    absent: [...new Set(paths)].filter((path) => !there.has(path)),
  };
  const parents = head === "" ? [] : [head];
  const identity = { author: NOBODY, committer: NOBODY };
  const indexCommit = commitTree(repo, { identity, tree: staged, parents, message: "index\n" });
  return commitTree(repo, {
    identity,
    tree: tree.id,
    parents: [...parents, indexCommit],
    message: `${why}\n\n${JSON.stringify(record)}\n`,
  });
}

/**
 * Reads what {@link keepWorkspace} kept.
 *
 * @returns `undefined` when the commit is not there or is no such record.
 */
export function readWorkspaceRecord(repo: GitRepository, commit: string): WorkspaceRecord | undefined {
  const [object] = readObjectsSync(repo, [commit]);
  const message = object?.type === "commit" ? parseCommit(object.data)?.message : undefined;
  const json = message?.slice(message.indexOf("\n\n") + 2);
  let value: unknown;
  try {
    value = JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
  return isWorkspaceRecord(value) ? value : undefined;
}

async function keepData(store: DataStore, absolute: string, path: string): Promise<RecordedData> {
  const isThere = lstatSync(absolute, { throwIfNoEntry: false }) !== undefined;
  try {
    if (!isThere) return { path, md5: null, isExecutable: false };
    const { md5, isExecutable } = await store.add(absolute, { relink: false });
    return { path, md5, isExecutable };
  } catch (error) {
    // A link to nothing holds no content.
    if (!(error instanceof MissingSourceError)) throw error;
    return { path, md5: null, isExecutable: false };
  }
}

function isWorkspaceRecord(value: unknown): value is WorkspaceRecord {
  if (!isRecord(value)) return false;
  const { head, index, files, absent, data } = value;
  return (
    typeof head === "string" &&
    typeof index === "string" &&
    isListOf(files, ({ path, mode, id }) => isText(path) && isText(mode) && isText(id)) &&
    Array.isArray(absent) &&
    absent.every(isText) &&
    isListOf(data, ({ path, md5 }) => isText(path) && (md5 === null || (typeof md5 === "string" && isObjectName(md5))))
  );
}

function isListOf(value: unknown, isItem: (item: Readonly<Record<string, unknown>>) => boolean): boolean {
  return Array.isArray(value) && value.every((item: unknown) => isRecord(item) && isItem(item));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
