import { Readable } from "node:stream";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { ContentHash } from "../../hash.ts";
import { downloadStream, type RemoteRead } from "../download-stream.ts";
import { RemoteFileMissingError, RemoteRequestError } from "../remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "../remote-storage.ts";
import type { RemoteSettings } from "../settings.ts";
import { openSource, readSource, type SourceFile } from "../source-file.ts";
import { requireProxy } from "../http/http-connections.ts";
import { relayRequests, s3Address } from "./s3-proxy.ts";
import { explainS3Failure, isMissingKey, s3Status } from "./s3-failure.ts";
import {
  parseS3Url,
  s3ClientConfig,
  s3CustomerKey,
  s3Endpoint,
  s3WriteFields,
  type S3CustomerKey,
  type S3WriteFields,
} from "./s3-settings.ts";
import { createHash } from "node:crypto";

type S3Module = typeof import("@aws-sdk/client-s3");

/** Parts of a large object; smaller ones are refused except for the last. */
const PART_BYTES = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;
/** Parts in memory for one object. */
const PARTS_AT_ONCE = 4;

/** Memory that an upload of a large file holds. */
export function s3UploadMemory(sizeBytes: number): number {
  return partSize(sizeBytes) * PARTS_AT_ONCE;
}

/** Opens a prefix of an S3 bucket, or of a server that speaks its language, as a storage. */
export async function openS3(settings: RemoteSettings): Promise<RemoteStorage> {
  const { bucket, prefix } = parseS3Url(settings);
  const fields = s3WriteFields(settings);
  const customerKey = s3CustomerKey(settings);
  const module = await import("@aws-sdk/client-s3");
  const client = newClient(module, await s3ClientConfig(settings));
  const address = s3Address(settings, bucket, s3Endpoint(settings));
  const proxy = requireProxy(settings.name, address, settings.env);
  if (proxy !== undefined && address.protocol === "http:") relayRequests(client, proxy);
  return new S3Storage({ module, client, bucket, prefix, fields, customerKey });
}

/** Makes a client without its note about the version of Node, which is nothing a user of ours could act on. */
function newClient(module: S3Module, config: S3ClientConfig): S3Client {
  const { env } = process;
  const name = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";
  if (env[name] !== undefined) return new module.S3Client(config);
  env[name] = "true";
  try {
    return new module.S3Client(config);
  } finally {
    delete env[name];
  }
}

/** What an {@link S3Storage} is made of. */
export interface S3Options {
  readonly module: S3Module;
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at its ends. */
  readonly prefix: string;
  readonly fields: S3WriteFields;
  readonly customerKey: S3CustomerKey;
}

/** A prefix of a bucket. An object appears when its request, or the last of its parts, is complete. */
export class S3Storage implements RemoteStorage {
  readonly url: string;
  readonly listing = "prefixes";
  readonly #options: S3Options;
  readonly #client: S3Client;

  constructor(options: S3Options) {
    this.#options = options;
    this.#client = options.client;
    this.url = `s3://${options.bucket}${options.prefix === "" ? "" : `/${options.prefix}`}`;
  }

  async stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    const { HeadObjectCommand } = this.#options.module;
    try {
      const found = await this.#do(path, "look for", async () =>
        this.#client.send(
          new HeadObjectCommand({ ...this.#object(path), ...this.#options.customerKey }),
          abort(signal),
        ),
      );
      return {
        path,
        isFolder: false,
        sizeBytes: found.ContentLength,
        etag: stripQuotes(found.ETag),
        mtimeMs: found.LastModified?.getTime(),
        versionId: found.VersionId,
      };
    } catch (error) {
      if (!(error instanceof RemoteFileMissingError)) throw error;
      return undefined;
    }
  }

  async listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]> {
    const files: RemoteFile[] = [];
    for await (const file of this.#list(path, "/", signal)) files.push(file);
    return files;
  }

  walk(path: string, signal?: AbortSignal): AsyncIterable<RemoteFile> {
    return this.#list(path, undefined, signal);
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const source = openSource(file, options.md5);
    await this.#do(path, "upload", async () => {
      if (source.sizeBytes <= PART_BYTES) await this.#put(path, source, options);
      else await this.#putParts(path, source, options);
    });
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    return downloadStream(async (offset) => this.#open(path, offset, options), file, {
      ...options,
      explain: (error) => this.#explain(path, "download", error),
    });
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    const { DeleteObjectCommand } = this.#options.module;
    await this.#do(path, "remove", async () =>
      this.#client.send(new DeleteObjectCommand(this.#object(path)), abort(signal)),
    );
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #key(path: string): string {
    const { prefix } = this.#options;
    return prefix === "" || path === "" ? `${prefix}${path}` : `${prefix}/${path}`;
  }

  #object(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#options.bucket, Key: this.#key(path) };
  }

  async *#list(path: string, delimiter: "/" | undefined, signal?: AbortSignal): AsyncGenerator<RemoteFile> {
    const { ListObjectsV2Command } = this.#options.module;
    const { bucket, prefix } = this.#options;
    const folder = this.#key(path);
    const below = (key: string): string => (prefix === "" ? key : key.slice(prefix.length + 1));
    for (let token: string | undefined; ;) {
      const page = await this.#do(path, "list", async () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: folder === "" ? "" : `${folder}/`,
            ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          abort(signal),
        ),
      );
      for (const { Prefix: name = "" } of page.CommonPrefixes ?? []) {
        yield { path: below(name.replace(/\/$/, "")), isFolder: true, sizeBytes: undefined };
      }
      for (const { Key: key = "", Size, ETag, LastModified } of page.Contents ?? []) {
        // Empty objects that some tools make to show a folder.
        if (key.endsWith("/")) continue;
        yield {
          path: below(key),
          isFolder: false,
          sizeBytes: Size,
          etag: stripQuotes(ETag),
          mtimeMs: LastModified?.getTime(),
        };
      }
      token = page.NextContinuationToken;
      if (page.IsTruncated !== true || token === undefined) return;
    }
  }

  async #put(path: string, source: SourceFile, options: UploadOptions): Promise<void> {
    const { PutObjectCommand } = this.#options.module;
    const data = source.data ?? (await readWhole(source, options));
    // The server compares: bytes that changed on the way are refused.
    const ContentMD5 = createHash("md5").update(data).digest("base64");
    const command = new PutObjectCommand({ ...this.#object(path), ...this.#writing(), Body: data, ContentMD5 });
    await this.#client.send(command, abort(options.signal));
    options.onBytes?.(source.sizeBytes);
  }

  /** Sends a large file in parts. A file that is not what it should be is noticed before the parts become an object. */
  async #putParts(path: string, source: SourceFile, options: UploadOptions): Promise<void> {
    const { Upload } = await import("@aws-sdk/lib-storage");
    const chunks = readSource(source, { ...options, onBytes: () => {}, chunkBytes: 1024 * 1024 });
    let failure: { readonly error: unknown } | undefined;
    const body = Readable.from(
      (async function* () {
        try {
          yield* chunks;
        } catch (error) {
          failure = { error };
          throw error;
        }
      })(),
      { objectMode: false },
    );
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(path), ...this.#writing(), Body: body },
      partSize: partSize(source.sizeBytes),
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    let sentBytes = 0;
    upload.on("httpUploadProgress", ({ loaded = 0 }) => {
      options.onBytes?.(loaded - sentBytes);
      sentBytes = loaded;
    });
    const stop = (): void => void upload.abort();
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      await upload.done();
    } catch (error) {
      options.onBytes?.(-sentBytes);
      options.signal?.throwIfAborted();
      throw failure?.error ?? error;
    } finally {
      options.signal?.removeEventListener("abort", stop);
    }
    const stored = await this.stat(path, options.signal);
    if (stored?.sizeBytes !== source.sizeBytes) {
      const what = { url: this.url, path, action: "upload" };
      throw new RemoteRequestError(what, `${source.sizeBytes} bytes were sent, ${stored?.sizeBytes ?? 0} are there`);
    }
  }

  #writing(): S3WriteFields & S3CustomerKey {
    return { ...this.#options.fields, ...this.#options.customerKey };
  }

  async #open(path: string, offset: number, options: DownloadOptions): Promise<RemoteRead> {
    const { GetObjectCommand } = this.#options.module;
    const command = new GetObjectCommand({
      ...this.#object(path),
      ...this.#options.customerKey,
      ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
      ...(options.versionId === undefined ? {} : { VersionId: options.versionId }),
    });
    try {
      const found = await this.#client.send(command, abort(options.signal));
      const range = /^bytes (\d+)-\d+\/(\d+)/.exec(found.ContentRange ?? "");
      const stream = found.Body as Readable;
      if (range !== null) return { stream, offset: Number(range[1]), sizeBytes: Number(range[2]) };
      return { stream, offset: 0, sizeBytes: found.ContentLength };
    } catch (error) {
      // Nothing lies behind what is here: it may be all, or of another object.
      if (s3Status(error) !== 416) throw this.#explain(path, "download", error);
      const found = await this.stat(path, options.signal);
      if (found?.sizeBytes === offset) return { stream: Readable.from([]), offset, sizeBytes: offset };
      return this.#open(path, 0, options);
    }
  }

  async #do<T>(path: string, action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#explain(path, action, error);
    }
  }

  #explain(path: string, action: string, error: unknown): unknown {
    if (error instanceof Error && error.name === "AbortError") return error;
    const what = { url: this.url, path, action };
    if (isMissingKey(error) && action !== "upload") return new RemoteFileMissingError(what);
    return explainS3Failure(what, this.#options.bucket, error);
  }
}

function partSize(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS));
}

async function readWhole(source: SourceFile, options: UploadOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readSource(source, { ...options, onBytes: () => {} })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function stripQuotes(etag: string | undefined): string | undefined {
  return etag?.replace(/^"(.*)"$/, "$1");
}
