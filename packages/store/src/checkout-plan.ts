import { join } from "node:path";
import type { CheckoutTarget } from "./checkout.ts";
import { findMissing } from "./find-missing.ts";
import { hashFile, hashFolder } from "./hash-content.ts";
import { lookAt } from "./scan-folder.ts";
import { stampOf, type FileStamp } from "./state/file-stamp.ts";
import type { StoreContext } from "./store-context.ts";
import type { JobOptions } from "./work/run-job.ts";
import { requireInside, statNoFollow } from "./work-tree.ts";

/** A file that a target stands for. */
export interface WantedFile {
  readonly md5: string;
  readonly isExecutable: boolean;
}

/** A file that stands in the work tree. */
export interface PresentFile {
  /** `undefined`: a link to nothing, which holds no content. */
  readonly md5: string | undefined;
  readonly stamp: FileStamp | undefined;
  readonly isLink: boolean;
}

/** What a target asks for, held against what is there. Paths are relative to the root. */
export interface TargetPlan {
  readonly target: CheckoutTarget;
  /** Something stood at its place. */
  readonly wasThere: boolean;
  readonly wanted: ReadonlyMap<string, WantedFile>;
  readonly present: ReadonlyMap<string, PresentFile>;
  /** Files to write, of {@link TargetPlan.wanted}. */
  readonly write: readonly string[];
  /** Files to remove, of {@link TargetPlan.present}. */
  readonly remove: readonly string[];
  /** Files whose content is not in the cache and would be lost. */
  readonly unsaved: readonly string[];
  /** Objects that are not in the cache. */
  readonly missing: ReadonlySet<string>;
}

/** Options of {@link planTarget}. */
export interface PlanOptions extends JobOptions {
  /** Absolute. */
  readonly root: string;
  /** Tells whether a file that is as it should be is to be written again, to share its bytes another way. */
  readonly needsLink: (file: PresentFile, wanted: WantedFile) => boolean;
}

/**
 * Compares a target with the work tree, and changes nothing.
 *
 * @throws `PathEscapesError` when it leads out of the root, `CorruptObjectError` when its manifest is damaged.
 */
export async function planTarget(
  context: StoreContext,
  target: CheckoutTarget,
  options: PlanOptions,
): Promise<TargetPlan> {
  requireInside(options.root, target.path);
  const { cache } = context;
  const wasThere = statNoFollow(join(options.root, target.path)) !== undefined;
  const absent = { target, wasThere, wanted: new Map(), present: new Map(), write: [], remove: [], unsaved: [] };
  const isMissing = target.md5 !== undefined && !cache.has(target.md5);
  // Without the manifest nothing is known of what should be there: what is there stays.
  if (isMissing && target.md5.endsWith(".dir")) return { ...absent, missing: new Set([target.md5]) };
  const wanted = listWanted(context, target);
  const present = await listPresent(context, target, options);
  const write: string[] = [];
  const replaced: string[] = [];
  for (const [path, file] of wanted) {
    const there = present.get(path);
    if (there?.md5 === file.md5 && isModeRight(options.root, path, file) && !options.needsLink(there, file)) continue;
    write.push(path);
    if (there !== undefined && there.md5 !== file.md5) replaced.push(path);
  }
  const remove = [...present.keys()].filter((path) => !wanted.has(path));
  const lost = [...replaced, ...remove].flatMap((path) => present.get(path)?.md5 ?? []);
  const notSaved = findMissing(cache.cacheDir, lost);
  const isUnsaved = (path: string): boolean => notSaved.has(present.get(path)?.md5 ?? "");
  const unsaved = [...replaced, ...remove].filter(isUnsaved);
  const missing = findMissing(
    cache.cacheDir,
    write.map((path) => wanted.get(path)?.md5 ?? ""),
  );
  return { target, wasThere, wanted, present, write, remove, unsaved, missing };
}

function listWanted({ cache }: StoreContext, target: CheckoutTarget): ReadonlyMap<string, WantedFile> {
  const { md5, path } = target;
  if (md5 === undefined) return new Map();
  if (!md5.endsWith(".dir")) return new Map([[path, { md5, isExecutable: target.isExecutable ?? false }]]);
  return new Map(
    cache.readDirectory(md5).map((entry) => [`${path}/${entry.relpath}`, { md5: entry.md5, isExecutable: false }]),
  );
}

async function listPresent(
  context: StoreContext,
  { path, isLegacy }: CheckoutTarget,
  options: PlanOptions,
): Promise<ReadonlyMap<string, PresentFile>> {
  const kind = { isLegacy: isLegacy ?? false };
  const absolute = join(options.root, path);
  const own = statNoFollow(absolute);
  if (own === undefined) return new Map();
  if (!own.isDirectory()) {
    const isLink = own.isSymbolicLink();
    const stats = lookAt(absolute);
    // A pipe, a link to a folder, a link to nothing: no content that could be lost.
    if (stats?.isFile() !== true) return new Map([[path, { md5: undefined, stamp: undefined, isLink }]]);
    const { md5 } = await hashFile(context, absolute, kind, options);
    return new Map([[path, { md5, stamp: stampOf(stats), isLink }]]);
  }
  const visiting = { isHidden: context.cache.hiddenIn(absolute), isStrict: false };
  const { files, md5s } = await hashFolder(context, absolute, kind, visiting, options);
  const hashes = md5s();
  const present = new Map<string, PresentFile>();
  for (const [index, relpath] of files.relpaths.entries()) {
    const isLink = files.links.has(index);
    present.set(`${path}/${relpath}`, { md5: hashes[index], stamp: files.stamps.at(index), isLink });
  }
  for (const relpath of files.dangling) {
    present.set(`${path}/${relpath}`, { md5: undefined, stamp: undefined, isLink: true });
  }
  return present;
}

function isModeRight(root: string, path: string, { isExecutable }: WantedFile): boolean {
  return !isExecutable || ((statNoFollow(join(root, path))?.mode ?? 0) & 0o100) !== 0;
}
