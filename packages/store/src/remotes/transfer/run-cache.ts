import { chmodSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { isErrno } from "@waymark/files";
import { makeFolder, temporaryPath } from "../../cache-layout.ts";
import type { ContentCache } from "../../content-cache.ts";
import { removeIfPresent } from "../../place-file.ts";
import type { ObjectRemote } from "../object-remote.ts";
import { defaultJobs, forEachLimited } from "./limits.ts";
import {
  isHopeless,
  ProgressCount,
  type TransferFailure,
  type TransferObjectsOptions,
  type TransferReport,
} from "./report.ts";

const RUN_PATH = /^runs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})\/[0-9a-f]{64}$/;

/** Tells whether a remote can hold the run cache: plain HTTP servers cannot say what they have. */
export function canHoldRunCache(remote: ObjectRemote): boolean {
  return remote.storage.listing !== "none";
}

/**
 * Sends the entries of the run cache that a remote lacks. Their names tell their content, so one that is there is the
 * same.
 */
export async function pushRunCache(
  cache: ContentCache,
  remote: ObjectRemote,
  options: TransferObjectsOptions = {},
): Promise<TransferReport> {
  const there = await listRemote(remote, options.signal);
  const lacking = listLocal(cache).filter((path) => !there.has(path));
  return transfer(remote, lacking, options, async (path) => {
    await remote.storage.upload(join(cache.cacheDir, path), path, { signal: options.signal });
  });
}

/** Fetches the entries of the run cache that are not here. */
export async function fetchRunCache(
  cache: ContentCache,
  remote: ObjectRemote,
  options: TransferObjectsOptions = {},
): Promise<TransferReport> {
  const here = new Set(listLocal(cache));
  const lacking = [...(await listRemote(remote, options.signal))].filter((path) => !here.has(path));
  const { isShared } = cache.config;
  return transfer(remote, lacking, options, async (path) => {
    const temporary = temporaryPath(cache.cacheDir, isShared);
    const target = join(cache.cacheDir, path);
    try {
      await remote.storage.download(path, temporary, { signal: options.signal });
      chmodSync(temporary, isShared ? 0o664 : 0o666 & ~process.umask());
      makeFolder(dirname(target), isShared);
      renameSync(temporary, target);
    } catch (error) {
      removeIfPresent(temporary);
      throw error;
    }
  });
}

async function transfer(
  remote: ObjectRemote,
  paths: readonly string[],
  options: TransferObjectsOptions,
  work: (path: string) => Promise<void>,
): Promise<TransferReport> {
  const { signal } = options;
  const progress = new ProgressCount(options.onProgress);
  const failed: TransferFailure[] = [];
  let transferred = 0;
  for (const _ of paths) progress.expect(undefined);
  await forEachLimited(
    paths,
    options.jobs ?? remote.jobs ?? defaultJobs(),
    async (path) => {
      try {
        await work(path);
        transferred += 1;
      } catch (error) {
        signal?.throwIfAborted();
        if (isHopeless(error)) throw error;
        failed.push({ name: path, error });
      }
      progress.endFile();
    },
    signal,
  );
  return { transferred, failed, missing: [] };
}

async function listRemote(remote: ObjectRemote, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  for await (const { path } of remote.storage.walk("runs", signal)) if (RUN_PATH.test(path)) paths.add(path);
  return paths;
}

function listLocal(cache: ContentCache): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(join(cache.cacheDir, "runs"), { recursive: true, encoding: "utf8" });
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
  return names.map((name) => `runs/${name.replaceAll("\\", "/")}`).filter((path) => RUN_PATH.test(path));
}
