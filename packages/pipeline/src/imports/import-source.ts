import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { TrackerError } from "@waymark/core";
import { isUrl } from "@waymark/store/remotes";
import type { DvcProject } from "../project/dvc-project.ts";
import { ExternalData } from "./external-data.ts";
import { openExternalRepo, type ExternalRepoOptions } from "./external-repo.ts";
import { ExternalView } from "./external-view.ts";
import { UrlMissingError } from "./external-errors.ts";
import { downloadExternal } from "./get-external.ts";
import { downloadUrl, withUrl } from "./get-url.ts";
import { joinProjectPath } from "../project/posix-path.ts";
import { transferAccess, type TransferAccess } from "../remotes/transfer-access.ts";
import { describeUrl } from "./url-dependency.ts";
import { isMapping, newMapping, type Mapping } from "../values/values.ts";

const SCRATCH = "import-";
const ABANDONED_MS = 7 * 24 * 3600 * 1000;

/** How data is brought from where it was imported. */
export interface FetchImportOptions extends TransferAccess {
  /** Data comes along; without, only what identifies it is asked for. Default true. */
  readonly isDownloading?: boolean;
  /** Asked, once it is known what identifies the data, whether it is still wanted. Default: it is. */
  readonly isWanted?: ((entry: Mapping) => Promise<boolean>) | undefined;
  /** Branch, tag or commit of a repository. Default: the commit it is locked to, else its revision. */
  readonly revision?: string | undefined;
}

/** Data that was brought, and how to record where it came from. */
export interface FetchedImport {
  /** The dependency's entry of a `.dvc` file. */
  readonly entry: Mapping;
  /** Where the data is now, absolute; `undefined` when it was not asked for. */
  readonly place: string | undefined;
}

/** A `.dvc` file that imports nothing, or from where nothing can be imported. */
export class NotAnImportError extends TrackerError {
  override readonly code = "NOT_AN_IMPORT";
  readonly file: string;

  constructor(file: string, why = "it imports nothing") {
    super(`'${file}' cannot be brought up to date: ${why}`, {
      hint: "Name a .dvc file that `waymark import` or `waymark import-url` made.",
    });
    this.file = file;
  }
}

/**
 * A `.dvc` file that `dvc import-db` made is to be brought up to date. What to connect to is an address of SQLAlchemy,
 * a library of Python, which also knows the drivers: DVC itself cannot do it without them, and we cannot at all.
 */
export class DatabaseImportError extends TrackerError {
  override readonly code = "DATABASE_IMPORT";
  /** The connection's name in the configuration. */
  readonly connection: string | undefined;

  constructor(database: Mapping) {
    const connection = textOf(database["connection"]);
    const from = connection === undefined ? "a database" : `the database '${connection}'`;
    super(`What comes from ${from} cannot be brought up to date: databases are reached through Python's SQLAlchemy`, {
      hint: "Run `dvc update` where DVC, SQLAlchemy and the driver are; what it writes is good here.",
    });
    this.connection = connection;
  }
}

/**
 * Brings what a dependency of an import names into a scratch folder.
 *
 * @param entry - The dependency's entry of the `.dvc` file.
 * @param wdir - Folder its paths are relative to, relative to the project.
 * @param scratch - A folder for the data, absolute.
 */
export async function fetchImport(
  project: DvcProject,
  entry: Mapping,
  wdir: string,
  scratch: string,
  options: FetchImportOptions = {},
): Promise<FetchedImport> {
  if (isMapping(entry["db"])) throw new DatabaseImportError(entry["db"]);
  return isMapping(entry["repo"])
    ? fetchFromRepo(project, entry, entry["repo"], scratch, options)
    : fetchFromUrl(project, entry, wdir, scratch, options);
}

/** Makes a folder on the project's file system that goes away after the work. */
export async function withScratch<T>(project: DvcProject, work: (scratch: string) => Promise<T>): Promise<T> {
  const folder = join(project.dvcDir, "tmp", "waymark");
  mkdirSync(folder, { recursive: true });
  removeAbandoned(folder);
  const scratch = mkdtempSync(join(folder, SCRATCH));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What killed processes left: nobody fetches for more than a few days. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!name.startsWith(SCRATCH)) continue;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Writes the address of something outside as a `.dvc` file keeps it: a URL and an absolute path as typed, another path
 * relative to a folder of the project.
 *
 * @param folder - Relative to the project.
 */
export function storedAddress(project: DvcProject, address: string, folder: string): string {
  if (isUrl(address) || isAbsolute(address)) return address;
  const path = resolve(project.root, project.folder, address);
  return relative(join(project.root, folder), path).split(sep).join("/");
}

async function fetchFromRepo(
  project: DvcProject,
  entry: Mapping,
  repoEntry: Mapping,
  scratch: string,
  options: FetchImportOptions,
): Promise<FetchedImport> {
  const { env, config } = project;
  const { isDownloading = true, signal } = options;
  const path = joinProjectPath("", textOf(entry["path"]) ?? "");
  const url = textOf(repoEntry["url"]) ?? "";
  const access = { cwd: project.root, env, signal, isCommitted: true, ...settingsOf(repoEntry) };
  const locked = textOf(repoEntry["rev_lock"]) ?? textOf(repoEntry["rev"]);
  const repo = await openExternalRepo(url, { ...access, revision: options.revision ?? locked });
  const data = new ExternalData(repo, { ...transferAccess(options), env, ownCacheDir: config.cacheDir });
  try {
    const view = await ExternalView.read(repo, data);
    await view.require(path);
    const { url: _, rev, rev_lock: __, ...rest } = Object.assign(newMapping(), repoEntry);
    const revision = rev === undefined ? {} : { rev };
    const found = { path: entry["path"], repo: { url, ...revision, rev_lock: repo.commit, ...rest } };
    if (!isDownloading || (await options.isWanted?.(found)) === false) return { entry: found, place: undefined };
    const place = join(scratch, "data");
    await downloadExternal(view, data, path, place);
    return { entry: found, place };
  } finally {
    await data.close();
    await repo.close();
  }
}

/** What `repo:` of a `.dvc` file says about the remote: a name, settings of one, or a whole configuration. */
function settingsOf(repo: Mapping): Pick<ExternalRepoOptions, "configPath" | "remote" | "remoteSettings" | "settings"> {
  const { config, remote } = repo;
  return {
    configPath: textOf(config),
    settings: isMapping(config) ? flattenSettings(config) : [],
    remote: textOf(remote),
    remoteSettings: isMapping(remote) ? toSettings(remote) : undefined,
  };
}

function flattenSettings(config: Mapping): readonly (readonly [string, string, string])[] {
  return Object.entries(config).flatMap(([section, values]) => {
    if (!isMapping(values)) return [];
    return Object.entries(values).flatMap(([key, value]) =>
      isMapping(value)
        ? [...toSettings(value)].map(([inner, text]) => [`${section} "${key}"`, inner, text] as const)
        : [[section, key, String(value)] as const],
    );
  });
}

/** Takes the settings of a mapping as text. */
export function toSettings(mapping: Mapping): ReadonlyMap<string, string> {
  return new Map(Object.entries(mapping).map(([key, value]) => [key.toLowerCase(), String(value)]));
}

async function fetchFromUrl(
  project: DvcProject,
  entry: Mapping,
  wdir: string,
  scratch: string,
  options: FetchImportOptions,
): Promise<FetchedImport> {
  const { isDownloading = true, signal } = options;
  const address = textOf(entry["path"]) ?? "";
  const settings = isMapping(entry["fs_config"]) ? toSettings(entry["fs_config"]) : new Map<string, string>();
  // Its own key: it is for DVC, and not the server's business.
  const isVersioned = settings.get("version_aware") === "true";
  const access = {
    cwd: join(project.root, wdir),
    env: project.env,
    ...transferAccess(options),
    settings: new Map([...settings].filter(([key]) => key !== "version_aware")),
  };
  return withUrl(address, access, async (source) => {
    const found = await source.stat("", signal);
    if (found === undefined) throw new UrlMissingError(address);
    const place = join(scratch, "data");
    const localPath = isUrl(address) ? undefined : resolve(project.root, wdir, address);
    const download = (): Promise<void> => downloadUrl(address, source, place, transferAccess(options));
    // What has no hash of its own has to come here to be hashed.
    const isUnknown = source.hashKind === "md5" || (isDownloading && !found.isFolder && found.hash === undefined);
    const isHere = isUnknown && localPath === undefined;
    if (isHere) await download();
    const what = { place: isHere ? place : localPath, isVersioned, signal };
    const described = await describeUrl(project, source, found, what);
    const fsConfig = entry["fs_config"] === undefined ? {} : { fs_config: entry["fs_config"] };
    const seen = { ...described, hash: "md5", path: address, ...fsConfig };
    if (!isDownloading || (await options.isWanted?.(seen)) === false) return { entry: seen, place: undefined };
    if (!isHere) await download();
    return { entry: seen, place };
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
