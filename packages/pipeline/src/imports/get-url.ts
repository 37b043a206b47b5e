import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkUrlSettings, findDvcRoot, isSafeRelpath, MergedConfig, readConfig, urlConfig } from "@waymark/store";
import { defaultJobs, forEachLimited, openUrl, type UrlEntry, type UrlSource } from "@waymark/store/remotes";
import type { Environment } from "../project/dvc-project.ts";
import { UrlMissingError } from "./external-errors.ts";
import { compareCodePoints } from "./external-view.ts";
import { chooseOutput } from "../data/output-path.ts";
import { replaceWhenComplete } from "../remotes/staged-download.ts";
import { countTransfer, type TransferAccess } from "../remotes/transfer-access.ts";
import type { ListedEntry } from "./list-external.ts";

/** How a URL is reached. */
export interface UrlAccess extends TransferAccess {
  /** Folder that a relative path is relative to, and whose project gives the settings; absolute. */
  readonly cwd: string;
  readonly env: Environment;
  /** Settings of the protocol, by the keys a remote has. */
  readonly settings?: ReadonlyMap<string, string> | undefined;
}

/** What {@link getUrl} fetches. */
export interface GetUrlOptions extends UrlAccess {
  /** Where to, as typed. Default: the name of what is fetched, here. */
  readonly out?: string | undefined;
  /** Replaces what is there. Default false. */
  readonly isForced?: boolean;
}

/** What {@link listUrl} lists. */
export interface ListUrlOptions extends UrlAccess {
  /** Files at any depth. Default false. */
  readonly isRecursive?: boolean;
  /** Asks for the sizes of files that a listing does not tell. Default false. */
  readonly hasSizes?: boolean;
  /** Folders at this depth are listed themselves. Default: all depths. */
  readonly depth?: number | undefined;
}

/**
 * Fetches a file or folder from a URL without tracking it.
 *
 * @returns Where it is now, absolute.
 * @throws {@link UrlMissingError}, `TargetExistsError`, errors of remotes.
 */
export async function getUrl(url: string, options: GetUrlOptions): Promise<string> {
  const target = chooseOutput(url, options.out, options.cwd, options.isForced ?? false);
  return withUrl(url, options, async (source) => {
    await replaceWhenComplete(target, (place) => downloadUrl(url, source, place, options));
    return target;
  });
}

/**
 * Writes what a URL leads to, a file or a folder, to a path that does not exist.
 *
 * @throws {@link UrlMissingError}
 */
export async function downloadUrl(
  url: string,
  source: UrlSource,
  target: string,
  options: TransferAccess = {},
): Promise<void> {
  const { jobs = defaultJobs(), signal } = options;
  const progress = countTransfer(options);
  const transfer = { signal, onBytes: progress.addBytes };
  const entry = await source.stat("", signal);
  if (entry === undefined) throw new UrlMissingError(url);
  if (!entry.isFolder) {
    progress.expect(entry.sizeBytes);
    await source.download("", target, transfer);
    progress.endFile();
    return;
  }
  mkdirSync(target);
  await forEachLimited(
    source.walk("", signal),
    jobs,
    async ({ path, sizeBytes }) => {
      // The names are those of a server.
      if (!isSafeRelpath(path)) throw new UrlMissingError(`${url}/${path}`);
      const file = join(target, path);
      if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
      progress.expect(sizeBytes);
      await source.download(path, file, transfer);
      progress.endFile();
    },
    signal,
  );
}

/**
 * Lists what a URL leads to, sorted by path.
 *
 * @throws {@link UrlMissingError}
 */
export async function listUrl(url: string, options: ListUrlOptions): Promise<readonly ListedEntry[]> {
  return withUrl(url, options, async (source) => {
    const { isRecursive = false, signal } = options;
    const entry = await source.stat("", signal);
    if (entry === undefined) throw new UrlMissingError(url);
    const depth = isRecursive ? (options.depth ?? Infinity) : 1;
    if (!entry.isFolder || (isRecursive && depth === 0)) return [listed(entry, url)];
    const found: ListedEntry[] = [];
    const visit = async (folder: string, level: number): Promise<void> => {
      for (const child of await source.list(folder, signal)) {
        if (child.isFolder && level < depth) await visit(child.path, level + 1);
        else found.push(listed(await sized(source, child, options), child.path));
      }
    };
    await visit("", 1);
    return found.toSorted((a, b) => compareCodePoints(a.path, b.path));
  });
}

/**
 * Lists what a URL leads to as a tree, with the URL itself at its root.
 *
 * @throws {@link UrlMissingError}
 */
export async function treeUrl(url: string, options: Omit<ListUrlOptions, "isRecursive">): Promise<ListedEntry> {
  return withUrl(url, options, async (source) => {
    const { depth = Infinity, signal } = options;
    const visit = async (entry: UrlEntry, shown: string, level: number): Promise<ListedEntry> => {
      if (!entry.isFolder || level >= depth) return listed(await sized(source, entry, options), shown);
      const children = [...(await source.list(entry.path, signal))];
      const contents: ListedEntry[] = [];
      for (const child of children.sort((a, b) => compareCodePoints(a.path, b.path))) {
        contents.push(await visit(child, child.path.slice(child.path.lastIndexOf("/") + 1), level + 1));
      }
      return { ...listed(entry, shown), contents };
    };
    const entry = await source.stat("", signal);
    if (entry === undefined) throw new UrlMissingError(url);
    return visit(entry, url, 0);
  });
}

/** Opens a URL with the settings of the project around the current folder, and closes it after the work. */
export async function withUrl<T>(url: string, access: UrlAccess, work: (source: UrlSource) => Promise<T>): Promise<T> {
  const { cwd, env, settings } = access;
  if (settings !== undefined) checkUrlSettings(url, settings);
  const source = await openUrl(urlConfig(configAround(cwd, env), url, cwd, settings), {
    env,
    askSecret: access.askSecret,
  });
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function sized(source: UrlSource, entry: UrlEntry, options: ListUrlOptions): Promise<UrlEntry> {
  if (options.hasSizes !== true || entry.isFolder || entry.sizeBytes !== undefined) return entry;
  return (await source.stat(entry.path, options.signal)) ?? entry;
}

function configAround(cwd: string, env: Environment): MergedConfig {
  const root = findDvcRoot(cwd);
  return readConfig(root === undefined ? undefined : join(root, ".dvc"), env);
}

function listed({ isFolder, isExecutable, sizeBytes }: UrlEntry, path: string): ListedEntry {
  return { path, isOut: false, isFolder, isExecutable, sizeBytes, md5: undefined };
}
