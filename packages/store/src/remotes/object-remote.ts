import { isObjectName } from "../cache-layout.ts";
import type { ContentHash } from "../hash.ts";
import { findPresent } from "./find-present.ts";
import type { DownloadOptions, RemoteStorage, UploadOptions } from "./remote-storage.ts";

/** Options of {@link ObjectRemote.has}. */
export interface HasOptions {
  readonly signal?: AbortSignal | undefined;
  /** Requests at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
}

/** Objects at a remote, by name: 32 hex digits, `.dir` after them for the manifest of a folder. */
export interface ObjectRemote {
  /** Where it is, for messages: without credentials. */
  readonly url: string;
  /** What holds the objects, with all of its other files (the run cache). */
  readonly storage: RemoteStorage;
  /** The objects that DVC 2 left in the same place, in its layout. */
  readonly legacy: ObjectRemote;
  /** Transfers at once that the configuration asks for (`jobs`). */
  readonly jobs: number | undefined;
  /** Returns those of the names whose objects are there. */
  has(names: Iterable<string>, options?: HasOptions): Promise<Set<string>>;
  /**
   * Lists the names of all objects.
   *
   * @throws `RemoteConfigError` for a remote that cannot list.
   */
  listAll(signal?: AbortSignal): AsyncIterable<string>;
  /** Sends an object; its bytes are checked against its name on the way. */
  upload(name: string, file: string, options?: UploadOptions): Promise<void>;
  /** Fetches an object into a temporary file. The hash is returned, not checked. */
  download(name: string, temporaryFile: string, options?: DownloadOptions): Promise<ContentHash>;
  remove(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Where objects lie below the root of a remote. */
export type RemoteLayout = "current" | "legacy";

/** Returns the path of an object below the root of a remote. */
export function remoteObjectPath(name: string, layout: RemoteLayout = "current"): string {
  return `${objectFolder(layout, name.slice(0, 2))}/${name.slice(2)}`;
}

/** Returns the folder of the objects whose names begin with two digits, below the root of a remote. */
export function objectFolder(layout: RemoteLayout, prefix: string): string {
  return layout === "current" ? `files/md5/${prefix}` : prefix;
}

/** Returns the name of the object at a path; `undefined` for a path that is none. */
export function objectNameAt(path: string, layout: RemoteLayout): string | undefined {
  const below = layout === "legacy" ? path : path.startsWith("files/md5/") ? path.slice("files/md5/".length) : "";
  const match = /^([0-9a-f]{2})\/([0-9a-f]{30}(?:\.dir)?)$/.exec(below);
  const name = match === null ? "" : `${match[1]}${match[2]}`;
  return isObjectName(name) ? name : undefined;
}

/** Objects in one layout on any storage. */
export class StoredObjects implements ObjectRemote {
  readonly storage: RemoteStorage;
  readonly jobs: number | undefined;
  readonly #layout: RemoteLayout;

  constructor(storage: RemoteStorage, jobs?: number, layout: RemoteLayout = "current") {
    this.storage = storage;
    this.jobs = jobs;
    this.#layout = layout;
  }

  get url(): string {
    return this.storage.url;
  }

  get legacy(): ObjectRemote {
    return this.#layout === "legacy" ? this : new StoredObjects(this.storage, this.jobs, "legacy");
  }

  async has(names: Iterable<string>, options: HasOptions = {}): Promise<Set<string>> {
    return findPresent(this.storage, this.#layout, new Set(names), options);
  }

  async *listAll(signal?: AbortSignal): AsyncGenerator<string> {
    for (const folder of this.#roots()) {
      for await (const { path } of this.storage.walk(folder, signal)) {
        const name = objectNameAt(path, this.#layout);
        if (name !== undefined) yield name;
      }
    }
  }

  async upload(name: string, file: string, options: UploadOptions = {}): Promise<void> {
    // DVC 2 hashed text with its line ends changed, so its names say nothing about the bytes.
    const isByBytes = this.#layout === "current" || name.endsWith(".dir");
    const expected = isByBytes ? { md5: name.slice(0, 32) } : {};
    await this.storage.upload(file, this.#path(name), { ...expected, isReadOnly: true, ...options });
  }

  async download(name: string, temporaryFile: string, options: DownloadOptions = {}): Promise<ContentHash> {
    return this.storage.download(this.#path(name), temporaryFile, options);
  }

  async remove(name: string, signal?: AbortSignal): Promise<void> {
    await this.storage.remove(this.#path(name), signal);
  }

  async close(): Promise<void> {
    await this.storage.close();
  }

  #path(name: string): string {
    return remoteObjectPath(name, this.#layout);
  }

  /** The whole remote holds more than DVC 2's objects, so only its 256 folders are looked at. */
  #roots(): readonly string[] {
    if (this.#layout === "current") return ["files/md5"];
    return Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(2, "0"));
  }
}
