import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { cloneRepository, type GitRepository, ObjectReader, openRepository, runGitSync } from "@waymark/git";
import {
  cacheSettings,
  findDvcRoot,
  MergedConfig,
  NoRemoteError,
  readConfig,
  type ReadConfigOptions,
} from "@waymark/store";
import { CommitSource } from "../project/commit-source.ts";
import type { Environment } from "../project/dvc-project.ts";
import { ExternalRepoError, ExternalRevisionError } from "./external-errors.ts";
import { findExternalCommit } from "./find-external-commit.ts";
import { CommitFiles, DiskFiles, type ExternalFiles } from "./external-files.ts";
import { isAtOrBelow, joinProjectPath } from "../project/posix-path.ts";
import type { Project } from "../project/project.ts";
import type { RevisionSource } from "../project/revision-source.ts";
import { RevisionReader } from "../project/revision.ts";
import { TreeCache } from "../project/tree-cache.ts";
import { WorkspaceSource } from "../project/workspace-source.ts";

/** How {@link openExternalRepo} opens another repository. */
export interface ExternalRepoOptions {
  /** Folder that a relative path is relative to, absolute. */
  readonly cwd: string;
  readonly env: Environment;
  /** Branch, tag, commit or experiment. Default: of a folder on this machine its files as they are, else the default branch. */
  readonly revision?: string | undefined;
  /** Takes a folder on this machine at its current commit, too, where no revision is given. Default false. */
  readonly isCommitted?: boolean;
  /** A file of settings on top of the repository's own. */
  readonly configPath?: string | undefined;
  /** Settings on top of everything: section, key, value. */
  readonly settings?: readonly (readonly [section: string, key: string, value: string])[];
  /** Name of the remote to use as the default one. */
  readonly remote?: string | undefined;
  /** Settings of the remote in use, on top of its own. */
  readonly remoteSettings?: ReadonlyMap<string, string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One project of another repository. */
export interface ExternalProject {
  /** Relative to the repository's root; empty for the root. */
  readonly folder: string;
  readonly project: Project;
  readonly config: MergedConfig;
  /** The cache of a project on this machine, absolute. */
  readonly cacheDir: string | undefined;
}

/** Another repository, or this one seen from outside. */
export interface ExternalRepo {
  /** As it was given. */
  readonly url: string;
  /** Its root on this machine, absolute; `undefined` when it was cloned. */
  readonly localRoot: string | undefined;
  /** The commit that is looked at; `undefined` for files as they are on disk. */
  readonly commit: string | undefined;
  readonly git: GitRepository | undefined;
  /** Reads the blobs of the commit. */
  readonly blobs: ObjectReader | undefined;
  readonly files: ExternalFiles;
  /** The project a path belongs to, read when it is first asked for; `undefined` outside of all. */
  projectAt(path: string): Promise<ExternalProject | undefined>;
  /** All projects in it. */
  projects(): Promise<readonly ExternalProject[]>;
  /** Ends processes, and removes a clone. */
  close(): Promise<void>;
}

interface OpenedRepo {
  readonly git: GitRepository | undefined;
  readonly root: string;
  readonly isLocal: boolean;
  readonly scratch: string | undefined;
  /** What it was cloned from. */
  readonly origin?: string;
}

/** Settings that start programs: only the user's own files may name those. */
const COMMAND_KEYS = ["bearer_token_command"];

/**
 * Opens a Git or DVC repository by its address to read from. One on this machine is read where it is; any other is
 * cloned into a temporary folder. Nothing of it is executed: files come from Git's objects as they are.
 *
 * @param url - A path, or anything `git clone` takes.
 * @throws `CloneError`, {@link ExternalRepoError}, {@link ExternalRevisionError}
 */
export async function openExternalRepo(url: string, options: ExternalRepoOptions): Promise<ExternalRepo> {
  const opened = openLocal(url, options) ?? (await clone(url, options));
  try {
    return await read(url, opened, options);
  } catch (error) {
    removeScratch(opened.scratch);
    throw error;
  }
}

function openLocal(url: string, options: ExternalRepoOptions): OpenedRepo | undefined {
  const folder = resolve(options.cwd, url);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  const git = openRepository(folder, { env: options.env });
  const root = findDvcRoot(folder, git?.root) ?? git?.root;
  // A repository without a work tree has nothing to look at in place.
  return root === undefined ? undefined : { git, root: realpathSync(root), isLocal: true, scratch: undefined };
}

async function clone(url: string, options: ExternalRepoOptions): Promise<OpenedRepo> {
  const { cwd, env, revision, signal } = options;
  const isFolder = existsSync(resolve(cwd, url));
  if (!isFolder && !/[:/\\]/u.test(url)) throw new ExternalRepoError(url);
  const address = isFolder ? resolve(cwd, url) : url;
  const isId = revision !== undefined && /^[0-9a-f]{4,64}$/u.test(revision);
  const attempts = isId ? [{}] : revision === undefined ? [{ isShallow: true }] : [{ branch: revision }, {}];
  let failure: unknown;
  for (const attempt of attempts) {
    const scratch = mkdtempSync(join(tmpdir(), "waymark-clone-"));
    try {
      const git = await cloneRepository(address, join(scratch, "repo"), { env, signal, ...attempt });
      return { git, root: git.root, isLocal: false, scratch, origin: address };
    } catch (error) {
      removeScratch(scratch);
      signal?.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function read(url: string, opened: OpenedRepo, options: ExternalRepoOptions): Promise<ExternalRepo> {
  const { git, root, isLocal, scratch } = opened;
  const commit = await resolveCommit(url, opened, options);
  const prefix = git === undefined ? "" : relative(realpathSync(git.root), root).split(sep).join("/");
  const isAtCommit = git !== undefined && commit !== undefined;
  const files = isAtCommit ? await CommitFiles.read(git, commit, prefix) : await DiskFiles.read(root, git);
  const reader = isAtCommit ? new ObjectReader(git) : undefined;
  const trees = reader === undefined ? undefined : { cache: new TreeCache(reader), id: treeOf(git, commit) };
  const sourceOf = (folder: string): RevisionSource =>
    trees === undefined
      ? new WorkspaceSource(git, join(root, folder))
      : new CommitSource(trees.cache, trees.id, joinProjectPath(prefix, folder));
  const known = new Map<string, Promise<ExternalProject>>();
  const load = (folder: string): Promise<ExternalProject> => {
    const started = known.get(folder) ?? readExternal(folder, sourceOf(folder), opened, options);
    known.set(folder, started);
    return started;
  };
  const deepestFirst = files.projects.toSorted((a, b) => b.length - a.length);
  return {
    ...{ url, commit, git, files, blobs: reader, localRoot: isLocal ? root : undefined },
    projectAt: async (path) => {
      const folder = deepestFirst.find((candidate) => isAtOrBelow(path, candidate));
      return folder === undefined ? undefined : load(folder);
    },
    projects: () => Promise.all(files.projects.map(load)),
    close: async () => {
      await reader?.close();
      removeScratch(scratch);
    },
  };
}

/** A commit to look at; `undefined` for the files on disk. */
async function resolveCommit(
  url: string,
  opened: OpenedRepo,
  options: ExternalRepoOptions,
): Promise<string | undefined> {
  const { git, isLocal } = opened;
  const { revision, isCommitted = false } = options;
  if (git === undefined) {
    if (revision === undefined && !isCommitted) return undefined;
    throw new ExternalRevisionError(url, revision ?? "HEAD");
  }
  if (isLocal && revision === undefined && !isCommitted) return undefined;
  const { origin } = opened;
  return findExternalCommit({ url, git, origin, signal: options.signal }, revision ?? "HEAD");
}

async function readExternal(
  folder: string,
  source: RevisionSource,
  opened: OpenedRepo,
  options: ExternalRepoOptions,
): Promise<ExternalProject> {
  const dvcDir = join(opened.root, folder, ".dvc");
  const project = await new RevisionReader().readProject(source);
  const isOnDisk = opened.isLocal && existsSync(dvcDir);
  const config = await readExternalConfig(dvcDir, isOnDisk ? undefined : source, options);
  return { folder, project, config, cacheDir: isOnDisk ? cacheSettings(dvcDir, config).cacheDir : undefined };
}

/** @param source - Where the project's own file is read; `undefined`: on disk, with what this clone keeps to itself. */
async function readExternalConfig(
  dvcDir: string,
  source: RevisionSource | undefined,
  options: ExternalRepoOptions,
): Promise<MergedConfig> {
  const { env, configPath, settings = [], remote, remoteSettings } = options;
  const data = await source?.read(".dvc/config");
  const own: ReadConfigOptions =
    source === undefined
      ? {}
      : {
          levels: ["system", "global", "repo"],
          changed: { level: "repo", text: data === undefined ? undefined : new TextDecoder().decode(data) },
        };
  const extra = configPath === undefined ? {} : { extraPath: resolve(options.cwd, configPath) };
  const chosen = remote === undefined ? [] : [["core", "remote", remote] as const];
  const merge = (overrides: ReadConfigOptions["overrides"] = []): MergedConfig =>
    readConfig(dvcDir, env, { ...own, ...extra, overrides: [...settings, ...chosen, ...overrides] });
  if (remoteSettings === undefined || remoteSettings.size === 0) return withoutCommands(merge());
  const name = remote ?? readConfig(dvcDir, env, { ...own, ...extra, isUnchecked: true }).defaultRemote;
  if (name === undefined) throw new NoRemoteError([]);
  return withoutCommands(merge([...remoteSettings].map(([key, value]) => [`remote "${name}"`, key, value] as const)));
}

function withoutCommands(config: MergedConfig): MergedConfig {
  const isForeign = (key: string, level: string): boolean => level === "repo" && COMMAND_KEYS.includes(key);
  return new MergedConfig(
    new Map(
      [...config.sections].map(([section, values]) => [
        section,
        new Map([...values].filter(([key, { level }]) => !isForeign(key, level))),
      ]),
    ),
  );
}

function treeOf(git: GitRepository | undefined, commit: string | undefined): string {
  if (git === undefined || commit === undefined) return "";
  return runGitSync(git, ["rev-parse", "--verify", `${commit}^{tree}`])
    .stdout.toString()
    .trim();
}

function removeScratch(scratch: string | undefined): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
}
