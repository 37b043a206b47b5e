import { Readable } from "node:stream";
import type { ContentHash } from "../../hash.ts";
import { downloadStream, type RemoteRead } from "../download-stream.ts";
import { RemoteConfigError, RemoteFileMissingError, RemoteRequestError } from "../remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "../remote-storage.ts";
import type { RemoteSettings } from "../settings.ts";
import { openSource, readSource, type SourceFile } from "../source-file.ts";
import { displayUrl, encodePath, parseRemoteUrl } from "../url.ts";
import { httpAuth } from "./http-auth.ts";
import { HttpClient, type HttpResponse } from "./http-client.ts";
import { HttpConnections } from "./http-connections.ts";
import { explainFailure } from "./http-failure.ts";

/** Opens a plain HTTP server as a storage. */
export async function openHttp(settings: RemoteSettings): Promise<RemoteStorage> {
  const method = (settings.text("method") ?? "POST").toUpperCase();
  if (method !== "POST" && method !== "PUT") {
    throw new RemoteConfigError(settings.name, `\`method\` is '${method}'`, "Set it to POST or PUT.");
  }
  const auth = await httpAuth(settings);
  const connections = new HttpConnections(settings, [new URL(withoutLogin(settings.url)).origin]);
  const client = new HttpClient(settings.url, connections, auth);
  return new HttpStorage(settings.url, client, method);
}

/** A plain HTTP server: HEAD, GET, and PUT or POST. It cannot list. */
export class HttpStorage implements RemoteStorage {
  readonly url: string;
  readonly listing = "none";
  readonly #client: HttpClient;
  readonly #method: "POST" | "PUT";
  readonly #base: string;
  readonly #query: string;

  constructor(url: string, client: HttpClient, method: "POST" | "PUT") {
    this.url = displayUrl(url);
    this.#client = client;
    this.#method = method;
    const { query } = parseRemoteUrl(url);
    this.#base = withoutLogin(url);
    this.#query = query;
  }

  async stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    const what = { path, action: "look for" };
    const request = { url: this.#at(path), what, signal };
    let response = await this.#client.send({ ...request, method: "HEAD", accepts: [404, 405, 410, 501] });
    await this.#client.discard(response);
    if (response.status === 405 || response.status === 501) {
      // A server without HEAD: its answer to GET says the same, if only the body is left alone.
      response = await this.#client.send({
        ...request,
        method: "GET",
        headers: { range: "bytes=0-0" },
        accepts: [404, 410, 416],
      });
      response.body.destroy();
      if (response.status === 416) return { path, isFolder: false, sizeBytes: 0 };
    }
    return response.status === 404 || response.status === 410 ? undefined : describe(path, response);
  }

  async listFolder(): Promise<readonly RemoteFile[]> {
    throw this.#cannotList();
  }

  // eslint-disable-next-line require-yield
  async *walk(): AsyncGenerator<RemoteFile> {
    throw this.#cannotList();
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const source = openSource(file, options.md5);
    const response = await sendFile(this.#client, { method: this.#method, url: this.#at(path), path }, source, options);
    await this.#client.discard(response);
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    const what = { path, action: "download" };
    return downloadStream(
      async (offset) => openGet(this.#client, { url: this.#at(path), what, storage: this.url }, offset, options.signal),
      file,
      { ...options, explain: (error) => explainFailure({ url: this.url, ...what }, error) },
    );
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    const what = { path, action: "remove" };
    const response = await this.#client.send({
      method: "DELETE",
      url: this.#at(path),
      what,
      signal,
      accepts: [404, 410],
    });
    await this.#client.discard(response);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #at(path: string): string {
    return `${path === "" ? this.#base : `${this.#base.replace(/\/+$/, "")}/${encodePath(path)}`}${this.#query}`;
  }

  #cannotList(): RemoteRequestError {
    const what = { url: this.url, path: "", action: "list" };
    return new RemoteRequestError(what, "a plain HTTP server does not say what it holds", {
      hint: "Use a remote that can list: S3, SSH, WebDAV, WebHDFS or a folder.",
    });
  }
}

/** Where a file is sent. */
export interface UploadTarget {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Below the root of the storage, for errors. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a file as the body of a request; its bytes are counted and their hash is checked on the way. */
export async function sendFile(
  client: HttpClient,
  target: UploadTarget,
  source: SourceFile,
  options: UploadOptions,
): Promise<HttpResponse> {
  const { onBytes, signal } = options;
  let sentBytes = 0;
  const count = (bytes: number): void => {
    sentBytes += bytes;
    onBytes?.(bytes);
  };
  const { data } = source;
  const body = (): Buffer | Readable =>
    data ?? Readable.from(readSource(source, { ...options, onBytes: count }), { objectMode: false });
  const response = await client.send({
    method: target.method,
    url: target.url,
    what: { path: target.path, action: "upload" },
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(source.sizeBytes),
      ...target.headers,
    },
    body,
    signal,
    onRetry: () => {
      onBytes?.(-sentBytes);
      sentBytes = 0;
    },
  });
  if (data !== undefined) onBytes?.(source.sizeBytes);
  return response;
}

/** Opens a file for reading at an offset, whether the server knows ranges or not. */
export async function openGet(
  client: HttpClient,
  target: { readonly url: string; readonly what: { path: string; action: string }; readonly storage: string },
  offset: number,
  signal: AbortSignal | undefined,
): Promise<RemoteRead> {
  const response = await client.send({
    method: "GET",
    url: target.url,
    what: target.what,
    // What is compressed on the way has neither the size nor the ranges of the file.
    headers: { "accept-encoding": "identity", ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) },
    accepts: [404, 410, 416],
    signal,
    // Whoever reads tries again, from where the reading stopped.
    attempts: 1,
  });
  const { status, headers } = response;
  if (status === 404 || status === 410) {
    await client.discard(response);
    throw new RemoteFileMissingError({ url: target.storage, ...target.what });
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)/.exec(headers["content-range"] ?? "");
  if (status === 206 && range !== null) {
    return { stream: response.body, offset: Number(range[1]), sizeBytes: toSize(range[2]) };
  }
  if (status === 416) {
    await client.discard(response);
    // Nothing lies behind what is here already: either that is all, or it is not of this file.
    const size = toSize(/^bytes \*\/(\d+)/.exec(headers["content-range"] ?? "")?.[1]);
    if (size === offset) return { stream: Readable.from([]), offset, sizeBytes: size };
    return openGet(client, target, 0, signal);
  }
  return { stream: response.body, offset: 0, sizeBytes: toSize(headers["content-length"]) };
}

/** Returns a URL without user and password, which travel in a header, and without its query. */
export function withoutLogin(url: string): string {
  const { scheme, host, port, path } = parseRemoteUrl(url);
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}${path}`;
}

function describe(path: string, { headers, status }: HttpResponse): RemoteFile {
  const total = status === 206 ? /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] : headers["content-length"];
  const mtimeMs = Date.parse(headers["last-modified"] ?? "");
  return {
    path,
    isFolder: false,
    sizeBytes: toSize(total),
    // DVC records the tag of an HTTP server as it is, quotes included; without one, the hash of the content.
    etag: headers["etag"] ?? headers["content-md5"],
    ...(Number.isFinite(mtimeMs) ? { mtimeMs } : {}),
  };
}

function toSize(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
