import { chmodSync, constants, mkdirSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ObjectMissingError, OversizedObjectError, writeBlobToFile } from "@waymark/git";
import {
  type DirectoryEntry,
  hashLegacyFileSync,
  parseDirectory,
  remoteConfig,
  type RemoteConfig,
} from "@waymark/store";
import {
  defaultJobs,
  forEachLimited,
  openRemote,
  ProgressCount,
  RemoteCorruptError,
  RemoteFileMissingError,
  remoteObjectPath,
  type ObjectRemote,
} from "@waymark/store/remotes";
import type { Environment } from "../project/dvc-project.ts";
import { ExternalDataError } from "./external-errors.ts";
import type { ExternalProject, ExternalRepo } from "./external-repo.ts";
import type { TransferAccess } from "../remotes/transfer-access.ts";

/** Where the bytes of a file are. */
export type ExternalContent =
  | { readonly kind: "blob"; readonly id: string }
  | { readonly kind: "disk"; readonly path: string }
  | { readonly kind: "object"; readonly object: ExternalObject };

/** An object that an output of another project records. */
export interface ExternalObject {
  /** 32 hex digits, `.dir` at the end for a folder. */
  readonly md5: string;
  readonly isLegacy: boolean;
  /** The remote the output is bound to. */
  readonly remote: string | undefined;
  readonly project: ExternalProject;
}

/** Options of {@link ExternalData}. */
export interface ExternalDataOptions extends TransferAccess {
  readonly env: Environment;
  /** A cache to look into first, absolute: that of the project the data is for. */
  readonly ownCacheDir?: string | undefined;
}

/** A file to be written. */
export interface ExternalDownload {
  /** Relative to the repository, for messages. */
  readonly path: string;
  readonly content: ExternalContent;
  readonly sizeBytes: number | undefined;
  /** Absolute; it must not exist. */
  readonly target: string;
}

/**
 * Brings data of another repository here: from a cache on this machine, or from the remote the repository names. What
 * comes is compared with the hash it is recorded under.
 */
export class ExternalData {
  readonly #repo: ExternalRepo;
  readonly #options: ExternalDataOptions;
  readonly #progress: ProgressCount;
  readonly #remotes = new Map<string, Promise<ObjectRemote>>();
  readonly #manifests = new Map<string, Promise<readonly DirectoryEntry[]>>();

  constructor(repo: ExternalRepo, options: ExternalDataOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#progress = new ProgressCount(options.onProgress);
  }

  /** Reads what a folder holds. */
  readManifest(path: string, object: ExternalObject): Promise<readonly DirectoryEntry[]> {
    const known = this.#manifests.get(object.md5);
    if (known !== undefined) return known;
    const started = this.#fetchManifest(path, object);
    this.#manifests.set(object.md5, started);
    return started;
  }

  /** Writes files, several at a time. */
  async download(downloads: readonly ExternalDownload[]): Promise<void> {
    const { jobs = defaultJobs(), signal } = this.#options;
    for (const { sizeBytes } of downloads) this.#progress.expect(sizeBytes);
    for (const folder of new Set(downloads.map(({ target }) => dirname(target))))
      mkdirSync(folder, { recursive: true });
    await forEachLimited(
      downloads,
      jobs,
      async (download) => {
        await this.#downloadOne(download);
        this.#progress.endFile();
      },
      signal,
    );
  }

  /** Where the remote of the repository has an object, or would have it; `undefined` without a remote. */
  async remoteUrl(object: ExternalObject): Promise<string | undefined> {
    const config = this.#configuredRemote(object) ?? this.#cacheRemote(object);
    if (config === undefined) return undefined;
    const { url } = await this.#open(config);
    return `${url.replace(/\/+$/u, "")}/${remoteObjectPath(object.md5, object.isLegacy ? "legacy" : "current")}`;
  }

  async close(): Promise<void> {
    for (const opened of this.#remotes.values()) {
      // One that could not be opened has nothing to close, and has been reported.
      await opened.then((remote) => remote.close()).catch(() => undefined);
    }
  }

  async #downloadOne({ path, sizeBytes = 0, content, target }: ExternalDownload): Promise<void> {
    switch (content.kind) {
      case "blob":
        await this.#writeBlob(content.id, target);
        this.#progress.addBytes(sizeBytes);
        return;
      case "disk":
        await copyFile(content.path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
        chmodSync(target, 0o666 & ~process.umask());
        this.#progress.addBytes(sizeBytes);
        return;
      case "object":
        await this.#fetchObject(path, content.object, target, this.#progress.addBytes);
        chmodSync(target, 0o666 & ~process.umask());
    }
  }

  async #writeBlob(id: string, target: string): Promise<void> {
    const { git, blobs } = this.#repo;
    if (git === undefined || blobs === undefined) return;
    try {
      const object = await blobs.read(id);
      if (object === undefined) throw new ObjectMissingError(id);
      await writeFile(target, object.data, { flag: "wx" });
    } catch (error) {
      if (!(error instanceof OversizedObjectError)) throw error;
      await writeBlobToFile(git, id, target);
    }
  }

  async #fetchObject(
    path: string,
    object: ExternalObject,
    target: string,
    onBytes?: (bytes: number) => void,
  ): Promise<void> {
    const { signal } = this.#options;
    const places: string[] = [];
    let corruption: unknown;
    for (const config of this.#places(object)) {
      const place = await this.#open(config);
      places.push(place.url);
      const source = object.isLegacy ? place.legacy : place;
      try {
        const { md5 } = await source.download(object.md5, target, { signal, onBytes });
        if (isRight(object, md5, target)) return;
        corruption = new RemoteCorruptError({ url: place.url, path: object.md5, action: "download" }, md5);
      } catch (error) {
        if (!(error instanceof RemoteFileMissingError)) throw error;
      }
      rmSync(target, { force: true });
    }
    throw new ExternalDataError(path, object.md5, places, corruption);
  }

  async #fetchManifest(path: string, object: ExternalObject): Promise<readonly DirectoryEntry[]> {
    const scratch = await mkdtemp(join(tmpdir(), "waymark-manifest-"));
    try {
      const file = join(scratch, "manifest");
      await this.#fetchObject(path, object, file);
      return parseDirectory(readFileSync(file), { md5: object.md5, path });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Where an object is looked for, first to last. A remote that is far away is opened when the others lack it. */
  #places(object: ExternalObject): readonly RemoteConfig[] {
    const { ownCacheDir } = this.#options;
    const own = ownCacheDir === undefined ? undefined : folderRemote(ownCacheDir);
    return [own, this.#cacheRemote(object), this.#configuredRemote(object)].filter((place) => place !== undefined);
  }

  #cacheRemote({ project }: ExternalObject): RemoteConfig | undefined {
    return project.cacheDir === undefined ? undefined : folderRemote(project.cacheDir);
  }

  #configuredRemote({ remote, project }: ExternalObject): RemoteConfig | undefined {
    const name = remote ?? project.config.defaultRemote;
    return name === undefined ? undefined : remoteConfig(project.config, name);
  }

  #open(config: RemoteConfig): Promise<ObjectRemote> {
    const key = `${config.name}\0${config.url}`;
    const known = this.#remotes.get(key);
    if (known !== undefined) return known;
    const opened = openRemote(config, this.#options.env, { askSecret: this.#options.askSecret });
    this.#remotes.set(key, opened);
    return opened;
  }
}

/** A cache has the layout of a remote. */
function folderRemote(folder: string): RemoteConfig {
  return { name: "", url: folder, options: new Map(), folder };
}

function isRight(object: ExternalObject, md5: string, file: string): boolean {
  const wanted = object.md5.slice(0, 32);
  return md5 === wanted || (object.isLegacy && hashLegacyFileSync(file).md5 === wanted);
}
