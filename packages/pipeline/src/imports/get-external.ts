import { mkdirSync, realpathSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { TrackerError } from "@waymark/core";
import { isSafeRelpath } from "@waymark/store";
import { ExternalData } from "./external-data.ts";
import { ExternalDataError, ExternalPathError } from "./external-errors.ts";
import { openExternalRepo, type ExternalRepo, type ExternalRepoOptions } from "./external-repo.ts";
import { ExternalView } from "./external-view.ts";
import { chooseOutput } from "../data/output-path.ts";
import { joinProjectPath } from "../project/posix-path.ts";
import type { TransferAccess } from "../remotes/transfer-access.ts";
import { replaceWhenComplete } from "../remotes/staged-download.ts";

/** What {@link getExternal} fetches. */
export interface GetOptions extends ExternalRepoOptions, TransferAccess {
  /** Where to, as typed. Default: the name of what is fetched, here. */
  readonly out?: string | undefined;
  /** Replaces what is there. Default false. */
  readonly isForced?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A `.dvc` file was named as the place of data. */
export class DvcFileTargetError extends TrackerError {
  override readonly code = "DVC_FILE_TARGET";

  constructor(path: string) {
    super(`'${path}' is the name of a file that describes data`, { hint: "Give the path of the data itself." });
  }
}

/**
 * Fetches a file or folder of another repository, whether Git keeps it or DVC, without tracking it.
 *
 * @returns Where it is now, absolute.
 * @throws `CloneError`, {@link ExternalPathError}, `TargetExistsError`, {@link ExternalDataError}
 */
export async function getExternal(url: string, path: string, options: GetOptions): Promise<string> {
  const target = chooseOutput(path, options.out, options.cwd, options.isForced ?? false);
  if (target.endsWith(".dvc") || target.endsWith("dvc.yaml")) throw new DvcFileTargetError(options.out ?? path);
  const repo = await openExternalRepo(url, options);
  const data = new ExternalData(repo, options);
  try {
    const view = await ExternalView.read(repo, data);
    await replaceWhenComplete(target, (place) => downloadExternal(view, data, externalPath(repo, path), place));
    return target;
  } finally {
    await data.close();
    await repo.close();
  }
}

/**
 * Writes a file or folder of another repository to a path that does not exist.
 *
 * @param path - Relative to the repository.
 * @param target - Absolute.
 */
export async function downloadExternal(
  view: ExternalView,
  data: ExternalData,
  path: string,
  target: string,
): Promise<void> {
  const entry = await view.require(path);
  const files = await view.files(path);
  if (entry.isFolder) mkdirSync(target);
  const downloads = files.map((file) => {
    const relpath = path === "" ? file.path : file.path.slice(path.length + 1);
    // Names in a manifest come from the other repository.
    if (entry.isFolder && !isSafeRelpath(relpath)) throw new ExternalPathError(file.path, target);
    if (file.content === undefined) throw new ExternalDataError(file.path, file.md5 ?? "not recorded", []);
    return {
      path: file.path,
      sizeBytes: file.sizeBytes,
      content: file.content,
      target: entry.isFolder ? join(target, relpath) : target,
    };
  });
  await data.download(downloads);
}

/**
 * Returns where the data of a path is stored at its remote.
 *
 * @throws {@link ExternalPathError} when there is nothing or Git keeps it; {@link ExternalDataError} without a remote.
 */
export async function findExternalUrl(url: string, path: string, options: ExternalRepoOptions): Promise<string> {
  const repo = await openExternalRepo(url, options);
  const data = new ExternalData(repo, options);
  try {
    const view = await ExternalView.read(repo, data);
    const entry = await view.require(externalPath(repo, path));
    const object = await view.objectAt(entry.path);
    if (object === undefined) throw new ExternalPathError(path, `the data of ${url}`);
    const found = await data.remoteUrl(object);
    if (found === undefined) throw new ExternalDataError(path, object.md5, []);
    return found;
  } finally {
    await data.close();
    await repo.close();
  }
}

/** Makes a path as typed relative to the repository: an absolute one on this machine may lead into it. */
export function externalPath(repo: ExternalRepo, path: string): string {
  const { localRoot } = repo;
  if (localRoot !== undefined && (path === localRoot || path.startsWith(`${localRoot}/`))) {
    return path.slice(localRoot.length + 1);
  }
  return joinProjectPath("", path.replace(/^\/+/u, ""));
}

/**
 * Makes a path as typed relative to a repository. From inside of it, paths are relative to the current folder.
 *
 * @param path - `undefined`: all of the repository.
 */
export function pathSeenFrom(repo: ExternalRepo, path: string | undefined, cwd: string): string {
  if (path === undefined || path === "") return "";
  const { localRoot } = repo;
  const here = realpathSync(cwd);
  const isInside = localRoot !== undefined && (here === localRoot || here.startsWith(`${localRoot}/`));
  return isInside && !isAbsolute(path)
    ? joinProjectPath(here.slice(localRoot.length + 1), path)
    : externalPath(repo, path);
}
