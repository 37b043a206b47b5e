import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { homeFolder, type ConfigEnvironment } from "./config-levels.ts";

/** Makes a path of a configuration file absolute: it is relative to the folder of that file. A URL stays. */
export function resolveConfigPath(path: string, folder: string, env: ConfigEnvironment): string {
  if (isUrl(path)) return path;
  return resolve(folder, expandHome(path, env));
}

/**
 * Writes a path that somebody typed as the file keeps it: relative to the folder of the file, `/` between parts. An
 * absolute one, one that begins with `~`, and a URL stay as they were typed.
 *
 * @param cwd - Where it was typed.
 */
export function storedConfigPath(path: string, cwd: string, folder: string): string {
  if (isUrl(path) || isAbsolute(path) || path === "~" || path.startsWith("~/")) return path;
  return relative(folder, join(cwd, path)).split(sep).join("/") || ".";
}

function isUrl(path: string): boolean {
  return /^\w+:\/\//u.test(path);
}

function expandHome(path: string, env: ConfigEnvironment): string {
  return path === "~" || path.startsWith("~/") ? join(homeFolder(env), path.slice(1)) : path;
}
