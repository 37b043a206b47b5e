import { chmodSync, readdirSync, renameSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ContentCache } from "./content-cache.ts";
import type { LinkType } from "./config/dvc-config.ts";
import { CorruptObjectError } from "./errors.ts";
import { hashFileSync } from "./hash.ts";
import { hashLegacyFileSync } from "./legacy-hash.ts";
import { placeFileSync, removeIfPresent } from "./place-file.ts";
import type { IsHidden } from "./scan-folder.ts";
import { clearWay, makeParents, removeFile, requireInside, statNoFollow } from "./work-tree.ts";

/** What is to stand at a place of the work tree. */
export interface CheckoutTarget {
  /** Hash from a `.dvc` file: 32 hex digits, `.dir` for a folder; `undefined`: nothing is to stand there. */
  readonly md5: string | undefined;
  /** Relative to the root, `/` between parts. */
  readonly path: string;
  /** Gives a file the owner's execute bit. Default `false`. */
  readonly isExecutable?: boolean;
  /** Recorded by DVC 2: the hash takes CR LF in text for LF. Default `false`. */
  readonly isLegacy?: boolean;
}

/** Options of {@link planCheckoutSync} and {@link checkoutSync}. */
export interface CheckoutOptions {
  /** Nothing outside of it is written or removed, also through symbolic links. */
  readonly root: string;
  /**
   * How files share bytes with the cache. Default: the configuration's. A file that a program goes on to write must not
   * be linked: `["reflink", "copy"]`.
   */
  readonly linkTypes?: readonly LinkType[];
  /** Writes files that are as they should be, too, so that they share bytes as configured. Default `false`. */
  readonly relink?: boolean;
}

/** A file that is to be. */
interface WantedFile {
  readonly path: string;
  readonly md5: string;
  readonly isExecutable: boolean;
  readonly isLegacy: boolean;
}

/** What a checkout would do. Paths are relative to the root. */
export interface CheckoutPlan {
  /** Files to write, with the hash they are to have. */
  readonly write: readonly WantedFile[];
  /** Files to remove. */
  readonly remove: readonly string[];
  /** Of those to be replaced or removed: files whose content is not in the cache and would be lost. */
  readonly unsaved: readonly string[];
  /** Files that are as they should be. */
  readonly unchanged: readonly string[];
}

/**
 * Compares the work tree with what is to stand there, and changes nothing.
 *
 * @throws {@link ObjectNotCachedError} when content is missing in the cache, {@link CorruptObjectError} when a manifest
 *   is damaged, {@link PathEscapesError} when a target leads out of the root.
 */
export function planCheckoutSync(
  cache: ContentCache,
  targets: readonly CheckoutTarget[],
  options: CheckoutOptions,
): CheckoutPlan {
  const write: WantedFile[] = [];
  const remove: string[] = [];
  const unsaved: string[] = [];
  const unchanged: string[] = [];
  for (const target of targets) {
    requireInside(options.root, target.path);
    const wanted = listWanted(cache, target);
    const present = new Map(
      listPresent(options.root, target.path).map((path) => [
        path,
        hashPresent(options, path, target.isLegacy ?? false),
      ]),
    );
    for (const [path, file] of wanted) {
      const isAsWanted = present.get(path) === file.md5 && (!file.isExecutable || isExecutable(options.root, path));
      if (isAsWanted && options.relink !== true) {
        unchanged.push(path);
        continue;
      }
      cache.requireObject(file.md5, path);
      write.push({ path, ...file });
    }
    const isHidden = cache.hiddenIn(join(options.root, target.path));
    for (const [path, md5] of present) {
      const file = wanted.get(path);
      if (file?.md5 === md5) continue;
      // What an ignore file hides was never part of the folder.
      if (file === undefined && path !== target.path && isHiddenBelow(path.slice(target.path.length + 1), isHidden))
        continue;
      if (file === undefined) remove.push(path);
      // `undefined`: a link to nothing, which holds no content.
      if (md5 !== undefined && !cache.has(md5)) unsaved.push(path);
    }
  }
  return { write, remove, unsaved, unchanged };
}

/**
 * Makes the work tree hold what is asked for: every file is made under a temporary name, hashed, and renamed into
 * place, so that a name shows the old content or the new. Files of a folder that are not in its manifest go.
 *
 * @returns What it did; the plan it followed.
 * @throws As {@link planCheckoutSync}, before anything changed; {@link CorruptObjectError} when an object is damaged,
 *   whose file then stays as it was.
 */
export function checkoutSync(
  cache: ContentCache,
  targets: readonly CheckoutTarget[],
  options: CheckoutOptions,
): CheckoutPlan {
  const plan = planCheckoutSync(cache, targets, options);
  for (const path of plan.remove) removeFile(options.root, path);
  for (const file of plan.write) writeFile(cache, file, options);
  return plan;
}

/** The files a target stands for, with their hashes. */
function listWanted(cache: ContentCache, target: CheckoutTarget): ReadonlyMap<string, Omit<WantedFile, "path">> {
  if (target.md5 === undefined) return new Map();
  const isLegacy = target.isLegacy ?? false;
  if (!target.md5.endsWith(".dir")) {
    return new Map([[target.path, { md5: target.md5, isExecutable: target.isExecutable ?? false, isLegacy }]]);
  }
  cache.requireObject(target.md5, target.path);
  const entries = cache.readDirectory(target.md5);
  return new Map(
    entries.map(({ relpath, md5 }) => [`${target.path}/${relpath}`, { md5, isExecutable: false, isLegacy }] as const),
  );
}

/** The files at and below a path; symbolic links count as files and are not followed. */
function listPresent(root: string, path: string): readonly string[] {
  const stats = statNoFollow(join(root, path));
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => {
    // A repository inside the data belongs to someone else.
    return name === ".git" || name === ".dvc" ? [] : listPresent(root, `${path}/${name}`);
  });
}

function isHiddenBelow(relpath: string, isHidden: IsHidden): boolean {
  const parts = relpath.split("/");
  return parts.some((_, at) => isHidden(parts.slice(0, at + 1).join("/"), at < parts.length - 1));
}

function hashPresent(options: CheckoutOptions, path: string, isLegacy: boolean): string | undefined {
  try {
    return (isLegacy ? hashLegacyFileSync : hashFileSync)(join(options.root, path)).md5;
  } catch {
    // A dangling link, a pipe, a link to a folder: nothing that could be the file asked for.
    return undefined;
  }
}

function isExecutable(root: string, path: string): boolean {
  return ((statNoFollow(join(root, path))?.mode ?? 0) & 0o100) !== 0;
}

function writeFile(cache: ContentCache, file: WantedFile, options: CheckoutOptions): void {
  const target = join(options.root, file.path);
  const object = cache.requireObject(file.md5, file.path);
  makeParents(options.root, file.path);
  clearWay(options.root, file.path);
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  const { type, hash } = placeFileSync(object, temporary, options.linkTypes ?? cache.config.linkTypes, false);
  try {
    const md5 = file.isLegacy ? hashLegacyFileSync(temporary).md5 : hash.md5;
    if (md5 !== file.md5) throw new CorruptObjectError(file.md5, object, "its bytes do not match its name");
    // A link shows the object itself, whose mode is not ours to change.
    if (type === "reflink" || type === "copy") chmodSync(temporary, workMode(file.isExecutable));
    renameSync(temporary, target);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
}

function workMode(isExecutableFile: boolean): number {
  return (0o666 & ~process.umask()) | (isExecutableFile ? 0o100 : 0);
}
