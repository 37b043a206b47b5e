import { TrackerError } from "@waymark/core/errors";

/** The `git` program was not found. */
export class GitMissingError extends TrackerError {
  override readonly code = "GIT_MISSING";

  constructor(cause?: unknown) {
    super("The 'git' program was not found on the PATH", {
      hint: "Install Git 2.31 or newer, or add its folder to PATH.",
      cause,
    });
  }
}

/** What a finished Git process left behind. */
export interface GitFailure {
  /** Arguments after the hardening options, program name left out. */
  readonly args: readonly string[];
  /** `null` when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** A Git command ended with an error that has no class of its own. */
export class GitCommandError extends TrackerError {
  override readonly code: string = "GIT_COMMAND_FAILED";
  readonly args: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;

  constructor(failure: GitFailure, message?: string, hint?: string) {
    super(message ?? describeFailure(failure), { hint });
    this.args = failure.args;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stderr = failure.stderr;
  }
}

/** A lock file of Git stands in the way: another process holds it, or one that died left it. */
export class GitLockedError extends GitCommandError {
  override readonly code = "GIT_LOCKED";
  /** The lock file, absolute. */
  readonly lockFile: string;
  /** How long ago the lock file was made, in milliseconds; `undefined` when it is gone by now. */
  readonly ageMs: number | undefined;

  constructor(failure: GitFailure, lockFile: string, ageMs: number | undefined) {
    const age = ageMs === undefined ? "" : `, ${formatAge(ageMs)} old`;
    super(
      failure,
      `Git could not take the lock '${lockFile}'${age}`,
      `Wait for the Git command that holds it. If none is running, remove '${lockFile}'.`,
    );
    this.lockFile = lockFile;
    this.ageMs = ageMs;
  }
}

/** A ref does not have the value it was expected to have: someone else moved it in the meantime. */
export class RefChangedError extends GitCommandError {
  override readonly code = "REF_CHANGED";
  readonly ref: string | undefined;

  constructor(failure: GitFailure, ref: string | undefined) {
    super(
      failure,
      `${ref === undefined ? "A ref" : `'${ref}'`} was changed by another process in the meantime`,
      "Run the command again: it starts from the new state.",
    );
    this.ref = ref;
  }
}

/** The repository belongs to another user, and Git does not trust it. */
export class UntrustedRepositoryError extends GitCommandError {
  override readonly code = "UNTRUSTED_REPOSITORY";

  constructor(failure: GitFailure, folder: string) {
    super(
      failure,
      `The Git repository at '${folder}' belongs to another user`,
      `If you trust it: git config --global --add safe.directory '${folder}'`,
    );
  }
}

/** The index holds paths with unresolved merge conflicts. */
export class UnmergedIndexError extends TrackerError {
  override readonly code = "UNMERGED_INDEX";

  constructor(root: string) {
    super(`The index of '${root}' holds files with merge conflicts`, {
      hint: "Resolve them and `git add` the files, or abort the merge.",
    });
  }
}

/** Nothing in the repository goes by this revision. */
export class RevisionNotFoundError extends TrackerError {
  override readonly code = "REVISION_NOT_FOUND";
  readonly revision: string;

  constructor(revision: string, hint?: string) {
    super(`No revision '${printable(revision)}' in this repository`, {
      hint: hint ?? "A revision is a branch, a tag, a commit id or an expression such as HEAD~2.",
    });
    this.revision = revision;
  }
}

/** A name that Git does not accept for a ref. */
export class InvalidRefNameError extends TrackerError {
  override readonly code = "INVALID_REF_NAME";
  readonly ref: string;

  constructor(ref: string) {
    super(`'${printable(ref)}' is not a valid name for a Git ref`, {
      hint: "Use letters, digits, '-', '_' and '.'; no spaces, none of ~^:?*[\\ and no '..', '@{' or trailing '.lock'.",
    });
    this.ref = ref;
  }
}

/** A path that must not go into a tree. */
export class InvalidTreePathError extends TrackerError {
  override readonly code = "INVALID_TREE_PATH";
  readonly path: string;

  constructor(path: string, why: string) {
    super(`'${printable(path)}' cannot be committed: ${why}`);
    this.path = path;
  }
}

/** Git knows neither a name nor an e-mail address for new commits. */
export class IdentityMissingError extends TrackerError {
  override readonly code = "IDENTITY_MISSING";

  constructor(what: string) {
    super(`Git does not know who commits: ${what}`, {
      hint: 'Run `git config --global user.name "Your Name"` and `git config --global user.email you@example.com`.',
    });
  }
}

/** An object that something else refers to is not in the repository. */
export class ObjectMissingError extends TrackerError {
  override readonly code = "OBJECT_MISSING";
  readonly object: string;

  constructor(object: string) {
    super(`Git object '${object}' is missing`, {
      hint: "A shallow or partial clone lacks old objects: `git fetch --unshallow` brings them. Otherwise run `git fsck`.",
    });
    this.object = object;
  }
}

/** Experiment refs spell a commit id in 2 + 38 hex digits, so only SHA-1 repositories can have them. */
export class ObjectFormatError extends TrackerError {
  override readonly code = "OBJECT_FORMAT";

  constructor(root: string, format: string) {
    super(`The repository '${root}' uses ${format} object ids; experiments need sha1`, {
      hint: "Refs of experiments spell a 40-digit commit id. Use a repository made with `git init --object-format=sha1`.",
    });
  }
}

function describeFailure(failure: GitFailure): string {
  const command = `git ${failure.args[0] ?? ""}`.trim();
  const end =
    failure.signal === null ? `failed with exit code ${failure.exitCode}` : `was ended by signal ${failure.signal}`;
  const reason = printable(failure.stderr.trim());
  return reason === "" ? `'${command}' ${end}` : `'${command}' ${end}: ${reason}`;
}

function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Control characters of a hostile name must not reach a terminal; line breaks and tabs may. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters meant
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
