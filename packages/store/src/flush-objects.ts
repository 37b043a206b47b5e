import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno, syncFolder } from "@waymark/files";
import { objectPath } from "./cache-layout.ts";

/** Files that wait for the disk at a time. */
const AT_ONCE = 16;

/**
 * Makes objects of a cache survive power loss, many at once: has the file system of the cache write down what it holds
 * back, which is one request for any number of files. Node has no call for that; where there is no `sync` program that
 * can, each object is flushed by itself.
 *
 * @param names - Objects that are in the cache.
 * @throws System errors: the disk is full or broken, and the objects must not be named.
 */
export async function flushObjects(cacheDir: string, names: ReadonlySet<string>): Promise<void> {
  if (names.size === 0 || (await flushFileSystem(join(cacheDir, "files", "md5")))) return;
  await flushEach([...names].map((name) => objectPath(cacheDir, name)));
}

/** @returns `false` where the program is missing, knows no such request, or failed: whoever flushes each file hears why. */
async function flushFileSystem(folder: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = spawn("sync", ["-f", folder], { stdio: "ignore", windowsHide: true });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

async function flushEach(paths: readonly string[]): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < paths.length; at = next++) await flushFile(paths[at] ?? "");
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const folders = new Set(paths.map((path) => dirname(path)));
  for (const folder of new Set([...folders, ...[...folders].map((path) => dirname(path))])) syncFolder(folder);
}

async function flushFile(path: string): Promise<void> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    // Somebody removed it already: there is nothing to keep.
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
