import { closeSync, constants, createReadStream, fstatSync, openSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { Readable } from "node:stream";
import { errorCode } from "@waymark/files";
import { extensionOf, IMAGE_TYPES } from "../live-folder/images.ts";

/** A file of a run, open for sending. */
export interface OpenMedia {
  readonly sizeBytes: number;
  readonly type: string;
  /** The content, read to its end or given up, either of which closes the file. */
  readonly stream: () => Readable;
  /** Closes the file of a content that is not wanted after all. */
  readonly close: () => void;
}

/** Larger files are not for looking at. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The content type a run's file is sent with: images and data, never anything that a browser would run. */
function mediaType(path: string): string | undefined {
  const extension = extensionOf(path);
  return extension === "json" ? "application/json" : IMAGE_TYPES.get(extension);
}

/**
 * Opens a file inside a run's folder. The caller has found the path in the catalog; this makes sure that it still lies
 * inside when it is opened, whatever links were put in its way since.
 *
 * @param folder - Absolute path of the run's folder.
 * @param path - Relative, with forward slashes.
 * @returns `undefined` when there is no such file inside the folder, or nothing we would send.
 */
export function openMediaFile(folder: string, path: string): OpenMedia | undefined {
  const type = mediaType(path);
  if (type === undefined || !isPlainRelative(path)) return undefined;
  let fd: number;
  try {
    const root = realpathSync(folder);
    const real = realpathSync(join(folder, path));
    if (!real.startsWith(root + sep)) return undefined;
    fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    // A folder on the way may have become a link between the two looks: what was opened must be where it was asked for.
    if (!isSameFile(fd, real)) {
      closeSync(fd);
      return undefined;
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
  const stats = fstatSync(fd);
  if (!stats.isFile() || stats.size > MAX_BYTES) {
    closeSync(fd);
    return undefined;
  }
  return {
    sizeBytes: stats.size,
    type,
    stream: () => createReadStream("", { fd, autoClose: true, end: Math.max(0, stats.size - 1) }),
    close: () => closeSync(fd),
  };
}

/** The same for content that is in memory: a blob of a commit. */
export function mediaOfBytes(path: string, bytes: Uint8Array): OpenMedia | undefined {
  const type = mediaType(path);
  if (type === undefined) return undefined;
  return { sizeBytes: bytes.byteLength, type, stream: () => Readable.from([bytes]), close: () => undefined };
}

/** A relative path that stays where it starts, on every system. */
function isPlainRelative(path: string): boolean {
  if (path === "" || path.includes("\0") || path.includes("\\") || /^[A-Za-z]:/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** Whether the open file is the one at `path`, by the kernel's own word where it gives it. */
function isSameFile(fd: number, path: string): boolean {
  try {
    return realpathSync(`/proc/self/fd/${fd}`) === path;
  } catch {
    return realpathSync(path) === path;
  }
}
