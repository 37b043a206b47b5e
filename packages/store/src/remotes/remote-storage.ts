import type { ContentHash } from "../hash.ts";

/** A file or folder as a remote describes it. */
export interface RemoteFile {
  /** Below the storage's root, `/` between parts. */
  readonly path: string;
  readonly isFolder: boolean;
  /** `undefined` where the server does not say. */
  readonly sizeBytes: number | undefined;
  /** Entity tag as DVC records it: without quotes for S3, as sent for the others. */
  readonly etag?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly mtimeMs?: number | undefined;
  /** Version of the object, where the bucket keeps versions. */
  readonly versionId?: string | undefined;
  /** The owner may execute it; only file systems tell. */
  readonly isExecutable?: boolean | undefined;
}

/** Options of every transfer. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes more have gone; negative when some of them must go again. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Options of {@link RemoteStorage.upload}. */
export interface UploadOptions extends TransferOptions {
  /** Hash that the bytes must have: nothing appears under the path when they have another. */
  readonly md5?: string | undefined;
  /** Mode 0444 in place, as DVC gives to objects of a local remote. Other protocols have no use for it. Default `false`. */
  readonly isReadOnly?: boolean;
}

/** Options of {@link RemoteStorage.download}. */
export interface DownloadOptions extends TransferOptions {
  /** Takes what the target holds already for the beginning of the file, and asks only for the rest. Default `false`. */
  readonly isResuming?: boolean;
  /** Version of the object, where the bucket keeps versions. Default: the newest. */
  readonly versionId?: string | undefined;
}

/**
 * How a storage lists: `folders` one at a time, as a file system does; `prefixes` all names that begin alike, as
 * object stores do; `none` not at all.
 */
export type ListingKind = "folders" | "prefixes" | "none";

/**
 * Files under paths, on whatever a protocol reaches. Paths are relative to the storage's root, `/` between parts; the
 * empty path is the root itself.
 *
 * What goes wrong for a moment (a dropped connection, an overloaded server) is tried again inside; what is thrown is
 * final.
 */
export interface RemoteStorage {
  /** Where it is, for messages: without credentials. */
  readonly url: string;
  readonly listing: ListingKind;
  /** Returns what is at a path; `undefined` for nothing. */
  stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined>;
  /** Lists what lies directly in a folder; nothing for a folder that does not exist. */
  listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]>;
  /** Lists the files below a folder, at any depth, in no order. */
  walk(path: string, signal?: AbortSignal): AsyncIterable<RemoteFile>;
  /**
   * Sends a file. It appears under its path complete or not at all, and replaces what is there.
   *
   * @throws `CorruptSourceError` when its bytes do not have the hash they should have.
   */
  upload(file: string, path: string, options?: UploadOptions): Promise<void>;
  /**
   * Fetches a file into one that need not exist, and hashes what came. After an error the target holds the beginning.
   *
   * @throws `RemoteFileMissingError` when there is nothing at the path.
   */
  download(path: string, file: string, options?: DownloadOptions): Promise<ContentHash>;
  /** Removes a file; one that is not there is no error. */
  remove(path: string, signal?: AbortSignal): Promise<void>;
  /** Returns a checksum that the server computes, where the protocol has one that DVC records. */
  checksum?(path: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Ends connections. */
  close(): Promise<void>;
}
