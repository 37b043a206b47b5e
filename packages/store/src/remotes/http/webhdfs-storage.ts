import { Readable } from "node:stream";
import type { ContentHash } from "../../hash.ts";
import { downloadStream, type RemoteRead } from "../download-stream.ts";
import { RemoteConfigError, RemoteFileMissingError, RemoteRequestError } from "../remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "../remote-storage.ts";
import type { RemoteSettings } from "../settings.ts";
import { openSource } from "../source-file.ts";
import { ABANDONED_MS, isTemporaryName, temporaryName } from "../temporary-name.ts";
import { displayUrl, encodePath, parseRemoteUrl } from "../url.ts";
import { basicAuth, fixedAuth } from "./http-auth.ts";
import { HttpClient, type HttpResponse } from "./http-client.ts";
import { HttpConnections } from "./http-connections.ts";
import { explainFailure } from "./http-failure.ts";
import { sendFile } from "./http-storage.ts";
import { walkFolders } from "../walk-folders.ts";

/** Port of a name node unless the URL has one; DVC's. */
const DEFAULT_PORT = 50_070;

/** Who asks, in the query of every request to the name node. */
type Identity = Readonly<Record<string, string>>;

/** Opens a folder of HDFS over its REST interface. */
export async function openWebhdfs(settings: RemoteSettings): Promise<RemoteStorage> {
  if (settings.flag("kerberos") === true || settings.text("kerberos_principal") !== undefined) {
    throw new RemoteConfigError(
      settings.name,
      "Kerberos is not supported",
      "Get a delegation token (`hdfs fetchdt`) and set it as `token` in .dvc/config.local.",
    );
  }
  const url = parseRemoteUrl(settings.url);
  const user = settings.text("user") ?? url.user;
  const password = settings.text("password");
  const token = settings.text("token");
  // A token says who asks, and a server refuses a second answer beside it.
  const identity: Identity =
    token === undefined ? (user === undefined ? {} : { "user.name": user }) : { delegation: token };
  const proxy = settings.text("proxy_to");
  const auth = user !== undefined && password !== undefined ? basicAuth(user, password) : fixedAuth({});
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const origin = `${settings.flag("use_https") === true ? "https" : "http"}://${host}:${url.port ?? DEFAULT_PORT}`;
  const dataProxy = settings.text("data_proxy_target");
  // Data nodes are other servers: they are told the token in the URL that names them, and no password.
  const origins = [origin, ...(dataProxy !== undefined && URL.canParse(dataProxy) ? [new URL(dataProxy).origin] : [])];
  return new WebhdfsStorage({
    url: displayUrl(settings.url),
    origin,
    root: url.path.replace(/\/+$/, ""),
    identity: proxy === undefined ? identity : { ...identity, doas: proxy },
    dataProxy,
    client: new HttpClient(settings.url, new HttpConnections(settings, origins), auth),
  });
}

/** What a {@link WebhdfsStorage} is made of. */
export interface WebhdfsOptions {
  /** For messages. */
  readonly url: string;
  /** Scheme, host and port of the name node. */
  readonly origin: string;
  /** Folder below `/webhdfs/v1`, without a slash at the end. */
  readonly root: string;
  readonly identity: Identity;
  /** Takes the place of scheme, host and path up to `/webhdfs/v1` in the addresses of data nodes. */
  readonly dataProxy: string | undefined;
  readonly client: HttpClient;
}

/** A folder of HDFS. Bytes travel to and from the data nodes the name node points to. */
export class WebhdfsStorage implements RemoteStorage {
  readonly url: string;
  readonly listing = "folders";
  readonly #options: WebhdfsOptions;
  readonly #client: HttpClient;

  constructor(options: WebhdfsOptions) {
    this.url = options.url;
    this.#options = options;
    this.#client = options.client;
  }

  async stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    const found = await this.#ask("GET", "GETFILESTATUS", this.#at(path), {
      path,
      action: "look for",
      signal,
      accepts: [404],
    });
    const status = found === undefined ? undefined : member(found, "FileStatus");
    return status === undefined ? undefined : { ...describe(status), path };
  }

  async listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]> {
    const found = await this.#ask("GET", "LISTSTATUS", this.#at(path), {
      path,
      action: "list",
      signal,
      accepts: [404],
    });
    const list = found === undefined ? [] : member(member(found, "FileStatuses"), "FileStatus");
    const files: RemoteFile[] = [];
    for (const status of Array.isArray(list) ? (list as readonly unknown[]) : []) {
      const name = stringMember(status, "pathSuffix");
      // A file lists itself, without a name.
      if (name === "") continue;
      const file = { ...describe(status), path: path === "" ? name : `${path}/${name}` };
      if (!isTemporaryName(name)) files.push(file);
      else if (Date.now() - (file.mtimeMs ?? Date.now()) > ABANDONED_MS) await this.remove(file.path, signal);
    }
    return files;
  }

  walk(path: string, signal?: AbortSignal): AsyncGenerator<RemoteFile> {
    return walkFolders(this, path, signal);
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const { signal } = options;
    const source = openSource(file, options.md5);
    const target = this.#at(path);
    const temporary = `${target.slice(0, target.lastIndexOf("/"))}/${temporaryName()}`;
    try {
      const created = await this.#request(
        "PUT",
        "CREATE",
        temporary,
        { path, action: "upload", signal },
        { overwrite: "true" },
      );
      const url = await this.#dataUrl(created, path);
      const sent = await sendFile(this.#client, { method: "PUT", url, path }, source, options);
      await this.#client.discard(sent);
      await this.#rename(temporary, path, source.sizeBytes, signal);
    } catch (error) {
      await this.#delete(temporary, path).catch(() => {});
      throw error;
    }
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    return downloadStream(async (offset) => this.#open(path, offset, options.signal), file, {
      ...options,
      explain: (error) => explainFailure({ url: this.url, path, action: "download" }, error),
    });
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    await this.#delete(this.#at(path), path, signal);
  }

  /** What HDFS itself computes: an MD5 of the checksums of its blocks. DVC records its bytes, in hex. */
  async checksum(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const about = { path, action: "read the checksum of", signal };
    const answered = await this.#request("GET", "GETFILECHECKSUM", this.#at(path), about);
    const { location } = answered.headers;
    const text = await this.#client.text(
      location === undefined
        ? answered
        : await this.#client.send({ method: "GET", url: this.#viaProxy(location), what: about, signal }),
    );
    const bytes = member(member(parseAnswer(text), "FileChecksum"), "bytes");
    return typeof bytes === "string" ? bytes : undefined;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #open(path: string, offset: number, signal: AbortSignal | undefined): Promise<RemoteRead> {
    const about = { path, action: "download", signal, accepts: [404], attempts: 1 };
    const found = await this.stat(path, signal);
    if (found === undefined || found.isFolder) {
      throw new RemoteFileMissingError({ url: this.url, path, action: "download" });
    }
    // There is no asking for nothing: an offset at the end is refused.
    if (found.sizeBytes === offset) return { stream: Readable.from([]), offset, sizeBytes: offset };
    const start = offset < (found.sizeBytes ?? 0) ? offset : 0;
    const opened = await this.#request("GET", "OPEN", this.#at(path), about, { offset: String(start) });
    const url = await this.#dataUrl(opened, path);
    const response = await this.#client.send({ method: "GET", url, what: about, signal, attempts: 1 });
    return { stream: response.body, offset: start, sizeBytes: found.sizeBytes };
  }

  /** Gives a complete file its name. HDFS does not rename onto a file, so one that is there goes first. */
  async #rename(from: string, to: string, sizeBytes: number, signal: AbortSignal | undefined): Promise<void> {
    const destination = this.#at(to);
    const about = { path: to, action: "upload", signal, accepts: [404] };
    const rename = async (): Promise<boolean> => {
      const done = await this.#ask("PUT", "RENAME", from, about, { destination });
      return done !== undefined && member(done, "boolean") === true;
    };
    if (await rename()) return;
    const present = await this.stat(to, signal);
    // Somebody was quicker with the same bytes, or the answer to our own request got lost.
    if (present?.sizeBytes === sizeBytes) {
      await this.#delete(from, to, signal);
      return;
    }
    if (present !== undefined) await this.remove(to, signal);
    if (!(await rename())) {
      const what = { url: this.url, path: to, action: "upload" };
      throw new RemoteRequestError(what, "the server would not rename what was sent");
    }
  }

  /** Returns where the data is: in the `Location` of a redirection, or in JSON with `noredirect`. */
  async #dataUrl(response: HttpResponse, path: string): Promise<string> {
    const { location } = response.headers;
    const text = await this.#client.text(response);
    const target = location ?? stringMember(parseAnswer(text), "Location");
    if (response.status === 404) throw new RemoteFileMissingError({ url: this.url, path, action: "download" });
    if (target === "") {
      const what = { url: this.url, path, action: "reach the data of" };
      throw new RemoteRequestError(what, `the server answered ${response.status} and named no data node`, {
        status: response.status,
      });
    }
    return this.#viaProxy(target);
  }

  #viaProxy(target: string): string {
    const { dataProxy, origin } = this.#options;
    const url = new URL(target, origin).href;
    return dataProxy === undefined ? url : url.replace(/^.*?\/webhdfs\/v1/, () => dataProxy);
  }

  #at(path: string): string {
    const { root } = this.#options;
    return path === "" ? (root === "" ? "/" : root) : `${root}/${path}`;
  }

  /** @param full - Path in HDFS; `path` is what it is about, for errors. */
  async #delete(full: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.#ask("DELETE", "DELETE", full, { path, action: "remove", signal, accepts: [404] });
  }

  /** Asks the name node and returns its answer, parsed; `undefined` for 404. */
  async #ask(
    method: string,
    operation: string,
    full: string,
    about: RequestAbout,
    query: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const response = await this.#request(method, operation, full, about, query);
    const text = await this.#client.text(response);
    if (response.status === 404) return undefined;
    const answer = parseAnswer(text);
    if (answer !== undefined) return answer;
    const what = { url: this.url, path: about.path, action: about.action };
    throw new RemoteRequestError(what, "the answer is not that of a WebHDFS server");
  }

  async #request(
    method: string,
    operation: string,
    full: string,
    { path, action, ...about }: RequestAbout,
    query: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse> {
    const { origin, identity } = this.#options;
    const parameters = new URLSearchParams({ op: operation, ...identity, ...query });
    return this.#client.send({
      ...about,
      method,
      url: `${origin}/webhdfs/v1${encodePath(full)}?${parameters.toString()}`,
      what: { path, action },
      keepsRedirects: true,
    });
  }
}

interface RequestAbout {
  /** What it is about, for errors. */
  readonly path: string;
  readonly action: string;
  readonly signal: AbortSignal | undefined;
  readonly accepts?: readonly number[];
  readonly attempts?: number;
}

function describe(status: unknown): Omit<RemoteFile, "path"> {
  const isFolder = member(status, "type") === "DIRECTORY";
  const size = member(status, "length");
  const mtimeMs = member(status, "modificationTime");
  return {
    isFolder,
    sizeBytes: !isFolder && typeof size === "number" ? size : undefined,
    ...(typeof mtimeMs === "number" ? { mtimeMs } : {}),
  };
}

/** Parses an answer; `undefined` for what is no JSON, and an empty object for nothing. */
function parseAnswer(text: string): unknown {
  try {
    return text === "" ? {} : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function stringMember(value: unknown, key: string): string {
  const found = member(value, key);
  return typeof found === "string" ? found : "";
}
