import { type CheckoutTarget, type DataStore, type JobOptions, requireInside, type TargetPlan } from "@waymark/store";
import { PrivateIndex, readHead } from "@waymark/git";
import { findBlocking, pickFilesThere, refuseRunning } from "../apply-obstacles.ts";
import { FilesInTheWayError, MissingDataError } from "../errors.ts";
import type { Project } from "../project.ts";
import { findSaved } from "../saved-content.ts";
import { differ, diffTrees, type TreeDifference } from "../tree-diff.ts";
import { removeFiles, writeFilesRaw } from "../write-files.ts";
import { restoreStaged } from "./index-entries.ts";
import { type RawFile, readRawFiles } from "./raw-files.ts";
import { keepWorkspace, type WorkspaceRecord } from "./workspace-record.ts";

/** Options of {@link giveBackWorkspace}. */
export interface GiveBackOptions extends JobOptions {
  /** Replaces changes made since, which are kept like those before. Default false: they stop it. */
  readonly force?: boolean;
  /** Commit that made the workspace what it was afterwards: its files can be had again. */
  readonly applied?: string | undefined;
}

/** What {@link giveBackWorkspace} is about to change, with the record of what is there now. */
export interface PlannedReturn {
  /** Files that are written or removed. */
  readonly paths: readonly string[];
  /** Commit of {@link keepWorkspace} with the state before this, so that this can be taken back as well. */
  readonly kept: string;
  /** Does it. Killed half-way, the whole can be done again. */
  readonly carryOut: () => Promise<void>;
}

/**
 * Plans to give the workspace back as it was recorded: files byte for byte, with their modes; places that were empty
 * become empty; cached data; and, when HEAD is where it was, what was staged.
 *
 * @throws {@link FilesInTheWayError} naming changes made since that are saved nowhere; {@link MissingDataError};
 *   {@link RunInProgressError}.
 */
export async function giveBackWorkspace(
  project: Project,
  store: DataStore,
  record: WorkspaceRecord,
  options: GiveBackOptions = {},
): Promise<PlannedReturn> {
  const { repo, root } = project;
  for (const { path } of [...record.files, ...record.data]) requireInside(root, path);
  const index = new PrivateIndex(repo);
  try {
    index.stageTracked();
    const now = new Map(readRawFiles(repo, listFiles(record)).files.map((file) => [file.path, file]));
    const writes = record.files.filter((file) => !isSameFile(now.get(file.path), file));
    const removes = record.absent.filter((path) => now.has(path));
    const blocking = findBlocking(root, writes, new Set(removes));
    index.stage(pickFilesThere(root, [...writes.map(({ path }) => path), ...removes]));
    index.stage(blocking);
    const workTree = index.writeTree();
    const data = await planData(project, store, record, options);
    const changing = new Set([...writes.map(({ path }) => path), ...removes]);
    const unsaved = findUnsaved(project, index, { record, changing, workTree, applied: options.applied });
    const inTheWay = [...new Set([...unsaved, ...blocking, ...data.flatMap((plan) => plan.unsaved)])].sort();
    if (inTheWay.length > 0 && options.force !== true) {
      const hint = "Commit them or save them with `waymark exp save`, or go on with `--force`, which keeps a copy.";
      throw new FilesInTheWayError("Undoing this", inTheWay, hint);
    }
    const paths = [...changing, ...data.flatMap(({ write, remove }) => [...write, ...remove])];
    refuseRunning(project, paths);
    const places = data.map(({ target }) => target.path);
    const files = [...changing, ...blocking];
    const why = "Workspace before it was given back";
    const request = { files, data: places, workTree, known: new Map<string, string>(), why };
    const kept = await keepWorkspace(project, { index, store }, request);
    const carryOut = async (): Promise<void> => {
      await store.applyCheckout(data, { ...options, root });
      removeFiles(project, [...removes, ...blocking]);
      await writeFilesRaw(project, writes);
      if (readHead(repo).commit === record.head) restoreStaged(repo, record.index);
    };
    return { paths, kept, carryOut };
  } finally {
    index[Symbol.dispose]();
  }
}

function listFiles(record: WorkspaceRecord): readonly string[] {
  return [...record.files.map(({ path }) => path), ...record.absent];
}

function isSameFile(now: RawFile | undefined, before: RawFile): boolean {
  return now?.id === before.id && now.mode === before.mode;
}

async function planData(
  { root }: Project,
  store: DataStore,
  record: WorkspaceRecord,
  options: JobOptions,
): Promise<readonly TargetPlan[]> {
  const targets = record.data.map(({ path, md5, isExecutable }): CheckoutTarget => ({
    path,
    md5: md5 ?? undefined,
    isExecutable,
  }));
  const plans = await withoutLegacy(store, await store.planCheckout(targets, { ...options, root }), {
    ...options,
    root,
  });
  const missing = plans.filter((plan) => plan.missing.size > 0).map(({ target }) => target.path);
  if (missing.length > 0)
    throw new MissingDataError(
      "Undoing this",
      missing,
      "Fetch it with `waymark pull`, from the remote it was pushed to.",
    );
  return plans.filter(({ write, remove, wasThere, target }) => {
    return write.length + remove.length > 0 || (!wasThere && target.md5 !== undefined);
  });
}

/** What DVC 2 made stands in the cache under its own kind of hash: such files can be had again, too. */
async function withoutLegacy(
  store: DataStore,
  plans: readonly TargetPlan[],
  options: JobOptions & { readonly root: string },
): Promise<readonly TargetPlan[]> {
  const unsure = plans.filter(({ unsaved }) => unsaved.length > 0);
  if (unsure.length === 0) return plans;
  const targets = unsure.map(({ target: { path } }): CheckoutTarget => ({ path, md5: undefined, isLegacy: true }));
  const legacy = await store.planCheckout(targets, options);
  const unsaved = new Map(legacy.map((plan) => [plan.target.path, plan.unsaved]));
  return plans.map((plan) => {
    const left = new Set(unsaved.get(plan.target.path) ?? []);
    return plan.unsaved.length === 0 ? plan : { ...plan, unsaved: plan.unsaved.filter((path) => left.has(path)) };
  });
}

interface UnsavedQuestion {
  readonly record: WorkspaceRecord;
  readonly changing: ReadonlySet<string>;
  readonly workTree: string;
  readonly applied: string | undefined;
}

/** Files, and staged content, that were changed since and are saved nowhere. */
function findUnsaved(project: Project, index: PrivateIndex, question: UnsavedQuestion): readonly string[] {
  const { repo } = project;
  const { record, changing, workTree, applied } = question;
  const head = readHead(repo).commit;
  const headTree = head === undefined ? undefined : `${head}^{tree}`;
  const isChanged = (tree: string): readonly TreeDifference[] =>
    headTree === undefined ? [] : diffTrees(repo, tree, headTree).filter(({ from }) => from !== undefined);
  const files = isChanged(workTree).filter(({ path }) => changing.has(path));
  const staged = index.stagedTree;
  const isIndexReplaced = staged !== undefined && head === record.head && staged !== record.index;
  const recorded = new Set(isIndexReplaced ? diffTrees(repo, staged, record.index).map(({ path }) => path) : []);
  const entries = isIndexReplaced ? isChanged(staged).filter(({ path }) => recorded.has(path)) : [];
  const previous = applied === undefined ? [] : [applied];
  const target = { commit: applied ?? head ?? "", experiment: undefined, step: undefined, label: "" };
  const trees = previous.map((commit) => `${commit}^{tree}`);
  const diff = differ(repo);
  const savedFiles = findSaved(project, { target, previous, trees, workTree, diff }, files);
  const savedEntries = findSaved(project, { target, previous, trees, workTree: staged ?? workTree, diff }, entries);
  return [
    ...files.map(({ path }) => path).filter((path) => !savedFiles.has(path)),
    ...entries.map(({ path }) => path).filter((path) => !savedEntries.has(path)),
  ];
}
