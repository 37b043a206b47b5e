import { realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type GitRepository, openRepository } from "@waymark/git";
import {
  acquireDvcLock,
  ContentCache,
  DataStore,
  type DvcConfig,
  type DvcLock,
  DvcLockedError,
  findDvcRoot,
} from "@waymark/store";
import { HiddenFileError, NotADvcProjectError, PipelineError } from "../errors.ts";
import type { ReadProjectOptions } from "./read-project.ts";
import { removeUnfinished } from "./replace-file.ts";
import { RevisionReader } from "./revision.ts";
import type { Project } from "./project.ts";
import { WorkspaceSource } from "./workspace-source.ts";

const INTERNAL_FOLDERS = new Set([".dvc", ".git", ".hg"]);

/** Variables of a process, given to what is started and read for settings. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A DVC project as a command finds it. */
export interface DvcProject {
  /** Folder that holds `.dvc`, absolute, symbolic links resolved. */
  readonly root: string;
  readonly dvcDir: string;
  /** `undefined` for a project that lives without Git (`core.no_scm`). */
  readonly repo: GitRepository | undefined;
  readonly env: Environment;
  readonly config: DvcConfig;
  readonly cache: ContentCache;
  /** Hashes, adds and checks out on all cores, and remembers what it read. */
  readonly store: DataStore;
  /** The current folder relative to the root, `/` between parts; empty in the root. */
  readonly folder: string;
  /** Told once when another process has held the lock for a while, with its number where it is known. */
  readonly onWait: ((pid: number | undefined) => void) | undefined;
}

/** Options of {@link openDvcProject}. */
export interface OpenDvcProjectOptions {
  /** See {@link DvcProject.onWait}. Default: nobody is told. */
  readonly onWait?: (pid: number | undefined) => void;
  /** The Git repository of the folder, when the caller has it open. Default: it is looked for. */
  readonly repo?: GitRepository;
}

/**
 * Opens the DVC project that a folder belongs to.
 *
 * @param cwd - Absolute.
 * @throws {@link NotADvcProjectError}; `CacheConfigError` when its configuration cannot be read.
 */
export function openDvcProject(cwd: string, env: Environment, options: OpenDvcProjectOptions = {}): DvcProject {
  const repo = options.repo ?? openRepository(cwd, { env });
  const root = findDvcRoot(cwd, repo?.root);
  if (root === undefined) throw new NotADvcProjectError(cwd, repo?.root);
  const dvcDir = join(root, ".dvc");
  const cache = ContentCache.open(dvcDir, { env });
  return {
    root,
    dvcDir,
    repo: cache.config.hasNoScm ? undefined : repo,
    env,
    config: cache.config,
    cache,
    store: DataStore.open(dvcDir, { env, cache }),
    folder: relative(root, realpathSync(cwd)).split(sep).join("/"),
    onWait: options.onWait,
  };
}

/** Options of {@link loadProject}. */
export interface LoadOptions extends Pick<ReadProjectOptions, "onError"> {
  /** Files that are read as if they were changed already, by their path below the project's root. Default: none. */
  readonly changed?: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads the stages and data of the work tree as they are now.
 *
 * @throws A `TrackerError` for the first file that DVC would refuse, with the place of every mistake in it.
 */
export async function loadProject(project: DvcProject, options: LoadOptions = {}): Promise<Project> {
  const { changed, ...reading } = options;
  const source = new WorkspaceSource(project.repo, project.root, changed);
  const loaded = await new RevisionReader({ cache: project.cache }).readProject(source, { ...reading, isStrict: true });
  const [hidden] = source.hiddenLocks;
  if (hidden !== undefined) throw new HiddenFileError(hidden);
  refuseInternalOutputs(loaded);
  return loaded;
}

/**
 * DVC ignores its own folder and Git's, and refuses outputs that are ignored. Data from a remote that became the
 * configuration could start programs.
 *
 * @throws `PipelineError`
 */
function refuseInternalOutputs(project: Project): void {
  for (const stage of project.stages) {
    const out = stage.outs.find(({ path }) => path.split("/").some((part) => INTERNAL_FOLDERS.has(part.toLowerCase())));
    if (out === undefined) continue;
    throw new PipelineError(
      stage.file,
      `the output '${out.text}' lies in a folder of Git or DVC`,
      "Choose another path.",
    );
  }
}

/** How long another command is waited for. DVC gives up after three seconds, which many a script took for a failure. */
const LOCK_WAIT_MS = 60_000;
const POLL_MS = 50;
/** Others are only spoken of when they take longer than most commands do. */
const TELL_AFTER_MS = 1000;

/**
 * Holds DVC's repository lock while something is done, so that no other command of either tool changes the project's
 * files meanwhile. Where the lock cannot be had at all (Windows, a read-only project), the work is done without.
 *
 * @throws `DvcLockedError` when another process holds it for longer than a minute.
 */
export async function withProjectLock<T>(project: DvcProject, work: () => Promise<T>): Promise<T> {
  const held = await takeLock(project);
  try {
    if (held.kind === "held") removeUnfinished(project);
    return await work();
  } finally {
    if (held.kind === "held") held.release();
  }
}

async function takeLock(project: DvcProject): Promise<DvcLock> {
  const options = { usesHardlinkLock: project.config.usesHardlinkLock, waitMs: 0 };
  const begin = Date.now();
  for (let isTold = false; ;) {
    try {
      return acquireDvcLock(project.dvcDir, options);
    } catch (error) {
      const waitedMs = Date.now() - begin;
      if (!(error instanceof DvcLockedError) || waitedMs >= LOCK_WAIT_MS) throw error;
      if (!isTold && waitedMs >= TELL_AFTER_MS) {
        isTold = true;
        project.onWait?.(error.pid);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
