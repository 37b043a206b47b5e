import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { commitStages, loadProject, openDvcProject, projectPrefix, withProjectLock } from "@waymark/pipeline";
import type { Project as PipelineProject } from "@waymark/pipeline";
import type { DataProgress } from "@waymark/store";
import { hashStages } from "./experiment-hash.ts";
import type { Project } from "./project.ts";

/** Which data to take as it is now, and who hears about it. */
export interface CommitDataOptions {
  /** As typed: stages, `.dvc` files, outputs. Default: everything. */
  readonly targets?: readonly string[];
  /** Folder that targets are relative to, absolute. Default: the project's. */
  readonly cwd?: string;
  /** A folder stands for the stages in it. Default false. */
  readonly isRecursive?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Hears how far hashing and storing has come. Default: nobody does. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Told once when another command has held the project's lock for a while. Default: nobody is told. */
  readonly onWait?: (pid: number | undefined) => void;
}

/** What a project defines, with its data recorded. Paths are relative to the repository. */
export interface CommittedData {
  /** Files that define stages and data, with their lock files, as far as they are there. */
  readonly definitions: readonly string[];
  /** Params, metrics and plots of the top level: they belong to an experiment even where Git ignores them. */
  readonly figures: readonly string[];
  /** Metrics and plots of stages that are not in the cache. */
  readonly values: readonly string[];
  /** Cached outputs: Git never gets them. */
  readonly cached: readonly string[];
  /** Files that were written to record it. */
  readonly written: readonly string[];
  /** DVC's hash of what is recorded of stages, as it is in messages of commits; `undefined`: of nothing. */
  readonly hash: string | undefined;
}

/** A project that defines nothing. */
export const NO_DATA: CommittedData = {
  definitions: [],
  figures: [],
  values: [],
  cached: [],
  written: [],
  hash: undefined,
};

/**
 * Records data and outputs of stages as they are, as `dvc commit --force` does: content that changed goes to the cache,
 * `.dvc` files and dvc.lock name it. The files themselves are neither linked nor changed. What was recorded of outputs
 * that are not here stays.
 *
 * @throws `MissingOutputError` for an output that was never made; `StageNotFoundError`, `TargetNotFoundError`; a
 *   `TrackerError` for a file of the project that cannot be read.
 */
export async function commitData(project: Project, options: CommitDataOptions = {}): Promise<CommittedData> {
  const { targets = [], isRecursive = false, signal, onProgress } = options;
  const opened = openDvcProject(options.cwd ?? project.dvcRoot, project.repo.env, {
    repo: project.repo,
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  });
  // The index is the user's, whatever `core.autostage` says.
  const dvc = { ...opened, config: { ...opened.config, isAutostaging: false } };
  const prefix = projectPrefix(project.repo, dvc.root);
  const inRepository = (path: string): string => posix.join(prefix, path);
  const before = await loadProject(dvc);
  const hasStages = before.stages.length > 0 || targets.length > 0;
  const written = hasStages
    ? await withProjectLock(dvc, async () =>
        commitStages(dvc, targets, {
          ...{ force: true, relink: false, allowMissing: true },
          ...{ isRecursive, signal, onProgress },
        }),
      )
    : { files: [] };
  await dvc.store.close();
  const isThere = (path: string): boolean => !path.startsWith("../") && existsSync(join(project.root, path));
  const outs = before.stages.flatMap((stage) => stage.outs);
  return {
    definitions: listDefinitions(before).map(inRepository).filter(isThere),
    figures: [...before.params, ...before.metrics, ...before.plots.map(({ path }) => path)]
      .map(inRepository)
      .filter(isThere),
    values: outs
      .filter(({ role, isCached }) => role !== "out" && !isCached)
      .map(({ path }) => inRepository(path))
      .filter(isThere),
    cached: outs.filter(({ isCached }) => isCached).map(({ path }) => inRepository(path)),
    written: written.files.map(inRepository).filter(isThere),
    // With targets, DVC counts no stage.
    hash: targets.length > 0 ? undefined : hashLockFiles(dvc.root, before),
  };
}

function hashLockFiles(root: string, { stages }: PipelineProject): string | undefined {
  const files = new Set(
    stages.flatMap(({ file, name }) => (name === undefined ? [] : [file.replace(/\.yaml$/u, ".lock")])),
  );
  const texts = [...files].flatMap((file) => {
    return existsSync(join(root, file)) ? [{ file, text: readFileSync(join(root, file), "utf8") }] : [];
  });
  return hashStages(texts);
}

function listDefinitions({ stages, ...rest }: PipelineProject): string[] {
  const files = new Set(["dvc.yaml", "dvc.lock"]);
  for (const { file } of [...stages, ...rest.plots]) {
    files.add(file);
    if (file.endsWith("dvc.yaml")) files.add(file.replace(/\.yaml$/u, ".lock"));
  }
  return [...files];
}
