import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isErrno } from "@waymark/files";
import { parseConfigFile } from "./config-file.ts";
import { CacheConfigError } from "./errors.ts";

/** How a file in the work tree and its object in the cache share bytes. */
export type LinkType = "reflink" | "hardlink" | "symlink" | "copy";

/** The part of DVC's configuration that matters for the cache. */
export interface DvcConfig {
  /** Absolute. */
  readonly cacheDir: string;
  /** In the order they are tried. */
  readonly linkTypes: readonly LinkType[];
  /** Folders of the cache are made writable for the group. */
  readonly isShared: boolean;
  /** DVC locks by hard links instead of `flock`. */
  readonly usesHardlinkLock: boolean;
  /** DVC stages the files it writes. */
  readonly isAutostaging: boolean;
  /** The project lives without Git. */
  readonly hasNoScm: boolean;
}

const LINK_TYPES: ReadonlySet<string> = new Set(["reflink", "hardlink", "symlink", "copy"]);
const DEFAULT_LINK_TYPES: readonly LinkType[] = ["reflink", "copy"];

/**
 * Reads DVC's configuration: of the system, of the user, of the project and the local one, later ones winning.
 *
 * @param dvcDir - The project's `.dvc` folder, absolute.
 * @throws {@link CacheConfigError} for a file that cannot be parsed or a link type that does not exist.
 */
export function readDvcConfig(dvcDir: string, env: NodeJS.ProcessEnv = process.env): DvcConfig {
  const merged = new Map<string, { value: string; folder: string; path: string }>();
  for (const path of configPaths(dvcDir, env)) {
    for (const [section, keys] of readSections(path)) {
      for (const [key, value] of keys) merged.set(`${section}.${key}`, { value, folder: dirname(path), path });
    }
  }
  const flag = (key: string): boolean => isTrue(merged.get(key)?.value);
  const cache = merged.get("cache.dir");
  const type = merged.get("cache.type");
  return {
    cacheDir: cache === undefined ? join(dvcDir, "cache") : resolve(cache.folder, expandHome(cache.value, env)),
    linkTypes: type === undefined ? DEFAULT_LINK_TYPES : parseLinkTypes(type.value, type.path),
    isShared: merged.get("cache.shared")?.value === "group",
    usesHardlinkLock: flag("core.hardlink_lock"),
    isAutostaging: flag("core.autostage"),
    hasNoScm: flag("core.no_scm"),
  };
}

function configPaths(dvcDir: string, env: NodeJS.ProcessEnv): readonly string[] {
  const home = env["HOME"] || homedir();
  const isMac = process.platform === "darwin";
  const userDefault = isMac
    ? join(home, "Library", "Application Support", "dvc")
    : join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "dvc");
  const systemDefault = isMac ? "/Library/Application Support/dvc" : "/etc/xdg/dvc";
  return [
    join(env["DVC_SYSTEM_CONFIG_DIR"] || systemDefault, "config"),
    join(env["DVC_GLOBAL_CONFIG_DIR"] || userDefault, "config"),
    join(dvcDir, "config"),
    join(dvcDir, "config.local"),
  ];
}

function readSections(path: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return new Map();
    throw error;
  }
  const parsed = parseConfigFile(text);
  if ("badLine" in parsed)
    throw new CacheConfigError("expected `[section]` or `key = value`", `${path}:${parsed.badLine}`);
  return parsed.sections;
}

function parseLinkTypes(text: string, path: string): readonly LinkType[] {
  const types = text.split(",").map((type) => type.trim().toLowerCase());
  for (const type of types) {
    if (!LINK_TYPES.has(type)) {
      throw new CacheConfigError(`'${type}' is not a link type`, path, "Use reflink, hardlink, symlink, copy.");
    }
  }
  return types as LinkType[];
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && ["true", "yes", "on", "1"].includes(value.toLowerCase());
}

function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  return path === "~" || path.startsWith("~/") ? join(env["HOME"] || homedir(), path.slice(1)) : path;
}
