import type { Stats } from "ssh2";
import type { ContentHash } from "../../hash.ts";
import { downloadStream } from "../download-stream.ts";
import { explainConnection } from "../http/http-failure.ts";
import {
  RemoteAccessError,
  RemoteFileMissingError,
  RemoteRequestError,
  RemoteUnreachableError,
  type RemoteRequest,
} from "../remote-errors.ts";
import type { DownloadOptions, RemoteFile, RemoteStorage, UploadOptions } from "../remote-storage.ts";
import { isTransient, withRetries } from "../retry.ts";
import type { RemoteSettings } from "../settings.ts";
import { openSource } from "../source-file.ts";
import { ABANDONED_MS, isTemporaryName, temporaryName } from "../temporary-name.ts";
import { displayUrl, joinPath, parseRemoteUrl } from "../url.ts";
import { openForReading, sendFile } from "./sftp-files.ts";
import { SFTP_STATUS, type SftpCalls, sftpStatus } from "./sftp-calls.ts";
import { resolveRemotePlace } from "./ssh-login.ts";
import { openSshSession, type SshSession } from "./ssh-session.ts";
import { TrackerError } from "@waymark/core/errors";
import { errorCode } from "@waymark/files";
import { walkFolders } from "../walk-folders.ts";

/** Opens a folder of an SSH server as a storage. It is connected to when it is first used. */
export async function openSftp(settings: RemoteSettings): Promise<RemoteStorage> {
  const place = resolveRemotePlace(settings);
  const url = displayUrl(settings.url);
  const path = decodeURIComponent(parseRemoteUrl(settings.url).path);
  return new SftpStorage(url, path === "" ? "/" : path, async (what) => openSshSession(settings, place, what));
}

/** A folder of an SSH server. What is sent gets its name by a rename once it is complete. */
export class SftpStorage implements RemoteStorage {
  readonly url: string;
  readonly listing = "folders";
  readonly #root: string;
  readonly #connect: (what: RemoteRequest) => Promise<SshSession>;
  readonly #folders = new Map<string, Promise<void>>();
  #session: Promise<SshSession> | undefined;

  constructor(url: string, root: string, connect: (what: RemoteRequest) => Promise<SshSession>) {
    this.url = url;
    this.#root = root;
    this.#connect = connect;
  }

  async stat(path: string, signal?: AbortSignal): Promise<RemoteFile | undefined> {
    return this.#retry({ path, action: "look for", signal }, async (calls) => {
      const found = await orNothing(calls.stat(this.#at(path)));
      return found === undefined ? undefined : { path, ...describe(found) };
    });
  }

  async listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]> {
    return this.#retry({ path, action: "list", signal }, async (calls) => {
      const files: RemoteFile[] = [];
      for (const { filename, attrs } of (await orNothing(calls.list(this.#at(path)))) ?? []) {
        if (filename === "." || filename === "..") continue;
        const below = path === "" ? filename : `${path}/${filename}`;
        if (isTemporaryName(filename)) {
          if (Date.now() - attrs.mtime * 1000 > ABANDONED_MS) await orNothing(calls.remove(this.#at(below)));
          continue;
        }
        // What a link leads to is what counts.
        const target = attrs.isSymbolicLink() ? await orNothing(calls.stat(this.#at(below))) : attrs;
        if (target !== undefined) files.push({ path: below, ...describe(target) });
      }
      return files;
    });
  }

  walk(path: string, signal?: AbortSignal): AsyncGenerator<RemoteFile> {
    return walkFolders(this, path, signal);
  }

  async upload(file: string, path: string, options: UploadOptions = {}): Promise<void> {
    const source = openSource(file, options.md5);
    const target = this.#at(path);
    const folder = target.slice(0, target.lastIndexOf("/"));
    let sentBytes = 0;
    const onBytes = (bytes: number): void => {
      sentBytes += bytes;
      options.onBytes?.(bytes);
    };
    await this.#retry({ path, action: "upload", signal: options.signal }, async (calls) => {
      onBytes(-sentBytes);
      const temporary = `${folder}/${temporaryName()}`;
      try {
        const handle = await this.#create(calls, temporary, folder);
        await sendFile(calls, handle, source, { ...options, onBytes });
        // Only now: a name must not be given to what could not be written.
        await calls.replace(temporary, target);
      } catch (error) {
        if (!isTransient(error)) await orNothing(calls.remove(temporary)).catch(() => {});
        throw error;
      }
    });
  }

  async download(path: string, file: string, options: DownloadOptions = {}): Promise<ContentHash> {
    const about = { path, action: "download" };
    return downloadStream(
      async (offset) => {
        const calls = await this.#calls({ url: this.url, ...about });
        const handle = await orNothing(calls.open(this.#at(path), "r"));
        if (handle === undefined) throw new RemoteFileMissingError({ url: this.url, ...about });
        return openForReading(calls, handle, offset);
      },
      file,
      { ...options, explain: (error) => this.#explain(about, error) },
    );
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    await this.#retry({ path, action: "remove", signal }, async (calls) => orNothing(calls.remove(this.#at(path))));
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    session?.end();
    this.#session = undefined;
  }

  #at(path: string): string {
    return joinPath(this.#root, path);
  }

  /** Returns the calls of the connection there is, or of a new one; all who ask meanwhile wait for the same. */
  async #calls(what: RemoteRequest): Promise<SftpCalls> {
    for (;;) {
      const connecting = (this.#session ??= this.#connect(what));
      const forget = (): void => {
        if (this.#session === connecting) this.#session = undefined;
      };
      try {
        const session = await connecting;
        if (session.calls.isOpen) return session.calls;
        session.end();
      } catch (error) {
        forget();
        throw error;
      }
      forget();
    }
  }

  async #retry<T>(
    about: { readonly path: string; readonly action: string; readonly signal?: AbortSignal | undefined },
    work: (calls: SftpCalls) => Promise<T>,
  ): Promise<T> {
    const { signal } = about;
    try {
      return await withRetries(async () => work(await this.#calls({ url: this.url, ...about })), { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#explain(about, error);
    }
  }

  #explain({ path, action }: { readonly path: string; readonly action: string }, error: unknown): unknown {
    if (error instanceof TrackerError) return error;
    const what = { url: this.url, path, action };
    const status = sftpStatus(error);
    if (status === SFTP_STATUS.permissionDenied) {
      const hint = "Check who owns the folder on the server, and its mode.";
      return new RemoteAccessError(what, "the server does not permit it", { hint, cause: error });
    }
    if (status !== undefined) {
      const said = error instanceof Error ? error.message : String(error);
      const hint = "Check on the server whether its disk is full and the folder can be written.";
      return new RemoteRequestError(what, `the server answered: ${said}`, { hint, cause: error });
    }
    if (isTransient(error) || errorCode(error) === "ENOTFOUND") {
      return new RemoteUnreachableError(what, explainConnection(errorCode(error), error), error);
    }
    return error;
  }

  /** Opens a new file, and makes its folder when that is what is missing. */
  async #create(calls: SftpCalls, path: string, folder: string): Promise<Buffer> {
    try {
      return await calls.open(path, "wx");
    } catch (error) {
      if (sftpStatus(error) !== SFTP_STATUS.noSuchFile) throw error;
      await this.#makeFolder(calls, folder);
      return calls.open(path, "wx");
    }
  }

  async #makeFolder(calls: SftpCalls, folder: string): Promise<void> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const made = this.#makeFolders(calls, folder);
    this.#folders.set(folder, made);
    made.catch(() => this.#folders.delete(folder));
    return made;
  }

  async #makeFolders(calls: SftpCalls, folder: string): Promise<void> {
    if (folder === "" || (await orNothing(calls.stat(folder)))?.isDirectory() === true) return;
    await this.#makeFolder(calls, folder.slice(0, folder.lastIndexOf("/")));
    try {
      await calls.makeFolder(folder);
    } catch (error) {
      // Another process made it meanwhile: servers answer with a mere "failure".
      if ((await orNothing(calls.stat(folder)))?.isDirectory() !== true) throw error;
    }
  }
}

/** Returns `undefined` where the server says that there is no such file. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (sftpStatus(error) === SFTP_STATUS.noSuchFile) return undefined;
    throw error;
  }
}

function describe(stats: Stats): Omit<RemoteFile, "path"> {
  const isFolder = stats.isDirectory();
  return {
    isFolder,
    sizeBytes: isFolder ? undefined : stats.size,
    mtimeMs: stats.mtime * 1000,
    isExecutable: !isFolder && (stats.mode & 0o100) !== 0,
  };
}
