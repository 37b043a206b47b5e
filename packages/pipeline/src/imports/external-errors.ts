import { TrackerError } from "@waymark/core";

/** An address leads to no repository. */
export class ExternalRepoError extends TrackerError {
  override readonly code = "NO_EXTERNAL_REPOSITORY";
  readonly url: string;

  constructor(url: string) {
    super(`There is no repository at '${url}'`, { hint: "Give a folder, or an address that `git clone` takes." });
    this.url = url;
  }
}

/** Another repository has no such revision. */
export class ExternalRevisionError extends TrackerError {
  override readonly code = "NO_EXTERNAL_REVISION";
  readonly revision: string;

  constructor(url: string, revision: string) {
    super(`There is no revision '${revision}' in '${url}'`, {
      hint: "Give a branch, a tag, a commit or an experiment: `git ls-remote` lists what there is.",
    });
    this.revision = revision;
  }
}

/** Several experiments of another repository have one name. */
export class AmbiguousRevisionError extends TrackerError {
  override readonly code = "AMBIGUOUS_EXTERNAL_REVISION";
  readonly revision: string;
  readonly commits: readonly string[];

  constructor(url: string, revision: string, commits: readonly string[]) {
    const list = commits.map((commit) => commit.slice(0, 7)).join(", ");
    super(`'${url}' has ${commits.length} experiments named '${revision}': ${list}`, {
      hint: "Give the commit of the one that is meant.",
    });
    this.revision = revision;
    this.commits = commits;
  }
}

/** Another repository, or a URL, has nothing at a path. */
export class ExternalPathError extends TrackerError {
  override readonly code = "NO_EXTERNAL_PATH";
  readonly path: string;

  constructor(path: string, place: string) {
    super(`There is no '${path}' in '${place}'`, { hint: `See what there is: \`waymark list ${place}\`.` });
    this.path = path;
  }
}

/** A URL leads to nothing. */
export class UrlMissingError extends TrackerError {
  override readonly code = "URL_MISSING";
  readonly url: string;

  constructor(url: string) {
    super(`There is nothing at '${url}'`, { hint: "Check the address; `waymark list-url` shows what a folder holds." });
    this.url = url;
  }
}

/** What is to be fetched has no name that a file or folder here could have. */
export class NoNameError extends TrackerError {
  override readonly code = "NO_NAME";
  readonly source: string;

  constructor(source: string) {
    super(`'${source}' has no name of its own`, {
      hint: "Say what it is to be called here: a path that does not exist.",
    });
    this.source = source;
  }
}

/** What is to be written is there already. */
export class TargetExistsError extends TrackerError {
  override readonly code = "TARGET_EXISTS";
  readonly path: string;

  constructor(path: string, isFolder: boolean) {
    super(`The ${isFolder ? "folder" : "file"} '${path}' is there already`, { hint: "Replace it with `--force`." });
    this.path = path;
  }
}

/** Data of another repository is in none of the places where it should be. */
export class ExternalDataError extends TrackerError {
  override readonly code = "EXTERNAL_DATA_MISSING";
  readonly path: string;

  constructor(path: string, md5: string, places: readonly string[], cause?: unknown) {
    const searched = places.length === 0 ? "it names no remote" : `looked in ${places.join(", ")}`;
    super(`The data of '${path}', ${md5}, was not found: ${searched}`, {
      hint: "Have it pushed from where it was made, or name another remote with `--remote`.",
      cause,
    });
    this.path = path;
  }
}
