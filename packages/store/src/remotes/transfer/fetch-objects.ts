import { chmodSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "@waymark/files";
import { legacyObjectPath, makeFolder } from "../../cache-layout.ts";
import type { ContentCache } from "../../content-cache.ts";
import { parseDirectory } from "../../directory.ts";
import type { ContentHash } from "../../hash.ts";
import { hashLegacyFileSync } from "../../legacy-hash.ts";
import type { ObjectRemote } from "../object-remote.ts";
import { RemoteCorruptError, RemoteFileMissingError } from "../remote-errors.ts";
import { defaultJobs, forEachLimited } from "./limits.ts";
import { PartialFiles, type PartialFile } from "./partial-files.ts";
import {
  isHopeless,
  ProgressCount,
  type TransferFailure,
  type TransferObjectsOptions,
  type TransferReport,
} from "./report.ts";

/**
 * Fetches objects that the cache lacks. Each gets its name once its bytes have the hash it is named after. With the
 * manifest of a folder that is not here yet come all files it names, and it appears after them.
 *
 * What arrived stays when the rest fails, the beginnings of large objects too.
 *
 * @throws What makes going on useless: wrong credentials, a remote that cannot be reached, a full disk.
 */
export async function fetchObjects(
  cache: ContentCache,
  remote: ObjectRemote,
  names: Iterable<string>,
  options: TransferObjectsOptions = {},
): Promise<TransferReport> {
  const fetcher = new Fetcher(cache, remote, options);
  const lacking = [...new Set(names)].filter((name) => !fetcher.has(name));
  if (lacking.length === 0) return { transferred: 0, failed: [], missing: [] };
  const folders = lacking.filter((name) => name.endsWith(".dir"));
  const files = new Set(lacking.filter((name) => !name.endsWith(".dir")));

  const manifests = await fetcher.fetchManifests(folders);
  for (const { files: named } of manifests) for (const file of named) if (!fetcher.has(file)) files.add(file);
  await fetcher.fetchFiles([...files]);
  for (const manifest of manifests) fetcher.publishManifest(manifest);
  return fetcher.report();
}

/**
 * Fetches manifests alone, for whoever must know what folders hold before fetching a part of it.
 *
 * @throws As {@link fetchObjects}.
 */
export async function fetchManifests(
  cache: ContentCache,
  remote: ObjectRemote,
  names: Iterable<string>,
  options: TransferObjectsOptions = {},
): Promise<TransferReport> {
  const fetcher = new Fetcher(cache, remote, options);
  const lacking = [...new Set(names)].filter((name) => name.endsWith(".dir") && !fetcher.has(name));
  for (const manifest of await fetcher.fetchManifests(lacking)) fetcher.publish(manifest.name, manifest.partial.path);
  return fetcher.report();
}

interface FetchedManifest {
  readonly name: string;
  readonly partial: PartialFile;
  readonly files: readonly string[];
}

class Fetcher {
  readonly #cache: ContentCache;
  readonly #source: ObjectRemote;
  readonly #isLegacy: boolean;
  readonly #jobs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #progress: ProgressCount;
  readonly #failed: TransferFailure[] = [];
  readonly #missing: string[] = [];
  #partials: PartialFiles | undefined;
  #transferred = 0;

  constructor(cache: ContentCache, remote: ObjectRemote, options: TransferObjectsOptions) {
    this.#cache = cache;
    this.#isLegacy = options.isLegacy === true;
    this.#source = this.#isLegacy ? remote.legacy : remote;
    this.#jobs = options.jobs ?? remote.jobs ?? defaultJobs();
    this.#signal = options.signal;
    this.#progress = new ProgressCount(options.onProgress);
  }

  has(name: string): boolean {
    return statSync(this.#path(name), { throwIfNoEntry: false })?.isFile() === true;
  }

  report(): TransferReport {
    return { transferred: this.#transferred, failed: this.#failed, missing: this.#missing };
  }

  /** Downloads manifests and reads them; they get their names later. */
  async fetchManifests(names: readonly string[]): Promise<readonly FetchedManifest[]> {
    const fetched: FetchedManifest[] = [];
    await this.#each(names, async (name) => {
      const partial = await this.#download(name);
      try {
        const entries = parseDirectory(readFileSync(partial.path), { md5: name, path: `${this.#source.url} ${name}` });
        fetched.push({ name, partial, files: [...new Set(entries.map(({ md5 }) => md5))] });
      } catch (error) {
        this.#files().drop(partial.path);
        throw error;
      }
    });
    return fetched;
  }

  async fetchFiles(names: readonly string[]): Promise<void> {
    await this.#each(names, async (name) => this.publish(name, (await this.#download(name)).path));
  }

  /** Names a manifest when all of its files are here. */
  publishManifest({ name, partial, files }: FetchedManifest): void {
    if (files.every((file) => this.has(file))) this.publish(name, partial.path);
    else this.#files().drop(partial.path);
  }

  /** Gives a verified file its name in the cache. */
  publish(name: string, temporary: string): void {
    const path = this.#path(name);
    chmodSync(temporary, 0o444);
    try {
      renameSync(temporary, path);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      makeFolder(dirname(path), this.#cache.config.isShared);
      renameSync(temporary, path);
    }
    this.#files().drop(temporary);
    this.#transferred += 1;
  }

  async #each(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
    for (const _ of names) this.#progress.expect(undefined);
    await forEachLimited(
      names,
      this.#jobs,
      async (name) => {
        try {
          await work(name);
        } catch (error) {
          this.#signal?.throwIfAborted();
          if (isHopeless(error)) throw error;
          if (error instanceof RemoteFileMissingError) this.#missing.push(name);
          else this.#failed.push({ name, error });
        }
        this.#progress.endFile();
      },
      this.#signal,
    );
  }

  /** Downloads an object until its bytes are right: what does not fit is fetched anew, once. */
  async #download(name: string): Promise<PartialFile> {
    const files = this.#files();
    const partial = files.claim(name);
    const options = { signal: this.#signal, onBytes: this.#progress.addBytes };
    try {
      let hash = await this.#source.download(name, partial.path, { ...options, isResuming: partial.isResuming });
      if (this.#isRight(name, partial.path, hash)) return partial;
      this.#progress.addBytes(-hash.sizeBytes);
      hash = await this.#source.download(name, partial.path, options);
      if (this.#isRight(name, partial.path, hash)) return partial;
      files.drop(partial.path);
      throw new RemoteCorruptError({ url: this.#source.url, path: name, action: "download" }, hash.md5);
    } catch (error) {
      files.leave(partial.path);
      throw error;
    }
  }

  #isRight(name: string, path: string, { md5 }: ContentHash): boolean {
    const wanted = name.slice(0, 32);
    return md5 === wanted || (this.#isLegacy && hashLegacyFileSync(path).md5 === wanted);
  }

  #path(name: string): string {
    return this.#isLegacy ? legacyObjectPath(this.#cache.cacheDir, name) : this.#cache.objectPath(name);
  }

  #files(): PartialFiles {
    this.#partials ??= new PartialFiles(this.#cache.cacheDir, this.#cache.config.isShared);
    return this.#partials;
  }
}
