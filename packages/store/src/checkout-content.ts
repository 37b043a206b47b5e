import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { legacyObjectPath, objectPath } from "./cache-layout.ts";
import type { CheckoutTarget } from "./checkout.ts";
import { planTarget, type PresentFile, type TargetPlan, type WantedFile } from "./checkout-plan.ts";
import type { LinkType } from "./config/dvc-config.ts";
import { CorruptObjectsError } from "./errors.ts";
import { rememberFolder } from "./hash-content.ts";
import { isSettled, type FileStamp } from "./state/file-stamp.ts";
import { StampList } from "./state/stamp-list.ts";
import { waitForTick, type StoreContext } from "./store-context.ts";
import type { FileToPlace } from "./work/place-one.ts";
import { cutIntoTasks, runJob, type JobOptions } from "./work/run-job.ts";
import type { PlaceResult } from "./work/task.ts";
import { clearWay, makeParents, removeFile } from "./work-tree.ts";

/** Options of {@link planCheckout}. */
export interface PlanCheckoutOptions extends JobOptions {
  /** Nothing outside of it is written or removed. Default: the project's root. */
  readonly root?: string | undefined;
  /** Links files again that do not share their bytes as configured. Default `false`. */
  readonly relink?: boolean | undefined;
}

/** Options of {@link applyCheckout}. */
export interface ApplyCheckoutOptions extends JobOptions {
  /** As the plan was made for. Default: the project's root. */
  readonly root?: string | undefined;
  /** How files share bytes with the cache. Default: the configuration's. */
  readonly linkTypes?: readonly LinkType[] | undefined;
}

/** Options of {@link checkoutContent}. */
export interface CheckoutContentOptions extends PlanCheckoutOptions, ApplyCheckoutOptions {
  /** Replaces and removes files whose content is not in the cache. Default `false`: then nothing is done at all. */
  readonly force?: boolean | undefined;
  /** Of a folder with files missing in the cache, places the others. Default `false`: it stays as it is. */
  readonly isPartial?: boolean | undefined;
}

/** What a checkout did: paths of targets, except where said otherwise. */
export interface CheckoutReport {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  /** Targets with content that is not in the cache; they were left as they are. */
  readonly missing: readonly string[];
  /** Files, relative to the root, whose content would be lost; when there are any, nothing was done. */
  readonly unsaved: readonly string[];
}

const MANY_FILES = 200;
const MANY_BYTES = 16 * 1024 * 1024;

/**
 * Makes the work tree hold what is asked for. First everything is looked at; only then files are removed and written.
 *
 * @throws {@link CorruptObjectsError} when objects are damaged: their files stay as they were, all others are done.
 */
export async function checkoutContent(
  context: StoreContext,
  targets: readonly CheckoutTarget[],
  options: CheckoutContentOptions,
): Promise<CheckoutReport> {
  const plans = await planCheckout(context, targets, options);
  const unsaved = options.force === true ? [] : plans.flatMap((plan) => plan.unsaved);
  const isLeft = (plan: TargetPlan): boolean => plan.missing.size > 0 && !canDoPart(plan, options);
  const missing = plans.filter((plan) => plan.missing.size > 0).map(({ target }) => target.path);
  if (unsaved.length > 0) return { added: [], modified: [], deleted: [], missing, unsaved };
  const doing = plans.filter((plan) => !isLeft(plan));
  await applyCheckout(context, doing, options);
  const changed = doing.filter(({ target, write, remove, wasThere }) => {
    return write.length > 0 || remove.length > 0 || (!wasThere && target.md5 !== undefined);
  });
  const pathsOf = (some: readonly TargetPlan[]): readonly string[] => some.map(({ target }) => target.path);
  return {
    added: pathsOf(changed.filter((plan) => !plan.wasThere)),
    modified: pathsOf(changed.filter((plan) => plan.wasThere && plan.target.md5 !== undefined)),
    deleted: pathsOf(changed.filter((plan) => plan.wasThere && plan.target.md5 === undefined)),
    ...{ missing, unsaved },
  };
}

/**
 * Compares targets with the work tree, and changes nothing.
 *
 * @throws `PathEscapesError`, `CorruptObjectError` for a damaged manifest.
 */
export async function planCheckout(
  context: StoreContext,
  targets: readonly CheckoutTarget[],
  options: PlanCheckoutOptions,
): Promise<readonly TargetPlan[]> {
  const root = options.root ?? context.projectRoot;
  const needsLink = options.relink === true ? linkCheck(context) : () => false;
  const plans: TargetPlan[] = [];
  for (const target of targets) plans.push(await planTarget(context, target, { ...options, root, needsLink }));
  return plans;
}

/** A file has no parts, and neither has a folder without its manifest. */
function canDoPart({ target, missing }: TargetPlan, { isPartial }: CheckoutContentOptions): boolean {
  return isPartial === true && target.md5?.endsWith(".dir") === true && !missing.has(target.md5);
}

/**
 * Does what was planned, of all targets at once. Objects that are missing are left out.
 *
 * @throws {@link CorruptObjectsError} when objects are damaged: their files stay as they were, all others are done.
 */
export async function applyCheckout(
  context: StoreContext,
  plans: readonly TargetPlan[],
  options: ApplyCheckoutOptions,
): Promise<void> {
  const root = options.root ?? context.projectRoot;
  options.signal?.throwIfAborted();
  for (const plan of plans) for (const path of plan.remove) removeFile(root, path);
  const files = plans.flatMap((plan) => filesToPlace(context, root, plan));
  for (const plan of plans) if (plan.wanted.size === 0) makeEmptyFolder(root, plan);
  const total = { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  const settings = context.settings(total, options.linkTypes);
  const tasks = cutIntoTasks(files, (portion) => ({ type: "place", files: portion, settings }));
  const results = await runJob(context.pool, tasks, total, options);
  const placed = results.flatMap((result) => (result.type === "place" ? result.placed : []));
  if (total.files >= MANY_FILES || total.bytes >= MANY_BYTES) {
    await waitForTick();
    remember(context, root, plans, new Map(files.map(({ path }, at) => [path, placed[at]])));
  }
  const failed = placed.flatMap((place) => ("why" in place ? [place] : []));
  if (failed.length > 0) throw new CorruptObjectsError(failed);
}

/** A folder without files is a folder all the same. */
function makeEmptyFolder(root: string, { target, missing }: TargetPlan): void {
  if (target.md5?.endsWith(".dir") !== true || missing.size > 0) return;
  makeParents(root, `${target.path}/file`);
}

/** Makes the folders they lie in, clears what stands in their way, and finds their objects. */
function filesToPlace(
  { cache }: StoreContext,
  root: string,
  { target, write, wanted, present, missing, wasThere }: TargetPlan,
): readonly (FileToPlace & { readonly sizeBytes: number })[] {
  const folders = new Set<string>();
  return write.flatMap((path) => {
    const file = wanted.get(path);
    if (file === undefined || missing.has(file.md5)) return [];
    const folder = dirname(path);
    if (!folders.has(folder)) makeParents(root, path);
    folders.add(folder);
    const isNew = !present.has(path);
    if (isNew && wasThere) clearWay(root, path);
    const isLegacy = target.isLegacy ?? false;
    const { object, sizeBytes } = findObject(cache.cacheDir, file.md5, isLegacy);
    return [{ path: join(root, path), ...file, object, sizeBytes, isLegacy, isNew }];
  });
}

/** An object that DVC 2 named lies where DVC 2 put it, if anywhere. */
function findObject(cacheDir: string, md5: string, isLegacy: boolean): { object: string; sizeBytes: number } {
  const places = [objectPath(cacheDir, md5), legacyObjectPath(cacheDir, md5)];
  for (const object of isLegacy ? places.toReversed() : places) {
    const stats = statSync(object, { throwIfNoEntry: false });
    if (stats !== undefined) return { object, sizeBytes: stats.size };
  }
  return { object: objectPath(cacheDir, md5), sizeBytes: 0 };
}

/** Whether a file shares bytes as configured, as far as that can be seen: of a clone it cannot. */
function linkCheck(context: StoreContext): (file: PresentFile, wanted: WantedFile) => boolean {
  return (file, { md5, isExecutable }) => {
    const type = isExecutable ? "copy" : (context.linkTypes[0] ?? "copy");
    const object = statSync(context.cache.objectPath(md5), { bigint: true, throwIfNoEntry: false });
    const isShared = object !== undefined && object.ino === file.stamp?.ino && object.dev === file.stamp.dev;
    switch (type) {
      case "copy":
        return isShared || file.isLink;
      case "reflink":
        return true;
      case "hardlink":
        return !isShared || file.isLink;
      case "symlink":
        return !isShared || !file.isLink;
    }
  };
}

function remember(
  context: StoreContext,
  root: string,
  plans: readonly TargetPlan[],
  placed: ReadonlyMap<string, PlaceResult | undefined>,
): void {
  const nowMs = Date.now();
  for (const { target, wanted, present } of plans) {
    const kind = { isLegacy: target.isLegacy ?? false };
    const relpaths: string[] = [];
    const md5s: string[] = [];
    const stamps = new StampList();
    for (const [path, { md5 }] of wanted) {
      const place = placed.get(join(root, path));
      const stamp = place === undefined ? present.get(path)?.stamp : stampOfPlaced(context, md5, place, nowMs);
      if (stamp === undefined) continue;
      relpaths.push(path.slice(target.path.length + 1));
      md5s.push(md5);
      stamps.push(stamp);
    }
    const path = join(root, target.path);
    if (target.md5?.endsWith(".dir") === true) {
      rememberFolder(context, path, kind, { relpaths, stamps, links: new Set(), dangling: [] }, md5s, nowMs);
    } else if (md5s[0] !== undefined && isSettled(stamps.at(0), nowMs)) {
      context.state.setFileHash(path, kind, stamps.at(0), md5s[0]);
    }
  }
  context.state.flush();
}

function stampOfPlaced({ state }: StoreContext, md5: string, place: PlaceResult, nowMs: number): FileStamp | undefined {
  if ("why" in place) return undefined;
  if (place.objectStamp !== undefined && isSettled(place.objectStamp, nowMs)) state.setProven(md5, place.objectStamp);
  return place.stamp;
}
