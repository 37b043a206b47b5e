import type { ContentHash } from "../../hash.ts";
import { downloadStream } from "../download-stream.ts";
import { RemoteRequestError } from "../remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "../remote-storage.ts";
import type { RemoteSettings } from "../settings.ts";
import { openSource } from "../source-file.ts";
import { ABANDONED_MS, isTemporaryName, temporaryName } from "../temporary-name.ts";
import { displayUrl, encodePath, parseRemoteUrl } from "../url.ts";
import { basicAuth, fixedAuth, type HttpAuth } from "./http-auth.ts";
import { HttpClient } from "./http-client.ts";
import { HttpConnections } from "./http-connections.ts";
import { openGet, sendFile, withoutLogin } from "./http-storage.ts";
import { explainFailure } from "./http-failure.ts";
import { parseMultistatus, type DavResource } from "./multistatus.ts";
import { walkFolders } from "../walk-folders.ts";

const PROPERTIES = [
  '<?xml version="1.0" encoding="utf-8"?>',
  '<D:propfind xmlns:D="DAV:"><D:prop>',
  "<D:resourcetype/><D:getcontentlength/><D:getetag/><D:getlastmodified/>",
  "</D:prop></D:propfind>",
].join("");

/** Opens a WebDAV server as a storage: `webdav://` is HTTP, `webdavs://` is HTTPS. */
export async function openWebdav(settings: RemoteSettings): Promise<RemoteStorage> {
  const auth = await webdavAuth(settings);
  const connections = new HttpConnections(settings, [httpUrl(settings.url).origin]);
  return new WebdavStorage(settings.url, new HttpClient(settings.url, connections, auth));
}

/** A folder of a WebDAV server. What is sent gets its name by MOVE once it is complete. */
export class WebdavStorage implements RemoteStorage {
  readonly url: string;
  readonly listing = "folders";
  readonly #client: HttpClient;
  /** `http` or `https`, host and port. */
  readonly #origin: string;
  /** Decoded, without a slash at the end. */
  readonly #root: string;
  readonly #folders = new Map<string, Promise<void>>();

  constructor(url: string, client: HttpClient) {
    this.url = displayUrl(url);
    this.#client = client;
    const base = httpUrl(url);
    this.#origin = base.origin;
    this.#root = decodeURIComponent(base.pathname).replace(/\/+$/, "");
  }

  async stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    const [found] = await this.#find(path, "0", "look for", signal);
    return found === undefined ? undefined : { ...describe(found), path };
  }

  async listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]> {
    const folder = this.#path(path);
    const files: RemoteFile[] = [];
    for (const found of await this.#find(path, "1", "list", signal)) {
      // The folder lists itself as well.
      if (!found.path.startsWith(`${folder}/`)) continue;
      const file = { ...describe(found), path: found.path.slice(this.#root.length + 1) };
      if (!isTemporaryName(found.path.slice(folder.length + 1))) files.push(file);
      else if (Date.now() - (file.mtimeMs ?? Date.now()) > ABANDONED_MS) await this.remove(file.path, signal);
    }
    return files;
  }

  walk(path: string, signal?: AbortSignal): AsyncGenerator<RemoteFile> {
    return walkFolders(this, path, signal);
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const source = openSource(file, options.md5);
    const target = this.#path(path);
    const folder = target.slice(0, target.lastIndexOf("/"));
    await this.#makeFolder(folder, path, options.signal);
    const temporary = `${folder}/${temporaryName()}`;
    try {
      const sent = await sendFile(this.#client, { method: "PUT", url: this.#at(temporary), path }, source, options);
      await this.#client.discard(sent);
      const moved = await this.#client.send({
        method: "MOVE",
        url: this.#at(temporary),
        headers: { destination: this.#at(target), overwrite: "T" },
        what: { path, action: "upload" },
        signal: options.signal,
        // The answer to a move that worked may get lost; then there is nothing left to move.
        accepts: [404],
      });
      await this.#client.discard(moved);
      if (moved.status === 404 && (await this.stat(path, options.signal))?.sizeBytes !== source.sizeBytes) {
        throw new RemoteRequestError({ url: this.url, path, action: "upload" }, "what was sent is gone");
      }
    } catch (error) {
      await this.#removeUrl(temporary, path).catch(() => {});
      throw error;
    }
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    const what = { path, action: "download" };
    const target = { url: this.#at(this.#path(path)), what, storage: this.url };
    return downloadStream(async (offset) => openGet(this.#client, target, offset, options.signal), file, {
      ...options,
      explain: (error) => explainFailure({ url: this.url, ...what }, error),
    });
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    await this.#removeUrl(this.#path(path), path, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #path(path: string): string {
    return path === "" ? this.#root : `${this.#root}/${path}`;
  }

  /** @param path - Decoded path of the URL. */
  #at(path: string): string {
    return `${this.#origin}${path === "" ? "/" : encodePath(path)}`;
  }

  async #find(
    path: string,
    depth: "0" | "1",
    action: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly DavResource[]> {
    const response = await this.#client.send({
      method: "PROPFIND",
      // Some servers answer for a folder only with the slash; a file is asked for without.
      url: `${this.#at(this.#path(path))}${depth === "1" && path !== "" ? "/" : ""}`,
      headers: { depth, "content-type": "application/xml; charset=utf-8" },
      body: () => PROPERTIES,
      what: { path, action },
      accepts: [404],
      signal,
    });
    const text = await this.#client.text(response);
    return response.status === 404 ? [] : parseMultistatus(text);
  }

  /** Makes a folder and those above it, each once. */
  async #makeFolder(folder: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const made = this.#makeFolders(folder, path, signal);
    this.#folders.set(folder, made);
    // One that failed may succeed later.
    made.catch(() => this.#folders.delete(folder));
    return made;
  }

  async #makeFolders(folder: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    if (folder === "") return;
    const status = await this.#mkcol(folder, path, signal);
    if (status !== 409 && status !== 404) return;
    await this.#makeFolder(folder.slice(0, folder.lastIndexOf("/")), path, signal);
    const again = await this.#mkcol(folder, path, signal);
    if (again !== 409 && again !== 404) return;
    const what = { url: this.url, path, action: "make the folder of" };
    throw new RemoteRequestError(what, `the server answered ${again}`, { status: again });
  }

  async #mkcol(folder: string, path: string, signal: AbortSignal | undefined): Promise<number> {
    const response = await this.#client.send({
      method: "MKCOL",
      url: `${this.#at(folder)}/`,
      what: { path, action: "make the folder of" },
      // 405: it is there already; 409: the one above is not; 301: there, and the server likes its slash otherwise.
      accepts: [301, 404, 405, 409],
      keepsRedirects: true,
      signal,
    });
    await this.#client.discard(response);
    return response.status;
  }

  async #removeUrl(target: string, path: string, signal?: AbortSignal): Promise<void> {
    const response = await this.#client.send({
      method: "DELETE",
      url: this.#at(target),
      what: { path, action: "remove" },
      accepts: [404],
      signal,
    });
    await this.#client.discard(response);
  }
}

function httpUrl(url: string): URL {
  return new URL(withoutLogin(url).replace(/^webdav/i, "http"));
}

/** DVC's order: a token, then a user with a password, then a header of one's own. */
async function webdavAuth(settings: RemoteSettings): Promise<HttpAuth> {
  const url = parseRemoteUrl(settings.url);
  const token = settings.text("token");
  if (token !== undefined) return fixedAuth({ authorization: `Bearer ${token}` });
  const user = settings.text("user") ?? url.user;
  const header = settings.text("custom_auth_header");
  const owner = `${user ?? header ?? ""} at ${url.host}`;
  if (user !== undefined) return basicAuth(user, (await settings.secret("password", owner)) ?? url.password ?? "");
  if (header === undefined) return fixedAuth({});
  return fixedAuth({ [header.toLowerCase()]: (await settings.secret("password", owner)) ?? "" });
}

function describe(found: DavResource): Omit<RemoteFile, "path"> {
  return {
    isFolder: found.isFolder,
    sizeBytes: found.sizeBytes,
    etag: found.etag,
    mtimeMs: found.mtimeMs,
  };
}
