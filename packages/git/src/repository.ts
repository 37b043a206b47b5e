import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { GitCommandError, ObjectFormatError } from "./errors.ts";
import type { ObjectFormat } from "./object.ts";
import { readHead, type Head } from "./refs.ts";
import { runGitSync, type GitPlace } from "./run.ts";

/** Options of {@link openRepository}. */
export interface OpenRepositoryOptions {
  /** Variables for Git processes. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What `git rev-parse` knows of a repository. */
export interface RepositoryFacts {
  readonly root: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly objectFormat: ObjectFormat;
  readonly isShallow: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A Git repository with a work tree. Facts that do not change while it is open are fields; everything else is asked
 * for when it is needed.
 */
export class GitRepository implements GitPlace {
  /** The root of the work tree, absolute, symbolic links resolved. */
  readonly root: string;
  /** Git folder of this work tree: HEAD and the index are here. */
  readonly gitDir: string;
  /** Git folder shared by all work trees: refs and objects are here. */
  readonly commonDir: string;
  readonly objectFormat: ObjectFormat;
  readonly isShallow: boolean;
  /** Variables for Git processes. */
  readonly env: NodeJS.ProcessEnv;
  #entries: readonly (readonly [key: string, value: string])[] | undefined;
  #config: ReadonlyMap<string, string> | undefined;

  constructor(facts: RepositoryFacts) {
    this.root = facts.root;
    this.gitDir = facts.gitDir;
    this.commonDir = facts.commonDir;
    this.objectFormat = facts.objectFormat;
    this.isShallow = facts.isShallow;
    this.env = facts.env;
  }

  /** Where HEAD points now. */
  get head(): Head {
    return readHead(this);
  }

  /** The commit of HEAD now; `undefined` in a repository without commits. */
  get headCommit(): string | undefined {
    return this.head.commit;
  }

  /** The effective configuration, read once: section and name in lower case, the last value wins. */
  get config(): ReadonlyMap<string, string> {
    this.#config ??= new Map(this.configEntries);
    return this.#config;
  }

  /** The effective configuration, read once, in Git's order; what may be set several times is there as often. */
  get configEntries(): readonly (readonly [key: string, value: string])[] {
    this.#entries ??= readConfig(this);
    return this.#entries;
  }

  /** Length of a full object id in hex digits. */
  get idLength(): number {
    return this.objectFormat === "sha1" ? 40 : 64;
  }

  /** @throws {@link ObjectFormatError} when refs of experiments cannot spell this repository's commit ids. */
  requireSha1(): void {
    if (this.objectFormat !== "sha1") throw new ObjectFormatError(this.root, this.objectFormat);
  }
}

/**
 * Opens the repository whose work tree holds a folder.
 *
 * @param cwd - Any folder inside the work tree.
 * @returns `undefined` when there is none: no repository, a bare one, or a folder inside `.git`.
 * @throws {@link UntrustedRepositoryError} when it belongs to another user and Git does not trust it.
 */
export function openRepository(cwd: string, options: OpenRepositoryOptions = {}): GitRepository | undefined {
  const env = options.env ?? process.env;
  const folder = resolve(cwd);
  if (!existsSync(folder)) return undefined;
  let answer: string;
  try {
    answer = runGitSync({ root: folder, env }, [
      "rev-parse",
      "--path-format=absolute",
      "--show-toplevel",
      "--absolute-git-dir",
      "--git-common-dir",
      "--show-object-format",
      "--is-shallow-repository",
    ]).stdout.toString();
  } catch (error) {
    if (error instanceof GitCommandError && isNoWorkTree(error)) return undefined;
    throw error;
  }
  const lines = answer.split("\n").slice(0, -1);
  const [root, gitDir, commonDir, objectFormat, isShallow] = lines;
  if (lines.length !== 5 || root === undefined || gitDir === undefined || commonDir === undefined) {
    // A folder with a line break in its name cannot be told apart in this answer.
    throw new GitCommandError(
      { args: ["rev-parse"], exitCode: 0, signal: null, stderr: "" },
      `Git's description of the repository at ${JSON.stringify(folder)} cannot be read`,
      "Folders with a line break in their name are not supported.",
    );
  }
  return new GitRepository({
    root,
    gitDir,
    commonDir,
    objectFormat: objectFormat === "sha256" ? "sha256" : "sha1",
    isShallow: isShallow === "true",
    env,
  });
}

function isNoWorkTree(error: GitCommandError): boolean {
  if (error.code !== "GIT_COMMAND_FAILED" || error.exitCode !== 128) return false;
  return /not a git repository|must be run in a work tree|cannot use bare repository/i.test(error.stderr);
}

function readConfig(repo: GitRepository): readonly (readonly [string, string])[] {
  const entries = runGitSync(repo, ["config", "--list", "-z", "--includes"]).stdout.toString().split("\0");
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      const end = entry.indexOf("\n");
      // A key without `=` means true.
      return end === -1 ? [entry, "true"] : [entry.slice(0, end), entry.slice(end + 1)];
    });
}
