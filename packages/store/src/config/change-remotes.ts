import { CacheConfigError } from "../errors.ts";
import { editConfigFile, removeConfigSection, renameConfigSection } from "./config-edit.ts";
import { changeConfigFile, type ConfigTarget } from "./config-file.ts";
import { CONFIG_LEVELS, configPath, type ConfigLevel } from "./config-levels.ts";
import { readConfig, type MergedConfig } from "./merged-config.ts";
import { RemoteNotFoundError } from "./errors.ts";
import { suggestWords } from "@waymark/core/suggest";

/** A remote to be added. */
export interface NewRemote {
  readonly name: string;
  /** As the file is to keep it. */
  readonly url: string;
  /** Makes it the default one. Default false. */
  readonly isDefault?: boolean;
  /** Replaces one of the same name, with all of its settings. Default false. */
  readonly isForced?: boolean;
}

/**
 * Adds a remote to one level.
 *
 * @throws {@link CacheConfigError} when there is one of that name, or DVC would refuse it.
 */
export function addRemote(target: ConfigTarget, remote: NewRemote): void {
  const section = remoteSection(remote.name);
  changeConfigFile(target, (text) => {
    const isThere = readLevel(target, [target.level]).sections.has(section);
    if (isThere && remote.isForced !== true) {
      throw new CacheConfigError(`there is a remote '${remote.name}' already`, pathOf(target), "Replace it with `-f`.");
    }
    const added = editConfigFile(removeConfigSection(text, section), section, "url", remote.url);
    return remote.isDefault === true ? editConfigFile(added, "core", "remote", remote.name.toLowerCase()) : added;
  });
}

/**
 * Sets or removes a setting of a remote that this level, or one below it, has.
 *
 * @param value - As the file is to keep it; `undefined` removes the key.
 * @throws {@link RemoteNotFoundError}, and {@link CacheConfigError} when DVC would refuse it.
 */
export function modifyRemote(target: ConfigTarget, name: string, key: string, value: string | undefined): void {
  requireRemote(readLevel(target, levelsUpTo(target.level)), name);
  changeConfigFile(target, (text) => editConfigFile(text, remoteSection(name), key.toLowerCase(), value));
}

/**
 * Removes a remote from one level. Where it is the default, of this level or one above, there is none afterwards.
 *
 * @throws {@link RemoteNotFoundError}
 */
export function removeRemote(target: ConfigTarget, name: string): void {
  requireRemote(readLevel(target, [target.level]), name);
  changeConfigFile(target, (text) => removeConfigSection(text, remoteSection(name)), { isUnchecked: true });
  changeDefault(target, name, undefined);
}

/**
 * Gives a remote of one level another name. Where it is the default, of this level or one above, it stays so.
 *
 * @throws {@link RemoteNotFoundError}; {@link CacheConfigError} when the name is taken.
 */
export function renameRemote(target: ConfigTarget, name: string, newName: string): void {
  const all = readConfig(target.dvcDir, target.env, { isUnchecked: true });
  if (all.remoteNames.includes(newName.toLowerCase())) {
    throw new CacheConfigError(`there is a remote '${newName}' already`, pathOf(target), "Choose another name.");
  }
  requireRemote(readLevel(target, [target.level]), name);
  changeConfigFile(target, (text) => renameConfigSection(text, remoteSection(name), remoteSection(newName)));
  changeDefault(target, name, newName.toLowerCase());
}

/**
 * Sets the default remote of one level.
 *
 * @param name - `undefined`: this level has none.
 * @throws {@link RemoteNotFoundError} when neither this level nor one below it has the remote.
 */
export function setDefaultRemote(target: ConfigTarget, name: string | undefined): void {
  if (name !== undefined) requireRemote(readLevel(target, levelsUpTo(target.level)), name);
  changeConfigFile(target, (text) => editConfigFile(text, "core", "remote", name?.toLowerCase()));
}

function changeDefault(target: ConfigTarget, name: string, newName: string | undefined): void {
  for (const level of CONFIG_LEVELS.slice(CONFIG_LEVELS.indexOf(target.level))) {
    const place = { ...target, level };
    if (configPath(level, target.dvcDir, target.env) === undefined) continue;
    if (readLevel(place, [level]).defaultRemote !== name.toLowerCase()) continue;
    changeConfigFile(place, (text) => editConfigFile(text, "core", "remote", newName));
  }
}

function requireRemote(config: MergedConfig, name: string): void {
  if (config.sections.has(remoteSection(name))) return;
  throw new RemoteNotFoundError(name, suggestWords(name, config.remoteNames), config.remoteNames);
}

function readLevel(target: ConfigTarget, levels: readonly ConfigLevel[]): MergedConfig {
  return readConfig(target.dvcDir, target.env, { levels, isUnchecked: true });
}

function levelsUpTo(level: ConfigLevel): readonly ConfigLevel[] {
  return CONFIG_LEVELS.slice(0, CONFIG_LEVELS.indexOf(level) + 1);
}

function pathOf(target: ConfigTarget): string {
  return configPath(target.level, target.dvcDir, target.env) ?? target.level;
}

function remoteSection(name: string): string {
  return `remote "${name.toLowerCase()}"`;
}
