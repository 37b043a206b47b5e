import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { type GitRepository, PrivateIndex, readIdentity, requireTreePath, updateRefs } from "@waymark/git";
import {
  type DvcProject,
  loadProject,
  openDvcProject,
  type Project as PipelineProject,
  projectPrefix,
  snapshotStage,
  type StageOutput,
} from "@waymark/pipeline";
import { NO_DATA } from "../commit-data.ts";
import { NoCommitsError } from "../errors.ts";
import { makeSpared } from "../make-spared.ts";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import type { Project } from "../project.ts";
import { isWithin } from "../run/run-content.ts";
import { collectSaveContent, isDefinition, listUntracked } from "../save-content.ts";
import type { SnapshotWorkspaceOptions, WorkspaceSnapshot } from "./elsewhere.ts";

const MESSAGE = "Waymark: what a run starts from";

/**
 * Commits the workspace for a run elsewhere to start from: tracked files with their changes, staged new files and those
 * announced with `git add -N`, new files that define stages and params; data that was edited is stored first and
 * recorded in this commit alone. HEAD, the index and the files stay as they are.
 *
 * @throws {@link NoCommitsError}, `IdentityMissingError`, `SecretsFoundError` as a save; `InvalidTreePathError` for a
 *   path of `files`; `ObjectsCollectedError` when `git gc --prune=now` deletes it again and again.
 */
export async function snapshotWorkspace(
  project: Project,
  options: SnapshotWorkspaceOptions = {},
): Promise<WorkspaceSnapshot> {
  const { repo, root } = project;
  const baseline = repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(root);
  repo.requireSha1();
  for (const path of options.files?.keys() ?? []) requireTreePath(path);
  prepareDvcFolder(project);
  return await makeSpared(repo, baseline, async () => snapshotOnce(project, options.parent ?? baseline, options));
}

async function snapshotOnce(
  project: Project,
  parent: string,
  options: SnapshotWorkspaceOptions,
): Promise<WorkspaceSnapshot> {
  const { repo } = project;
  // Storing data may take a while: what would stop the commit is found out before.
  const identity = readIdentity(repo);
  const index = new PrivateIndex(repo);
  try {
    const untracked = listUntracked(project);
    const isPlain = ![...index.stagedPaths, ...untracked].some(isDefinition);
    const inputs = isPlain ? NO_INPUTS : await collectInputs(project, options);
    index.stageTracked();
    const { files, strip } = collectSaveContent(project, index, {
      ...{ include: [], allowsSecrets: options.allowsSecrets ?? false, untracked },
      data: { ...NO_DATA, figures: inputs.params, values: inputs.stageParams },
    });
    index.stage(files);
    index.put(new Map(strip.map((path) => [path, null])));
    index.put(inputs.records);
    index.put(options.files ?? new Map());
    const { commit, tree } = index.commit({ parents: [parent], message: options.message ?? MESSAGE, identity });
    if (options.ref !== undefined) nameCommit(repo, options.ref, commit);
    const taken = new Set([...files, ...(options.files?.keys() ?? [])]);
    const made = options.runsStages === true ? inputs.made : new Set<string>();
    return { commit, tree, leftOut: untracked.filter((path) => !taken.has(path) && !isWithin(path, made)) };
  } finally {
    index[Symbol.dispose]();
  }
}

/** Names a commit for the time until something that lasts does. After a power cut nobody needs it. */
export function nameCommit(repo: GitRepository, ref: string, commit: string): void {
  updateRefs(repo, [{ ref, newId: commit, oldId: undefined }], { durable: false });
}

/** What runs read beside tracked files. Paths are relative to the repository. */
interface Inputs {
  /** Params files of the top level, which belong to a run even where Git ignores them. */
  readonly params: readonly string[];
  readonly stageParams: readonly string[];
  /** `.dvc` files of data that was edited, as they would be recorded now. */
  readonly records: ReadonlyMap<string, Uint8Array>;
  /** What stages make. */
  readonly made: ReadonlySet<string>;
}

const NO_INPUTS: Inputs = { params: [], stageParams: [], records: new Map(), made: new Set() };

async function collectInputs(project: Project, options: SnapshotWorkspaceOptions): Promise<Inputs> {
  const opened = openDvcProject(project.dvcRoot, project.repo.env, {
    repo: project.repo,
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  });
  // The index is the user's, whatever `core.autostage` says.
  const dvc = { ...opened, config: { ...opened.config, isAutostaging: false } };
  try {
    const prefix = projectPrefix(project.repo, dvc.root);
    const inRepository = (path: string): string => posix.join(prefix, path);
    const isThere = (path: string): boolean => !path.startsWith("../") && existsSync(join(project.root, path));
    const loaded = await loadProject(dvc);
    const records = await storeEditedData(dvc, loaded, options);
    const stageParams = loaded.stages.flatMap(({ params }) => params.map(({ path }) => inRepository(path)));
    return {
      params: loaded.params.map(inRepository).filter(isThere),
      stageParams: [...new Set(stageParams)].filter(isThere),
      made: new Set(
        loaded.stages.flatMap(({ command, outs }) =>
          command === undefined ? [] : outs.map(({ path }) => inRepository(path)),
        ),
      ),
      records: new Map([...records].map(([path, text]) => [inRepository(path), Buffer.from(text)])),
    };
  } finally {
    await dvc.store.close();
  }
}

/**
 * Stores data that was edited since it was recorded, as DVC does with `commit --data-only` before it runs anything
 * elsewhere. What would be recorded is returned instead of written.
 */
async function storeEditedData(
  dvc: DvcProject,
  { stages }: PipelineProject,
  { signal, onProgress }: SnapshotWorkspaceOptions,
): Promise<ReadonlyMap<string, string>> {
  const records = new Map<string, string>();
  for (const stage of stages) {
    if (stage.command !== undefined) continue;
    const edited: boolean[] = [];
    for (const out of stage.outs) edited.push(await isEdited(dvc, out, { signal, onProgress }));
    if (!edited.includes(true)) continue;
    const { lockFile, lockText } = await snapshotStage(dvc, stage);
    if (lockText !== undefined) records.set(lockFile, lockText);
  }
  return records;
}

async function isEdited(
  { root, store }: DvcProject,
  out: StageOutput,
  options: Pick<SnapshotWorkspaceOptions, "signal" | "onProgress">,
): Promise<boolean> {
  const isHere = !out.path.startsWith("/") && !out.path.startsWith("../") && !out.path.includes("://");
  if (!out.isCached || !isHere || !existsSync(join(root, out.path))) return false;
  if (out.hash === null) return true;
  const hash = await store.hash(join(root, out.path), { ...options, isLegacy: out.isLegacy, isStrict: false });
  return hash.md5 !== out.hash || !store.isComplete(out.hash);
}
