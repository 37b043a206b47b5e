import { TrackerError } from "@waymark/core/errors";

/** More would only push the rest off the screen. */
const SHOWN_OBJECTS = 10;

/** A file went on changing while it was read, so no hash of it would mean anything. */
export class FileChangedError extends TrackerError {
  override readonly code = "FILE_CHANGED";
  readonly path: string;

  constructor(path: string) {
    super(`'${path}' changed while it was being read`, {
      hint: "Finish writing (await the save, close the file) before the checkpoint, or write beside it and rename.",
    });
    this.path = path;
  }
}

/** There is no file or folder to put into the cache. */
export class MissingSourceError extends TrackerError {
  override readonly code = "MISSING_SOURCE";
  readonly path: string;
  /** What is wrong with it. */
  readonly why: string;

  constructor(path: string, why = "it does not exist") {
    super(`'${path}' cannot be put into the cache: ${why}`, {
      hint: "Check the path; it is relative to where you are.",
    });
    this.path = path;
    this.why = why;
  }
}

/** A folder holds something that cannot be recorded so that every tool reads it back alike. */
export class UnsupportedEntryError extends TrackerError {
  override readonly code: string = "UNSUPPORTED_ENTRY";
  readonly path: string;

  constructor(path: string, why: string, hint: string) {
    super(`'${path}' cannot be put into the cache: ${why}`, { hint });
    this.path = path;
  }
}

/** A `.dvcignore` inside of data, which would decide about the data it is part of. */
export class IgnoreFileInsideError extends UnsupportedEntryError {
  override readonly code = "IGNORE_FILE_INSIDE";

  constructor(path: string) {
    super(path, "a .dvcignore may not lie inside tracked data", "Move it to a folder above.");
  }
}

/** A file name that is not UTF-8, which no list of files can hold. */
export class UnreadableNameError extends UnsupportedEntryError {
  override readonly code = "UNREADABLE_NAME";

  constructor(path: string) {
    super(path, "its name is not valid UTF-8", "Rename the file.");
  }
}

/** The cache lacks an object. */
export class ObjectNotCachedError extends TrackerError {
  override readonly code = "OBJECT_NOT_CACHED";
  readonly md5: string;

  constructor(md5: string, path: string | undefined) {
    super(`${path === undefined ? "Object" : `The content of '${path}',`} ${md5}, is not in the cache`, {
      hint: "Fetch it (`dvc pull`), or push it from the machine that has it.",
    });
    this.md5 = md5;
  }
}

/** The bytes of a cache object do not match its name. */
export class CorruptObjectError extends TrackerError {
  override readonly code = "CORRUPT_OBJECT";
  readonly md5: string;
  readonly objectPath: string;
  /** What is wrong with it. */
  readonly why: string;

  constructor(md5: string, objectPath: string, why: string, message = `Cache object ${md5} is damaged: ${why}`) {
    super(message, {
      hint: `Remove '${objectPath}' and fetch it again (\`dvc pull\`), or save it again from the original file.`,
    });
    this.md5 = md5;
    this.objectPath = objectPath;
    this.why = why;
  }
}

/** An object that a checkout could not show. */
export interface DamagedObject {
  /** The file that was to show it. */
  readonly path: string;
  readonly md5: string;
  /** Where the object lies. */
  readonly object: string;
  /** What is wrong with it; `undefined`: it vanished. */
  readonly why: string | undefined;
}

/** Objects of the cache were found damaged, or gone, while files were made from them; the first is that of the fields. */
export class CorruptObjectsError extends CorruptObjectError {
  readonly objects: readonly DamagedObject[];

  /** @param objects - At least one. */
  constructor(objects: readonly DamagedObject[]) {
    const [first] = objects;
    const line = ({ md5, path, why }: DamagedObject): string => `\n  ${md5} for '${path}': ${why ?? "it vanished"}`;
    const rest = objects.length > SHOWN_OBJECTS ? `\n  and ${objects.length - SHOWN_OBJECTS} more` : "";
    const count = objects.length === 1 ? "A cache object is" : `${objects.length} cache objects are`;
    const lines = objects.slice(0, SHOWN_OBJECTS).map(line).join("");
    super(
      ...([first?.md5 ?? "", first?.object ?? "", first?.why ?? "it vanished"] as const),
      `${count} damaged; files that were to show them stay as they were:${lines}${rest}`,
    );
    this.objects = objects;
  }
}

/** A path leaves the folder it must stay in, or leads through a symbolic link that does. */
export class PathEscapesError extends TrackerError {
  override readonly code = "PATH_ESCAPES";
  readonly path: string;

  constructor(path: string, root: string) {
    super(`'${path}' is not inside '${root}'`, { hint: "Only files inside the project are written." });
    this.path = path;
  }
}

/** The configuration of the cache cannot be used. */
export class CacheConfigError extends TrackerError {
  override readonly code = "CACHE_CONFIG";

  constructor(reason: string, path: string, hint?: string) {
    super(`${path}: ${reason}`, { hint: hint ?? "Mend the file by hand; `dvc config` writes it." });
  }
}

/** DVC, or another process of ours, holds the lock of the repository. */
export class DvcLockedError extends TrackerError {
  override readonly code = "DVC_LOCKED";
  readonly lockFile: string;
  /** Process number in the lock file: the holder on this host, or a holder of the past. */
  readonly pid: number | undefined;

  /** @param isByHardlink - It is one of `core.hardlink_lock`, which outlives a DVC that is killed. */
  constructor(lockFile: string, pid: number | undefined, isByHardlink = false) {
    super(`Another process${pid === undefined ? "" : ` (${pid})`} holds '${lockFile}'`, {
      hint: isByHardlink
        ? "Wait for the other command to finish. Where none runs any more, a killed DVC left the lock: remove the file."
        : "Wait for the other command to finish. The lock goes with its process: there is nothing to remove.",
    });
    this.lockFile = lockFile;
    this.pid = pid;
  }
}
