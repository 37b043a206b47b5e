import { lstatSync, statSync } from "node:fs";
import { objectPath } from "./cache-layout.ts";
import { findMissing } from "./find-missing.ts";
import { MissingSourceError } from "./errors.ts";
import { flushObjects } from "./flush-objects.ts";
import {
  fileToHash,
  hashContent,
  hashFiles,
  manifestOf,
  rememberFolder,
  totalOf,
  type HashedContent,
} from "./hash-content.ts";
import { lookAt } from "./scan-folder.ts";
import { isObjectPresent } from "./publish-object.ts";
import { isSettled, stampOf, type FileStamp } from "./state/file-stamp.ts";
import { waitForTick, type StoreContext } from "./store-context.ts";
import { walkFolder } from "./walk-folder.ts";
import type { FileToInsert, Inserted } from "./work/insert-one.ts";
import { cutIntoTasks, runJob, type JobOptions } from "./work/run-job.ts";

/** Options of {@link addContent}. */
export interface AddOptions extends JobOptions {
  /** Files afterwards share their bytes with the cache as configured. Default `true`; `false` leaves them alone. */
  readonly relink?: boolean | undefined;
  /** `false` only hashes. Default `true`. */
  readonly commit?: boolean | undefined;
  /**
   * A place in a folder, relative to it: only files there come into the cache, with the manifest, which names all files
   * of the folder. Default: all.
   */
  readonly part?: string | undefined;
  /** `false` leaves the manifest of the folder out: its files are to be named by another. Default `true`. */
  readonly isListed?: boolean | undefined;
}

const RAW = { isLegacy: false };
/** For less it is not worth waiting until the file system's clock has moved on. */
const MANY_FILES = 200;
const MANY_BYTES = 16 * 1024 * 1024;

/**
 * Puts a file or folder into the cache: every file, verified, then the manifest of the folder. Once this returns, what
 * came into the cache survives power loss, so that something may name it.
 *
 * @param path - Absolute.
 * @throws As `hashContent`, and system errors such as a full disk: what came into the cache until then stays, and names
 *   nothing but what it is.
 */
export async function addContent(context: StoreContext, path: string, options: AddOptions): Promise<HashedContent> {
  if (options.commit === false) return await hashContent(context, path, options);
  const stats = lookAt(path);
  if (stats === undefined) throw new MissingSourceError(path);
  return stats.isDirectory() ? await addFolder(context, path, options) : await addFile(context, path, options);
}

async function addFile(context: StoreContext, path: string, options: AddOptions): Promise<HashedContent> {
  const startMs = Date.now();
  const stats = statSync(path, { bigint: true });
  if (!stats.isFile()) throw new MissingSourceError(path, "it is not a file");
  const isExecutable = (stats.mode & 0o100n) !== 0n;
  // The owner's execute bit is the file's own: such a file does not share its mode with an object.
  const isRelinking = options.relink !== false && !isExecutable;
  const sizeBytes = Number(stats.size);
  const content = { fileCount: undefined, isExecutable };
  const file = { path, sizeBytes, isLink: lstatSync(path).isSymbolicLink() };
  const known = context.state.fileHash(path, RAW, stampOf(stats));
  const isDone =
    known !== undefined &&
    isObjectPresent(objectPath(context.cache.cacheDir, known), sizeBytes) &&
    !(isRelinking && needsLink(context, known, stampOf(stats), file.isLink));
  if (isDone) return { md5: known, sizeBytes, ...content };
  const [inserted] = await insertFiles(context, [file], isRelinking, options);
  if (inserted === undefined) throw new MissingSourceError(path);
  const readAtMs = await settle(context, [file], isRelinking, startMs);
  if (isSettled(inserted.stamp, readAtMs)) context.state.setFileHash(path, RAW, inserted.stamp, inserted.md5);
  rememberObjects(context, [inserted]);
  return { md5: inserted.md5, sizeBytes: inserted.sizeBytes, ...content };
}

async function addFolder(context: StoreContext, path: string, options: AddOptions): Promise<HashedContent> {
  const startMs = Date.now();
  const isRelinking = options.relink !== false;
  const before = context.state.folder(path, RAW);
  const files = walkFolder(path, { isHidden: context.cache.hiddenIn(path), expectedFiles: before?.fileCount });
  const md5s = before?.lookUp(files) ?? files.relpaths.map(() => undefined);
  const missing = findMissing(
    context.cache.cacheDir,
    md5s.filter((md5) => md5 !== undefined),
  );
  const isWanted = partOf(options);
  const open = [...md5s.keys()].filter((index) => {
    if (!isWanted(files.relpaths[index] ?? "")) return false;
    const md5 = md5s[index];
    if (md5 === undefined || missing.has(md5)) return true;
    return isRelinking && needsLink(context, md5, files.stamps.at(index), files.links.has(index));
  });
  const toInsert = open.map((index) => ({
    path: `${path}/${files.relpaths[index]}`,
    sizeBytes: files.stamps.sizeBytes(index),
    isLink: files.links.has(index),
  }));
  const inserted = await insertFiles(context, toInsert, isRelinking, options);
  for (const [at, { md5, stamp }] of inserted.entries()) {
    const index = open[at] ?? 0;
    md5s[index] = md5;
    files.stamps.set(index, stamp);
  }
  const others = [...md5s.keys()].filter((index) => md5s[index] === undefined);
  const hashed = await hashFiles(
    context,
    others.map((index) => fileToHash(path, files, index)),
    RAW,
    options,
  );
  for (const [at, { md5, stamp }] of hashed.entries()) {
    const index = others[at] ?? 0;
    md5s[index] = md5;
    files.stamps.set(index, stamp);
  }
  const hashes = md5s as readonly string[];
  const readAtMs = await settle(context, toInsert, isRelinking, startMs);
  const { md5, sizeBytes } = rememberFolder(context, path, RAW, files, hashes, readAtMs);
  rememberObjects(context, inserted);
  // After the files it names, so that whoever finds it finds them.
  if (options.isListed !== false) context.cache.insertManifestSync(manifestOf(files, hashes));
  return {
    ...{ md5, sizeBytes, fileCount: files.relpaths.length, isExecutable: false },
    get manifest() {
      return manifestOf(files, hashes);
    },
  };
}

/** Tells which files of a folder are to come into the cache. */
function partOf({ part }: AddOptions): (relpath: string) => boolean {
  return part === undefined ? () => true : (relpath) => relpath === part || relpath.startsWith(`${part}/`);
}

async function insertFiles(
  context: StoreContext,
  files: readonly FileToInsert[],
  isRelinking: boolean,
  options: JobOptions,
): Promise<readonly Inserted[]> {
  if (files.length === 0) return [];
  const total = totalOf(files);
  const settings = { ...context.settings(total), isRelinking };
  const tasks = cutIntoTasks(files, (portion) => ({ type: "insert", files: portion, settings }));
  const results = await runJob(context.pool, tasks, total, options);
  const inserted = results.flatMap((result) => (result.type === "insert" ? result.inserted : []));
  // One flush for all of them, where one for each would take minutes.
  if (!settings.isDurable) await flushObjects(settings.cacheDir, new Set(inserted.map(({ md5 }) => md5)));
  return inserted;
}

/** Tells whether a file that did not change does not share its bytes with its object as configured. */
function needsLink(context: StoreContext, md5: string, stamp: FileStamp, isLink: boolean): boolean {
  const type = context.linkTypes[0];
  // Whether a file is a clone cannot be seen.
  if (type !== "hardlink" && type !== "symlink") return isLink;
  const object = statSync(context.cache.objectPath(md5), { bigint: true, throwIfNoEntry: false });
  const isShared = object?.ino === stamp.ino && object.dev === stamp.dev;
  return !isShared || isLink !== (type === "symlink");
}

/**
 * Files that were linked have the time of just now. Their bytes are known all the same; waiting a little makes sure
 * that a change from now on shows.
 *
 * @returns When the bytes of the files may count as read.
 */
async function settle(
  context: StoreContext,
  files: readonly FileToInsert[],
  isRelinking: boolean,
  startMs: number,
): Promise<number> {
  const type = context.linkTypes[0];
  if (!isRelinking || (type !== "hardlink" && type !== "symlink")) return startMs;
  const { files: count, bytes } = totalOf(files);
  if (count < MANY_FILES && bytes < MANY_BYTES) return startMs;
  await waitForTick();
  return Date.now();
}

function rememberObjects({ state }: StoreContext, inserted: readonly Inserted[]): void {
  const nowMs = Date.now();
  for (const { md5, objectStamp } of inserted) {
    if (objectStamp !== undefined && isSettled(objectStamp, nowMs)) state.setProven(md5, objectStamp);
  }
  state.flush();
}
