import { join } from "node:path";
import type { ConfigEnvironment } from "./config-levels.ts";
import { readConfig, type MergedConfig } from "./merged-config.ts";

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
  /** Everything else. */
  readonly merged: MergedConfig;
}

const DEFAULT_LINK_TYPES: readonly LinkType[] = ["reflink", "copy"];

/**
 * Reads DVC's configuration: of the system, of the user, of the project and the local one, later ones winning.
 *
 * @param dvcDir - The project's `.dvc` folder, absolute.
 * @throws {@link CacheConfigError} for a file that cannot be parsed, and for what DVC would refuse.
 */
export function readDvcConfig(dvcDir: string, env: ConfigEnvironment = process.env): DvcConfig {
  return cacheSettings(dvcDir, readConfig(dvcDir, env));
}

/** Picks what matters for the cache out of a configuration that was checked. */
export function cacheSettings(dvcDir: string, merged: MergedConfig): DvcConfig {
  return {
    cacheDir: merged.text("cache", "dir") ?? join(dvcDir, "cache"),
    // Checked: there are no others.
    linkTypes: (merged.list("cache", "type") as readonly LinkType[] | undefined) ?? DEFAULT_LINK_TYPES,
    isShared: merged.text("cache", "shared")?.toLowerCase() === "group",
    usesHardlinkLock: merged.flag("core", "hardlink_lock"),
    isAutostaging: merged.flag("core", "autostage"),
    hasNoScm: merged.flag("core", "no_scm"),
    merged,
  };
}
