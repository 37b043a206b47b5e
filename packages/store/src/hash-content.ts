import type { CachedContent } from "./content-cache.ts";
import { formatDirectory, type DirectoryEntry } from "./directory.ts";
import { MissingSourceError } from "./errors.ts";
import { hashBytes, type StampedHash } from "./hash.ts";
import { lookAt, type VisitOptions } from "./scan-folder.ts";
import { isSettled, stampOf } from "./state/file-stamp.ts";
import type { HashedFile } from "./state/folder-state.ts";
import type { HashKind } from "./state/state-database.ts";
import type { StoreContext } from "./store-context.ts";
import { walkFolder, type FileList } from "./walk-folder.ts";
import { cutIntoTasks, runJob, type JobOptions } from "./work/run-job.ts";
import type { FileToHash } from "./work/task.ts";

/** Content that was hashed; of a folder with its files. */
export interface HashedContent extends CachedContent {
  /** The files of a folder, in no particular order. Put together when it is asked for. */
  readonly manifest?: readonly DirectoryEntry[] | undefined;
}

/** Options of {@link hashContent}. */
export interface HashOptions extends JobOptions {
  /** The hash of DVC 2 (`md5-dos2unix`) is wanted. Default `false`. */
  readonly isLegacy?: boolean | undefined;
  /** Refuses what could not be recorded. Default `true`; `false` to see what differs, whatever it is. */
  readonly isStrict?: boolean | undefined;
}

/** A folder whose files were hashed. */
export interface HashedFolder {
  readonly files: FileList;
  readonly md5: string;
  readonly sizeBytes: number;
  /** In the order of the files. */
  readonly md5s: () => readonly string[];
}

/**
 * Hashes a file or folder and stores nothing but what helps not to read it again.
 *
 * @param path - Absolute.
 * @throws {@link MissingSourceError}, `FileChangedError`, `UnsupportedEntryError`, system errors.
 */
export async function hashContent(context: StoreContext, path: string, options: HashOptions): Promise<HashedContent> {
  const kind = { isLegacy: options.isLegacy ?? false };
  const stats = lookAt(path);
  if (stats === undefined) throw new MissingSourceError(path);
  if (!stats.isDirectory()) {
    const isExecutable = (stats.mode & 0o100n) !== 0n;
    return { ...(await hashFile(context, path, kind, options)), fileCount: undefined, isExecutable };
  }
  const visiting = { isHidden: context.cache.hiddenIn(path), isStrict: options.isStrict ?? true };
  const folder = await hashFolder(context, path, kind, visiting, options);
  return {
    ...{ md5: folder.md5, sizeBytes: folder.sizeBytes, fileCount: folder.files.relpaths.length, isExecutable: false },
    get manifest() {
      return manifestOf(folder.files, folder.md5s());
    },
  };
}

/** Hashes one file, or remembers its hash. */
export async function hashFile(
  context: StoreContext,
  path: string,
  kind: HashKind,
  options: JobOptions,
): Promise<{ readonly md5: string; readonly sizeBytes: number }> {
  const startMs = Date.now();
  const stats = lookAt(path);
  if (stats === undefined) throw new MissingSourceError(path);
  const sizeBytes = Number(stats.size);
  const known = context.state.fileHash(path, kind, stampOf(stats));
  if (known !== undefined) return { md5: known, sizeBytes };
  const [hash] = await hashFiles(context, [{ path, sizeBytes }], kind, options);
  if (hash === undefined) throw new MissingSourceError(path);
  if (isSettled(hash.stamp, startMs)) {
    context.state.setFileHash(path, kind, hash.stamp, hash.md5);
    context.state.flush();
  }
  return { md5: hash.md5, sizeBytes: hash.sizeBytes };
}

/** Hashes the files of a folder that changed since they were hashed last. */
export async function hashFolder(
  context: StoreContext,
  path: string,
  kind: HashKind,
  visiting: VisitOptions,
  options: JobOptions,
): Promise<HashedFolder> {
  const startMs = Date.now();
  const before = context.state.folder(path, kind);
  const files = walkFolder(path, { ...visiting, expectedFiles: before?.fileCount });
  if (before?.isAsBefore(files) === true && before.summary !== undefined) {
    return { files, ...before.summary, md5s: () => before.lookUp(files).map((md5) => md5 ?? "") };
  }
  const md5s = before?.lookUp(files) ?? files.relpaths.map(() => undefined);
  const unknown = [...md5s.keys()].filter((index) => md5s[index] === undefined);
  const hashes = await hashFiles(
    context,
    unknown.map((index) => fileToHash(path, files, index)),
    kind,
    options,
  );
  for (const [at, hash] of hashes.entries()) {
    const index = unknown[at] ?? 0;
    md5s[index] = hash.md5;
    files.stamps.set(index, hash.stamp);
  }
  return rememberFolder(context, path, kind, files, md5s as readonly string[], startMs);
}

/**
 * Remembers the hashes of a folder's files, except of those that may change again without showing it.
 *
 * @param readAtMs - When their bytes began to be read, or earlier.
 */
export function rememberFolder(
  { state }: StoreContext,
  path: string,
  kind: HashKind,
  files: FileList,
  md5s: readonly string[],
  readAtMs: number,
): HashedFolder {
  const known: HashedFile[] = [];
  let sizeBytes = 0;
  for (const [index, md5] of md5s.entries()) {
    sizeBytes += files.stamps.sizeBytes(index);
    if (isSettled(files.stamps.at(index), readAtMs)) known.push({ index, md5 });
  }
  const md5 = `${hashBytes(formatDirectory(manifestOf(files, md5s))).md5}.dir`;
  state.setFolder(path, kind, files, known, { md5, sizeBytes });
  return { files, md5, sizeBytes, md5s: () => md5s };
}

/** The files of a folder with their hashes. */
export function manifestOf(files: FileList, md5s: readonly string[]): readonly DirectoryEntry[] {
  return files.relpaths.map((relpath, index) => ({ relpath, md5: md5s[index] ?? "" }));
}

/** Hashes files on as many threads as that is worth. */
export async function hashFiles(
  { pool }: StoreContext,
  files: readonly FileToHash[],
  { isLegacy }: HashKind,
  options: JobOptions,
): Promise<readonly StampedHash[]> {
  if (files.length === 0) return [];
  const tasks = cutIntoTasks(files, (portion) => ({ type: "hash", files: portion, isLegacy }));
  const results = await runJob(pool, tasks, totalOf(files), options);
  return results.flatMap((result) => (result.type === "hash" ? result.hashes : []));
}

/** What a job of these files amounts to. */
export function totalOf(files: readonly { readonly sizeBytes: number }[]): { files: number; bytes: number } {
  return { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** A file of a folder, as a job of hashing takes it. */
export function fileToHash(folder: string, files: FileList, index: number): FileToHash {
  return { path: `${folder}/${files.relpaths[index]}`, sizeBytes: files.stamps.sizeBytes(index) };
}
