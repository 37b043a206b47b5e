import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { errorCode } from "@waymark/files";
import type { GitObject, GitObjectType } from "./object.ts";
import type { GitRepository } from "./repository.ts";

/** What is larger is left to Git: it is no commit or tree of a common size. */
const MAX_FILE_BYTES = 256 * 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads an object from its loose file, without a process: most of what was written a moment ago lies there.
 *
 * @param id - In full.
 * @returns `undefined` when only Git can tell: it is packed, in an alternate, not there, large, or damaged.
 */
export function readLooseObject(repo: GitRepository, id: string): GitObject | undefined {
  const file = readSmallFile(join(repo.commonDir, "objects", id.slice(0, 2), id.slice(2)));
  if (file === undefined) return undefined;
  let content: Buffer;
  try {
    content = inflateSync(file, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
  const end = content.indexOf(0);
  const [, type, size] = /^(blob|tree|commit|tag) (\d+)$/u.exec(content.toString("latin1", 0, Math.min(end, 32))) ?? [];
  const data = content.subarray(end + 1);
  return type === undefined || Number(size) !== data.byteLength ? undefined : { id, type: type as GitObjectType, data };
}

function readSmallFile(path: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const { size } = fstatSync(descriptor);
    if (size > MAX_FILE_BYTES) return undefined;
    const data = Buffer.allocUnsafe(size);
    return readSync(descriptor, data) === size ? data : undefined;
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
