import { TrackerError } from "@waymark/core";

/** A dvc.yaml, dvc.lock or vars section that cannot be made sense of. */
export class PipelineError extends TrackerError {
  override readonly code = "MALFORMED_PIPELINE";
  /** The file, relative to the project. */
  readonly path: string;

  constructor(path: string, reason: string, hint?: string) {
    super(`${path}: ${reason}`, { hint: hint ?? "Mend the file by hand, or restore it from Git." });
    this.path = path;
  }
}

/** A file of the project that Git or a `.dvcignore` hides, and that DVC therefore does not look at. */
export class HiddenFileError extends TrackerError {
  override readonly code = "HIDDEN_FILE";
  readonly path: string;

  /** @param source - The line of a `.dvcignore` that hides it. Default: Git does. */
  constructor(path: string, source?: string) {
    super(source === undefined ? `'${path}' is ignored by Git` : `'${path}' is hidden by ${source}`, {
      hint: source === undefined ? "Take it out of .gitignore, so that Git can keep it." : "Take it out of .dvcignore.",
    });
    this.path = path;
  }
}

/** The current folder is in no DVC project. */
export class NotADvcProjectError extends TrackerError {
  override readonly code = "NOT_A_REPOSITORY";
  readonly folder: string;

  constructor(folder: string, limit: string | undefined) {
    super(`No '.dvc' folder in '${folder}' or above it, up to '${limit ?? "/"}'`, {
      hint: "Run `waymark init` in the root of the Git repository, or `waymark init --no-scm` without Git.",
    });
    this.folder = folder;
  }
}

/** A params or metrics file that is not there. */
export class FileMissingError extends TrackerError {
  override readonly code = "FILE_MISSING";
  readonly path: string;

  constructor(path: string) {
    super(`No such file: '${path}'`, { hint: "If it is kept in the cache, fetch it: `dvc pull`." });
    this.path = path;
  }
}

/** A params or metrics file that cannot be parsed. */
export class UnreadableFileError extends TrackerError {
  override readonly code = "UNREADABLE_FILE";
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`, { hint: "Mend the file by hand, or restore it from Git." });
    this.path = path;
  }
}

/** A value, or why it could not be read: one bad file does not hide the others. */
export type Readable<T> = { readonly data: T } | { readonly error: TrackerError };
