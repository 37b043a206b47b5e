import { lstatSync, statSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the folder of the cache of compiled code: below `NODE_COMPILE_CACHE` if that is set, or in the user's folder
 * for caches.
 *
 * @param bundleId - Names what the bundle holds; another bundle never finds what this one kept.
 * @returns Undefined when there is to be none: with `NODE_DISABLE_COMPILE_CACHE`, with source maps (which Node applies
 *   to what it loads itself), without a home, or where somebody else could have written, who would be obeyed by us.
 */
export function findCodeCacheFolder(env: Environment, bundleId: string): string | undefined {
  if ((env["NODE_DISABLE_COMPILE_CACHE"] ?? "") !== "" || process.sourceMapsEnabled) return undefined;
  const base = findBase(env);
  if (base === undefined || !isAbsolute(base)) return undefined;
  const folder = join(base, "waymark", "code", `${bundleId}-${process.version}-${process.arch}`);
  try {
    return isOurs(base) && isOursIfThere(folder) ? folder : undefined;
  } catch {
    // A file where a folder should be, a folder that cannot be looked into.
    return undefined;
  }
}

function findBase(env: Environment): string | undefined {
  const { HOME: home, NODE_COMPILE_CACHE: named, XDG_CACHE_HOME: caches, LOCALAPPDATA: local } = env;
  if (named !== undefined && named !== "") return named;
  if (process.platform === "win32") return local;
  if (caches !== undefined && caches !== "") return caches;
  if (home === undefined || home === "") return undefined;
  return join(home, process.platform === "darwin" ? "Library/Caches" : ".cache");
}

/** Under `sudo` the home may be another's: what root left there would be in the way, and what lies there not be trusted. */
function isOurs(base: string): boolean {
  for (let folder = base; ; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined) return isOwned(stats);
    if (dirname(folder) === folder) return false;
  }
}

function isOursIfThere(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return true;
  return stats.isDirectory() && isOwned(stats) && (process.platform === "win32" || (stats.mode & 0o022) === 0);
}

function isOwned(stats: Stats): boolean {
  return process.geteuid === undefined || stats.uid === process.geteuid();
}
