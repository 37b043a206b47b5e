import { createHash } from "node:crypto";
import { chmodSync, constants, createReadStream, renameSync, writeFileSync, type Dirent } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno } from "@waymark/files";
import type { ContentHash } from "../hash.ts";
import { NoSpaceError, RemoteFileMissingError } from "./remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, TransferOptions, UploadOptions } from "./remote-storage.ts";
import { openSource, readSource, requireHash } from "./source-file.ts";
import { ABANDONED_MS, isTemporaryName, temporaryName } from "./temporary-name.ts";
import { walkFolders } from "./walk-folders.ts";

const CANNOT_CLONE = ["ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOSYS", "ENOTTY", "EPERM"];

/** A folder of this machine, or of one whose disks are mounted here. */
export class LocalStorage implements RemoteStorage {
  readonly url: string;
  readonly listing = "folders";
  readonly #root: string;
  readonly #isShared: boolean;
  readonly #folders = new Set<string>();
  #canClone = true;

  /**
   * @param root - Absolute. It need not exist.
   * @param isShared - New folders belong to the group (`shared = group`).
   */
  constructor(root: string, isShared = false) {
    this.#root = root;
    this.#isShared = isShared;
    this.url = root;
  }

  async stat(path: string): Promise<RemoteFile | undefined> {
    try {
      return describe(path, await stat(this.#at(path)));
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  async listFolder(path: string): Promise<readonly RemoteFile[]> {
    const files: RemoteFile[] = [];
    for (const entry of await this.#entries(path)) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isTemporaryName(entry.name)) {
        await this.#removeAbandoned(below);
      } else if (entry.isSymbolicLink()) {
        const target = await this.stat(below);
        if (target !== undefined) files.push(target);
      } else {
        files.push({ path: below, isFolder: entry.isDirectory(), sizeBytes: undefined });
      }
    }
    return files;
  }

  walk(path: string): AsyncGenerator<RemoteFile> {
    return walkFolders(this, path);
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const target = this.#at(path);
    await this.#makeFolder(dirname(target));
    const temporary = join(dirname(target), temporaryName());
    try {
      await this.#place(file, temporary, options);
      if (options.isReadOnly === true) chmodSync(temporary, 0o444);
      renameSync(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw withRoom(error, target);
    }
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    try {
      return await this.#place(this.#at(path), file, { ...options, isReplacing: true });
    } catch (error) {
      const request = { url: this.url, path, action: "download" };
      if (isMissing(error, this.#at(path))) throw new RemoteFileMissingError(request);
      throw withRoom(error, file);
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.#at(path), { force: true });
  }

  async close(): Promise<void> {}

  #at(path: string): string {
    return path === "" ? this.#root : join(this.#root, path);
  }

  async #entries(path: string): Promise<readonly Dirent[]> {
    try {
      return await readdir(this.#at(path), { withFileTypes: true });
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  }

  async #removeAbandoned(path: string): Promise<void> {
    const found = await this.stat(path);
    if (found?.mtimeMs !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) await this.remove(path);
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    const first = await mkdir(folder, { recursive: true });
    if (first !== undefined && this.#isShared) {
      for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o2775);
    }
    this.#folders.add(folder);
  }

  /** Makes the target a clone or a copy of the source; its hash. */
  async #place(
    source: string,
    target: string,
    options: UploadOptions & { readonly isReplacing?: boolean },
  ): Promise<ContentHash> {
    if (this.#canClone && (await this.#clone(source, target, options))) {
      const hash = await hashFile(target, options);
      requireHash(source, options.md5, hash.md5);
      return hash;
    }
    return copy(source, target, options);
  }

  async #clone(source: string, target: string, options: { readonly isReplacing?: boolean }): Promise<boolean> {
    const exclusive = options.isReplacing === true ? 0 : constants.COPYFILE_EXCL;
    try {
      await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | exclusive);
    } catch (error) {
      if (!isErrno(error, ...CANNOT_CLONE)) throw error;
      await rm(target, { force: true });
      this.#canClone = false;
      return false;
    }
    // A clone carries the mode and the times of its source.
    await chmod(target, 0o666 & ~process.umask());
    const now = new Date();
    await utimes(target, now, now);
    return true;
  }
}

async function copy(
  source: string,
  target: string,
  options: UploadOptions & { readonly isReplacing?: boolean },
): Promise<ContentHash> {
  const opened = openSource(source, options.md5);
  if (opened.data !== undefined) {
    writeFileSync(target, opened.data, { flag: options.isReplacing === true ? "w" : "wx" });
    options.onBytes?.(opened.sizeBytes);
    return { md5: createHash("md5").update(opened.data).digest("hex"), sizeBytes: opened.sizeBytes };
  }
  const handle = await open(target, options.isReplacing === true ? "w" : "wx");
  const chunks = readSource(opened, { ...options, chunkBytes: 1024 * 1024 });
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return next.value;
      await handle.writeFile(next.value);
    }
  } finally {
    // One that was not read to its end keeps the source open.
    await chunks.return({ md5: "", sizeBytes: 0 });
    await handle.close();
  }
}

async function hashFile(path: string, { signal, onBytes }: TransferOptions): Promise<ContentHash> {
  const hash = createHash("md5");
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).byteLength;
    onBytes?.((chunk as Buffer).byteLength);
  }
  return { md5: hash.digest("hex"), sizeBytes };
}

function describe(
  path: string,
  stats: { isDirectory(): boolean; readonly size: number; readonly mtimeMs: number; readonly mode: number },
): RemoteFile {
  const isFolder = stats.isDirectory();
  return {
    path,
    isFolder,
    sizeBytes: isFolder ? undefined : stats.size,
    mtimeMs: stats.mtimeMs,
    isExecutable: !isFolder && (stats.mode & 0o100) !== 0,
  };
}

function isMissing(error: unknown, path: string): boolean {
  if (isErrno(error, "ENOENT", "ENOTDIR")) return true;
  return (
    error instanceof Error &&
    "path" in error &&
    error.path === path &&
    "code" in error &&
    error.code === "MISSING_SOURCE"
  );
}

function withRoom(error: unknown, path: string): unknown {
  return isErrno(error, "ENOSPC", "EDQUOT") ? new NoSpaceError(path, error) : error;
}
