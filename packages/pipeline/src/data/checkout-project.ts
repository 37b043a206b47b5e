import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { compareCodePoints, TrackerError } from "@waymark/core";
import { requireInside, type CheckoutTarget, type JobOptions, type TargetPlan } from "@waymark/store";
import { isInProject } from "./data-index.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { StageOutput } from "../project/project.ts";
import { selectOutputs } from "./select-outputs.ts";
import { relativeTo } from "../project/stage-address.ts";
import type { OutputSelection } from "./used-objects.ts";

/** Options of {@link checkoutProject} and {@link checkoutOutputs}. */
export interface CheckoutProjectOptions extends JobOptions {
  /** What to check out, relative to the current folder. Default: everything. */
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly isRecursive?: boolean;
  /** Replaces and removes files whose content is nowhere else. Default `false`. */
  readonly force?: boolean;
  /** Links files to the cache anew. Default `false`. */
  readonly relink?: boolean;
}

/** What a checkout did. Paths are relative to the project; folders end in `/`. */
export interface CheckedOut {
  readonly modified: readonly string[];
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  /**
   * Outputs whose content the cache lacks, without a slash at the end. They are not in the workspace now, but for
   * folders whose list of files is missing: those stay as they are.
   */
  readonly missing: readonly string[];
  /** Files by what happened to them. */
  readonly files: { readonly modified: number; readonly added: number; readonly deleted: number };
}

/** Files that a checkout would replace or remove, and whose content is nowhere else. */
export class UnsavedDataError extends TrackerError {
  override readonly code = "UNSAVED_DATA";
  /** Relative to the project. */
  readonly paths: readonly string[];

  constructor(paths: readonly string[], shown: readonly string[]) {
    super(
      `These files would be lost: their content is not in the cache\n${shown.map((path) => `  ${path}`).join("\n")}`,
      {
        hint: "Keep them with `waymark add` or `waymark commit`, or pass `--force` to lose them.",
      },
    );
    this.paths = paths;
  }
}

/**
 * Makes the workspace hold what its `.dvc` files and lock files record.
 *
 * @throws {@link UnsavedDataError} before anything changed; `TargetNotFoundError`; `CorruptObjectError` when an object is
 *   damaged, whose file then stays as it was.
 */
export async function checkoutProject(project: DvcProject, options: CheckoutProjectOptions = {}): Promise<CheckedOut> {
  const { stages } = await loadProject(project);
  const selections = selectOutputs(project, stages, options.targets ?? [], options);
  return checkoutOutputs(project, selections, options);
}

/** Checks outputs, or what lies at places in them, out; as {@link checkoutProject}. */
export async function checkoutOutputs(
  project: DvcProject,
  selections: readonly OutputSelection[],
  options: CheckoutProjectOptions = {},
): Promise<CheckedOut> {
  const plans: PlannedOutput[] = [];
  for (const selection of selections.filter(isCheckedOut)) plans.push(await planOutput(project, selection, options));
  const unsaved = plans.flatMap((planned) => planned.plans.flatMap((plan) => plan.unsaved)).toSorted(compareCodePoints);
  if (unsaved.length > 0 && options.force !== true) {
    throw new UnsavedDataError(
      unsaved,
      unsaved.map((path) => relativeTo(project.folder, path)),
    );
  }
  // All at once, so that one large output does not keep the cores waiting for the small ones.
  await project.store.applyCheckout(
    plans.flatMap((planned) => planned.plans),
    { signal: options.signal, onProgress: options.onProgress },
  );
  const report = new Report();
  for (const planned of plans) finishOutput(project, planned, options, report);
  return report.finish();
}

interface PlannedOutput {
  readonly out: StageOutput;
  readonly plans: readonly TargetPlan[];
  /** The cache lacks some of it. */
  readonly isMissing: boolean;
  readonly wasThere: boolean;
}

/** Outputs that are not cached, not recorded, or elsewhere are not ours to write. */
function isCheckedOut({ out }: OutputSelection): boolean {
  return out.isCached && out.hash !== null && isInProject(out.path);
}

async function planOutput(
  project: DvcProject,
  selection: OutputSelection,
  options: CheckoutProjectOptions,
): Promise<PlannedOutput> {
  const { out } = selection;
  const { store, cache, root } = project;
  requireInside(root, out.path);
  const wasThere = lstatSync(join(root, out.path), { throwIfNoEntry: false }) !== undefined;
  const how = { relink: options.relink, signal: options.signal };
  // DVC removes such a folder. Its files may all be in the cache, and yet nobody could put it together again.
  if (out.hash?.endsWith(".dir") === true && !cache.has(out.hash)) return { out, plans: [], isMissing: true, wasThere };
  const plans = await store.planCheckout(targetsOf(project, selection), how);
  if (plans.every(({ missing }) => missing.size === 0)) return { out, plans, isMissing: false, wasThere };
  // DVC takes such an output away, which must not lose what only the workspace has.
  const gone = [{ md5: undefined, path: out.path, isLegacy: out.isLegacy }];
  return { out, plans: wasThere ? await store.planCheckout(gone, how) : [], isMissing: true, wasThere };
}

function targetsOf(project: DvcProject, { out, only }: OutputSelection): readonly CheckoutTarget[] {
  const { cache, root } = project;
  const { path, isLegacy, isExecutable } = out;
  const md5 = out.hash ?? undefined;
  if (only === undefined || isAtOrBelow(path, only) || md5?.endsWith(".dir") !== true) {
    return [{ md5, path, isLegacy, isExecutable }];
  }
  cache.requireObject(md5, path);
  const wanted = cache
    .readDirectory(md5)
    .map((entry) => ({ md5: entry.md5, path: `${path}/${entry.relpath}`, isLegacy }))
    .filter((entry) => isAtOrBelow(entry.path, only));
  const known = new Set(wanted.map((entry) => entry.path));
  // What is at the place and not in the record goes, as in a whole folder.
  const surplus = listFiles(root, only).filter((file) => !known.has(file));
  return [...wanted, ...surplus.map((file) => ({ md5: undefined, path: file, isLegacy }))];
}

function listFiles(root: string, path: string): readonly string[] {
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => {
    return name === ".git" || name === ".dvc" ? [] : listFiles(root, `${path}/${name}`);
  });
}

/** What is left to do once all files are in their places, and what to say of it. */
function finishOutput(
  project: DvcProject,
  { out, plans, isMissing, wasThere }: PlannedOutput,
  options: CheckoutProjectOptions,
  report: Report,
): void {
  const absolute = join(project.root, out.path);
  if (isMissing) {
    if (plans.length > 0) rmSync(absolute, { recursive: true, force: true });
    report.addMissing(out.path);
    return;
  }
  // A folder without files is a folder all the same.
  if (out.hash?.endsWith(".dir") === true && !existsSync(absolute)) mkdirSync(absolute, { recursive: true });
  if (options.relink === true) return;
  for (const plan of plans) report.addFiles(plan);
  const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  const shown = isFolder ? `${out.path}/` : out.path;
  if (!wasThere) report.added.add(shown);
  else if (plans.some(({ write, remove }) => write.length + remove.length > 0)) report.modified.add(shown);
}

class Report {
  readonly added = new Set<string>();
  readonly modified = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #files = { modified: 0, added: 0, deleted: 0 };

  addMissing(path: string): void {
    this.#missing.add(path);
  }

  addFiles({ write, remove, present }: TargetPlan): void {
    for (const path of write) this.#files[present.has(path) ? "modified" : "added"] += 1;
    this.#files.deleted += remove.length;
  }

  finish(): CheckedOut {
    return {
      added: sortPaths(this.added),
      modified: sortPaths([...this.modified].filter((path) => !this.added.has(path))),
      deleted: [],
      missing: [...this.#missing].toSorted(compareCodePoints),
      files: this.#files,
    };
  }
}

/** Folders first, as DVC lists them. */
function sortPaths(paths: Iterable<string>): readonly string[] {
  const rank = (path: string): number => (path.endsWith("/") ? 0 : 1);
  return [...paths].toSorted((a, b) => rank(a) - rank(b) || compareCodePoints(a, b));
}
