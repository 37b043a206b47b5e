import { suggestWords } from "@waymark/core/suggest";
import { dirname } from "node:path";
import { CacheConfigError } from "../errors.ts";
import { NoRemoteError, RemoteNotFoundError } from "./errors.ts";
import type { MergedConfig } from "./merged-config.ts";

/** A storage remote as the configuration has it. */
export interface RemoteConfig {
  /** In lower case; empty for a place that only a URL names. */
  readonly name: string;
  /** A URL, or an absolute path. */
  readonly url: string;
  /** Every other key of its section, in lower case, as text; paths are absolute. */
  readonly options: ReadonlyMap<string, string>;
  /** Folder of the file that gives the URL, absolute. */
  readonly folder: string;
}

/**
 * Returns a remote with what it inherits: a URL `remote://OTHER/sub` takes the settings of OTHER, its own on top.
 *
 * @param name - Default: `core.remote`.
 * @throws {@link NoRemoteError} without a name and a default; {@link RemoteNotFoundError}; {@link CacheConfigError} for
 *   remotes that lead to each other.
 */
export function remoteConfig(config: MergedConfig, name?: string): RemoteConfig {
  const wanted = (name ?? config.defaultRemote)?.toLowerCase();
  if (wanted === undefined) throw new NoRemoteError(config.remoteNames);
  return findRemote(config, wanted, []);
}

/**
 * Makes a URL that somebody typed one that can be opened: `remote://NAME/sub` becomes a place of that remote, with its
 * settings.
 *
 * @param folder - Folder that a relative path is relative to, absolute.
 * @param options - Settings on top, by key.
 */
export function urlConfig(
  config: MergedConfig,
  url: string,
  folder: string,
  options: ReadonlyMap<string, string> = new Map(),
): RemoteConfig {
  const inherited = inherit(config, url, []);
  if (inherited === undefined) return { name: "", url, options, folder };
  return { ...inherited, name: "", options: new Map([...inherited.options, ...options]) };
}

/** Returns a URL that can be shown: without the password it may carry. */
export function redactUrl(url: string): string {
  return url.replace(/^(\w+:\/\/[^/@:]*):[^/]*@/u, "$1:***@");
}

function findRemote(config: MergedConfig, name: string, seen: readonly string[]): RemoteConfig {
  const section = `remote "${name}"`;
  const values = config.sections.get(section);
  if (values === undefined) {
    throw new RemoteNotFoundError(name, suggestWords(name, config.remoteNames), config.remoteNames);
  }
  const place = config.setting(section, "url");
  const path = place?.path ?? "config";
  if (seen.includes(name)) {
    throw new CacheConfigError(`remotes lead to each other: ${[...seen, name].join(", ")}`, path);
  }
  const url = config.text(section, "url");
  if (url === undefined) throw new CacheConfigError(`remote '${name}' has no 'url'`, path);
  const keys = [...values.keys()].filter((key) => key !== "url");
  const own = new Map(keys.map((key) => [key, config.text(section, key) ?? ""] as const));
  const base = inherit(config, url, [...seen, name]);
  if (base === undefined) return { name, url, options: own, folder: dirname(path) };
  return { ...base, name, options: new Map([...base.options, ...own]) };
}

function inherit(config: MergedConfig, url: string, seen: readonly string[]): RemoteConfig | undefined {
  const reference = /^remote:\/\/([^/]+)\/*(.*)$/su.exec(url);
  if (reference === null) return undefined;
  const base = findRemote(config, (reference[1] ?? "").toLowerCase(), seen);
  const below = reference[2] ?? "";
  return { ...base, url: below === "" ? base.url : `${base.url.replace(/\/+$/u, "")}/${below}` };
}
