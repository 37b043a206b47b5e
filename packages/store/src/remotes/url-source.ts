import type { RemoteConfig } from "../config/remote-config.ts";
import type { ContentHash } from "../hash.ts";
import { openStorage } from "./open-remote.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "./remote-storage.ts";
import { RemoteSettings, type OpenRemoteOptions, type RemoteEnvironment } from "./settings.ts";
import { joinPath, parseRemoteUrl } from "./url.ts";

/** Which hash DVC records of what a URL leads to. */
export type UrlHashKind = "md5" | "etag" | "checksum";

/** A file or folder at or below a URL. */
export interface UrlEntry {
  /** Below the URL, `/` between parts; empty for what the URL itself names. */
  readonly path: string;
  readonly isFolder: boolean;
  /** `undefined` for folders, and where the server does not say. */
  readonly sizeBytes: number | undefined;
  /** Its ETag or checksum, as DVC records it; `undefined` where only its bytes tell (see {@link UrlSource.hashKind}). */
  readonly hash: string | undefined;
  /** Milliseconds since the epoch. */
  readonly mtimeMs: number | undefined;
  readonly versionId: string | undefined;
  readonly isExecutable: boolean;
}

/** What a URL, or a path of this machine, leads to. */
export interface UrlSource {
  /** For messages: without credentials. */
  readonly url: string;
  /** `md5` for folders of this machine and SSH, whose files must be hashed; the server's own hash for the others. */
  readonly hashKind: UrlHashKind;
  /** Returns what is there; `undefined` for nothing. */
  stat(path?: string, signal?: AbortSignal): Promise<UrlEntry | undefined>;
  /** Lists what lies directly in a folder. */
  list(path?: string, signal?: AbortSignal): Promise<readonly UrlEntry[]>;
  /** Lists all files below a folder, in no order. */
  walk(path?: string, signal?: AbortSignal): AsyncIterable<UrlEntry>;
  /** Downloads a file. It is written as it comes: give a temporary name, and rename. */
  download(path: string, file: string, options?: DownloadOptions): Promise<ContentHash>;
  upload(file: string, path: string, options?: UploadOptions): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@link openUrl}. */
export interface OpenUrlOptions extends OpenRemoteOptions {
  /** Default: that of this process. */
  readonly env?: RemoteEnvironment;
  /** Folder that a relative path is relative to, absolute. Default: the current one of the process. */
  readonly folder?: string;
  /** Settings of the protocol, by the keys a remote has. */
  readonly settings?: ReadonlyMap<string, string>;
}

/**
 * Opens what a URL leads to. Nothing is asked of a server before it is used.
 *
 * @param place - A URL, a path, or the settings that go with one (`urlConfig`).
 * @throws `RemoteConfigError` for settings that cannot work.
 */
export async function openUrl(place: string | RemoteConfig, options: OpenUrlOptions = {}): Promise<UrlSource> {
  const { env = process.env, folder = process.cwd(), settings = new Map<string, string>() } = options;
  const config = typeof place === "string" ? { name: "", url: place, options: settings, folder } : place;
  const { scheme } = parseRemoteUrl(config.url);
  return new StoredUrl(await openStorage(new RemoteSettings(config, env, options)), HASH_KINDS.get(scheme) ?? "etag");
}

const HASH_KINDS: ReadonlyMap<string, UrlHashKind> = new Map([
  ["", "md5"],
  ["file", "md5"],
  ["ssh", "md5"],
  ["sftp", "md5"],
  ["http", "checksum"],
  ["https", "checksum"],
  ["webhdfs", "checksum"],
]);

class StoredUrl implements UrlSource {
  readonly hashKind: UrlHashKind;
  readonly #storage: RemoteStorage;

  constructor(storage: RemoteStorage, hashKind: UrlHashKind) {
    this.#storage = storage;
    this.hashKind = hashKind;
  }

  get url(): string {
    return this.#storage.url;
  }

  async stat(path = "", signal?: AbortSignal): Promise<UrlEntry | undefined> {
    const found = await this.#storage.stat(path, signal);
    if (found !== undefined) {
      const checksum = found.isFolder ? undefined : await this.#storage.checksum?.(path, signal);
      return this.#entry({ ...found, etag: checksum ?? found.etag });
    }
    if (this.#storage.listing !== "prefixes") return undefined;
    // An object store has no folders, only names that begin alike.
    for await (const _ of this.#storage.walk(path, signal)) {
      return this.#entry({ path, isFolder: true, sizeBytes: undefined });
    }
    return undefined;
  }

  async list(path = "", signal?: AbortSignal): Promise<readonly UrlEntry[]> {
    return (await this.#storage.listFolder(path, signal)).map((file) => this.#entry(file));
  }

  async *walk(path = "", signal?: AbortSignal): AsyncGenerator<UrlEntry> {
    for await (const file of this.#storage.walk(path, signal)) yield this.#entry(file);
  }

  async download(path: string, file: string, options?: DownloadOptions): Promise<ContentHash> {
    return this.#storage.download(joinPath(path), file, options);
  }

  async upload(file: string, path: string, options?: UploadOptions): Promise<void> {
    await this.#storage.upload(file, joinPath(path), options);
  }

  async close(): Promise<void> {
    await this.#storage.close();
  }

  #entry(file: RemoteFile): UrlEntry {
    return {
      path: file.path,
      isFolder: file.isFolder,
      sizeBytes: file.sizeBytes,
      hash: this.hashKind === "md5" || file.isFolder ? undefined : file.etag,
      mtimeMs: file.mtimeMs,
      versionId: file.versionId,
      isExecutable: file.isExecutable === true,
    };
  }
}
