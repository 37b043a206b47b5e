import { createHash } from "node:crypto";
import { isAbsolute, join, relative, sep } from "node:path";
import type { FileList } from "../walk-folder.ts";
import { CompleteFolders } from "./complete-folders.ts";
import { isSameStamp, type FileStamp } from "./file-stamp.ts";
import {
  readFolderState,
  writeFolderState,
  type FolderState,
  type FolderSummary,
  type HashedFile,
} from "./folder-state.ts";
import { StateLog } from "./state-log.ts";

/** Which hash is meant: that of DVC 3, or that of DVC 2, which takes line ends for one another. */
export interface HashKind {
  readonly isLegacy: boolean;
}

/**
 * A variable that names the `.dvc` folder of another project with the same cache: what is known of objects is kept
 * there. Runs in a work tree beside the user's have it, so that objects are hashed once for all of them.
 */
export const SHARED_STATE_VARIABLE = "WAYMARK_SHARED_STATE";

/**
 * What is remembered between commands, so that files that did not change are not read again. Everything in it is held
 * against the files before it counts; without it everything works, and reads more.
 *
 * ```
 * .dvc/tmp/waymark/state/files            files tracked by themselves
 *                        objects          objects of the cache whose bytes matched their name
 *                        complete         manifests of which the cache holds every file
 *                        folders/<hash>   one file for every tracked folder
 * ```
 */
export class StateDatabase {
  readonly #folder: string;
  readonly #projectRoot: string;
  readonly #files: StateLog;
  readonly #objects: StateLog;
  readonly #complete: StateLog;
  /** The file of {@link StateDatabase.isProven}, for threads. */
  readonly provenObjects: string;

  /**
   * @param dvcDir - The project's `.dvc` folder, absolute.
   * @param sharedDvcDir - That of the project that keeps what is known of objects. Default: the same.
   */
  constructor(dvcDir: string, sharedDvcDir: string = dvcDir) {
    this.#projectRoot = join(dvcDir, "..");
    this.#folder = stateFolder(dvcDir);
    this.#files = new StateLog(join(this.#folder, "files"));
    this.provenObjects = join(stateFolder(sharedDvcDir), "objects");
    this.#objects = new StateLog(this.provenObjects);
    this.#complete = new StateLog(join(stateFolder(sharedDvcDir), "complete"));
  }

  /** Returns the hash of a file that still looks as it did when it was read. */
  fileHash(path: string, kind: HashKind, stamp: FileStamp): string | undefined {
    const entry = this.#files.get(this.#key(path, kind));
    if (entry === undefined) return undefined;
    return isSameStamp(entry.stamp, stamp) || this.isProven(entry.md5, stamp) ? entry.md5 : undefined;
  }

  setFileHash(path: string, kind: HashKind, stamp: FileStamp, md5: string): void {
    this.#files.set(this.#key(path, kind), { stamp, md5 });
  }

  /** Tells whether an object is the very file whose bytes were found to match its name. */
  isProven(md5: string, stamp: FileStamp): boolean {
    const entry = this.#objects.get(md5);
    return entry !== undefined && isSameStamp(entry.stamp, stamp);
  }

  setProven(md5: string, stamp: FileStamp): void {
    this.#objects.set(md5, { stamp, md5: md5.slice(0, 32) });
  }

  /** What is remembered of folders that a cache holds whole. */
  completeFolders(cacheDir: string): CompleteFolders {
    return new CompleteFolders(this.#complete, cacheDir);
  }

  folder(path: string, kind: HashKind): FolderState | undefined {
    const key = this.#key(path, kind);
    // A file that shares its inode with an object looks different once the object got one more link, or one less.
    return readFolderState(this.#folderFile(key), key, (md5, stamp) => this.isProven(md5, stamp));
  }

  setFolder(path: string, kind: HashKind, files: FileList, known: readonly HashedFile[], summary: FolderSummary): void {
    const key = this.#key(path, kind);
    writeFolderState(this.#folderFile(key), key, files, known, summary);
  }

  /** Writes what was learned; it happens by itself for folders. */
  flush(): void {
    this.#files.flush();
    this.#objects.flush();
  }

  /** Relative to the project, so that it can be moved. No path holds a NUL. */
  #key(path: string, { isLegacy }: HashKind): string {
    const inside = relative(this.#projectRoot, path).split(sep).join("/");
    const isOutside = inside === ".." || inside.startsWith("../") || isAbsolute(inside);
    return (isOutside ? path : inside) + (isLegacy ? "\0dos2unix" : "");
  }

  #folderFile(key: string): string {
    const name = createHash("md5").update(key).digest("hex");
    return join(this.#folder, "folders", name);
  }
}

function stateFolder(dvcDir: string): string {
  return join(dvcDir, "tmp", "waymark", "state");
}
