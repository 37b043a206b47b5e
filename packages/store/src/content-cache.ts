import { readFileSync, statSync, type BigIntStats } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isObjectName, legacyObjectPath, objectPath, removeOldTemporaryFiles, temporaryPath } from "./cache-layout.ts";
import { formatDirectory, parseDirectory, type DirectoryEntry } from "./directory.ts";
import { readDvcConfig, type DvcConfig } from "./config/dvc-config.ts";
import { CorruptObjectError, FileChangedError, MissingSourceError, ObjectNotCachedError } from "./errors.ts";
import { findMissing } from "./find-missing.ts";
import { hashBytes, hashFileSync, type ContentHash } from "./hash.ts";
import { IgnorePatterns } from "./ignore-patterns.ts";
import { placeFileSync, removeIfPresent } from "./place-file.ts";
import { isObjectPresent, publishObject, writeObject } from "./publish-object.ts";
import { scanFolder, type IsHidden } from "./scan-folder.ts";
import { isSameStamp, isSettled } from "./state/file-stamp.ts";

/** Content in the cache, as a `.dvc` file records it. */
export interface CachedContent {
  /** 32 hex digits, followed by `.dir` for a folder. */
  readonly md5: string;
  /** Of a folder: the sum of its files. */
  readonly sizeBytes: number;
  /** Files in a folder; `undefined` for a file. */
  readonly fileCount: number | undefined;
  /** The owner may execute the file. Folders do not record it. */
  readonly isExecutable: boolean;
}

/** Options of {@link ContentCache.open}. */
export interface OpenCacheOptions {
  /** Variables that move DVC's configuration. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** What is inserted survives power loss once the call returned. Default `true`. */
  readonly durable?: boolean;
}

/** What {@link ContentCache.verify} found. */
export type ObjectState = "intact" | "missing" | "corrupt";

interface KnownFile {
  readonly stats: BigIntStats;
  readonly readAtMs: number;
  readonly hash: ContentHash;
}

const MANIFEST_LIMIT_BYTES = 1024 * 1024 * 1024;

/**
 * The content-addressed cache of a project, shared with DVC: `<cache>/files/md5/<2>/<30>`, mode 0444.
 *
 * DVC takes any object of that mode for intact, so an object gets its name only after its bytes were hashed, and
 * appears by rename, complete. Files of the work tree never share bytes that a program could write through: inserting
 * clones or copies.
 */
export class ContentCache {
  /** Absolute. */
  readonly cacheDir: string;
  readonly config: DvcConfig;
  readonly #projectRoot: string;
  readonly #durable: boolean;
  readonly #known = new Map<string, KnownFile>();
  #isClean = false;

  private constructor(dvcDir: string, config: DvcConfig, durable: boolean) {
    this.#projectRoot = dirname(dvcDir);
    this.config = config;
    this.cacheDir = config.cacheDir;
    this.#durable = durable;
  }

  /**
   * Opens the cache of a project; nothing is written before something is inserted.
   *
   * @param dvcDir - The project's `.dvc` folder.
   * @throws {@link CacheConfigError}
   */
  static open(dvcDir: string, options: OpenCacheOptions = {}): ContentCache {
    const folder = resolve(dvcDir);
    return new ContentCache(folder, readDvcConfig(folder, options.env), options.durable ?? true);
  }

  /** Where the object of a hash lies, or would lie. */
  objectPath(md5: string): string {
    return objectPath(this.cacheDir, md5);
  }

  /** Tells whether there is an object, by name alone; of a folder, whether its manifest is there. */
  has(md5: string): boolean {
    return this.#find(md5) !== undefined;
  }

  /** Lists the objects that are missing for content to be complete: of a folder its manifest or some of its files. */
  listMissing(md5: string): readonly string[] {
    if (!this.has(md5)) return [md5];
    if (!md5.endsWith(".dir")) return [];
    return [
      ...findMissing(
        this.cacheDir,
        this.readDirectory(md5).map((entry) => entry.md5),
      ),
    ];
  }

  /** Hashes an object. A damaged one is reported, not touched. */
  verify(md5: string): ObjectState {
    const path = this.#find(md5);
    if (path === undefined) return "missing";
    return hashFileSync(path).md5 === md5.slice(0, 32) ? "intact" : "corrupt";
  }

  /**
   * Puts a file into the cache and returns how to find it again. The file itself stays as it is.
   *
   * A file that this object has inserted before and that looks the same (size, times, inode) is not read again.
   *
   * @throws {@link MissingSourceError}, {@link FileChangedError}, and system errors such as a full disk; the cache then
   *   holds nothing new.
   */
  insertFileSync(path: string): CachedContent {
    const source = resolve(path);
    const stats = statFile(source);
    const known = this.#known.get(source);
    const isKnown = known !== undefined && isUnchanged(known, stats) && this.#isPresent(known.hash);
    const hash = isKnown ? known.hash : this.#insert(source, stats);
    return { ...hash, fileCount: undefined, isExecutable: (stats.mode & 0o100n) !== 0n };
  }

  /**
   * Puts a folder into the cache: every file, then the manifest that names them.
   *
   * @throws As {@link ContentCache.insertFileSync}, and {@link UnsupportedEntryError}.
   */
  insertDirectorySync(path: string): CachedContent {
    const root = resolve(path);
    const entries: DirectoryEntry[] = [];
    let sizeBytes = 0;
    for (const relpath of scanFolder(root, this.hiddenIn(root))) {
      const file = this.insertFileSync(join(root, relpath));
      entries.push({ relpath, md5: file.md5 });
      sizeBytes += file.sizeBytes;
    }
    return { md5: this.insertManifestSync(entries), sizeBytes, fileCount: entries.length, isExecutable: false };
  }

  /**
   * Puts the manifest of a folder into the cache, after the files it names.
   *
   * @returns Its name, which ends in `.dir`.
   */
  insertManifestSync(entries: readonly DirectoryEntry[]): string {
    const manifest = formatDirectory(entries);
    const name = `${hashBytes(manifest).md5}.dir`;
    this.#insertBytes(name, manifest);
    return name;
  }

  /** Tells what the project's `.dvcignore` files hide in a folder, absolute; nothing in one outside of the project. */
  hiddenIn(folder: string): IsHidden {
    const path = relative(this.#projectRoot, folder).split(sep).join("/");
    if (path === ".." || path.startsWith("../") || isAbsolute(path)) return () => false;
    const patterns = IgnorePatterns.read(this.#projectRoot, path);
    if (patterns.isEmpty) return () => false;
    return (relpath, isFolder) => patterns.hides(path === "" ? relpath : `${path}/${relpath}`, isFolder);
  }

  /** Puts a file or a folder into the cache, whichever is there. */
  insertSync(path: string): CachedContent {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new MissingSourceError(path);
    return stats.isDirectory() ? this.insertDirectorySync(path) : this.insertFileSync(path);
  }

  /**
   * Reads the manifest of a folder.
   *
   * @throws {@link ObjectNotCachedError}, {@link CorruptObjectError}
   */
  readDirectory(md5: string): readonly DirectoryEntry[] {
    const path = this.requireObject(md5);
    if (statSync(path).size > MANIFEST_LIMIT_BYTES) throw new CorruptObjectError(md5, path, "it is too large");
    const data = readFileSync(path);
    if (hashBytes(data).md5 !== md5.slice(0, 32)) {
      throw new CorruptObjectError(md5, path, "its bytes do not match its name");
    }
    return parseDirectory(data, { md5, path });
  }

  /**
   * Returns the path of an object.
   *
   * @param target - Whose content it is, for the error.
   * @throws {@link ObjectNotCachedError}
   */
  requireObject(md5: string, target?: string): string {
    const path = this.#find(md5);
    if (path === undefined) throw new ObjectNotCachedError(md5, target);
    return path;
  }

  #find(md5: string): string | undefined {
    if (!isObjectName(md5)) return undefined;
    return [objectPath(this.cacheDir, md5), legacyObjectPath(this.cacheDir, md5)].find(
      (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
    );
  }

  #isPresent(hash: ContentHash): boolean {
    return isObjectPresent(objectPath(this.cacheDir, hash.md5), hash.sizeBytes);
  }

  #insert(source: string, stats: BigIntStats): ContentHash {
    const readAtMs = Date.now();
    const temporary = this.#temporaryPath();
    // Never a hard or symbolic link: the program that made the file would write its next state into the object.
    const { type, hash } = placeFileSync(source, temporary, ["reflink", "copy"], this.#durable);
    try {
      // A clone is the file of one moment; whether a program was in the middle of writing it, only the times tell.
      if (type === "reflink" && !isSameStamp(stats, statFile(source))) throw new FileChangedError(source);
      this.#publish(temporary, hash);
    } catch (error) {
      removeIfPresent(temporary);
      throw error;
    }
    this.#known.set(source, { stats, readAtMs, hash });
    return hash;
  }

  #insertBytes(name: string, data: Uint8Array): void {
    const path = objectPath(this.cacheDir, name);
    if (!isObjectPresent(path, data.byteLength)) writeObject(this.#temporaryPath(), path, data, this.#publishing);
  }

  #publish(temporary: string, hash: ContentHash): void {
    if (this.#isPresent(hash)) removeIfPresent(temporary);
    else publishObject(temporary, objectPath(this.cacheDir, hash.md5), this.#publishing);
  }

  get #publishing(): { readonly isShared: boolean; readonly isDurable: boolean } {
    return { isShared: this.config.isShared, isDurable: this.#durable };
  }

  #temporaryPath(): string {
    if (!this.#isClean) removeOldTemporaryFiles(this.cacheDir);
    this.#isClean = true;
    return temporaryPath(this.cacheDir, this.config.isShared);
  }
}

function statFile(path: string): BigIntStats {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) throw new MissingSourceError(path);
  if (!stats.isFile()) throw new MissingSourceError(path, "it is not a file");
  return stats;
}

function isUnchanged(known: KnownFile, now: BigIntStats): boolean {
  return isSameStamp(known.stats, now) && isSettled(known.stats, known.readAtMs);
}
