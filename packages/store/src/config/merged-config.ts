import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "@waymark/files";
import { checkConfig, type PlacedValue } from "./config-check.ts";
import { CONFIG_LEVELS, configPath, type ConfigEnvironment, type ConfigLevel } from "./config-levels.ts";
import { resolveConfigPath } from "./config-paths.ts";
import { isPathKey } from "./config-schema.ts";
import { parseConfigText, sectionName, splitSectionName } from "./config-text.ts";
import type { ConfigValue } from "./config-value.ts";

/** A value in force, with the file that has the last word. Paths are absolute. */
export interface ConfigSetting extends PlacedValue {
  readonly level: ConfigLevel;
}

/** Settings of one or several levels: section, then key; the later one wins. */
export type ConfigSettings = ReadonlyMap<string, ReadonlyMap<string, ConfigSetting>>;

/** The configuration of a project: all levels, merged key by key. */
export class MergedConfig {
  /** By name, `core` or `remote "NAME"`, in lower case. */
  readonly sections: ConfigSettings;

  constructor(sections: ConfigSettings) {
    this.sections = sections;
  }

  /** Returns a setting with where it comes from. */
  setting(section: string, key: string): ConfigSetting | undefined {
    return this.sections.get(section)?.get(key);
  }

  /** Returns a value as text, a list with commas between its items. */
  text(section: string, key: string): string | undefined {
    const value = this.setting(section, key)?.value;
    return value === undefined || typeof value === "string" ? value : value.join(",");
  }

  /** Returns a value as a list: text is split at its commas. */
  list(section: string, key: string): readonly string[] | undefined {
    return this.text(section, key)
      ?.split(",")
      .map((item) => item.trim());
  }

  /** @param fallback - When nothing is set. Default false. */
  flag(section: string, key: string, fallback = false): boolean {
    const text = this.text(section, key);
    return text === undefined ? fallback : text.toLowerCase() === "true";
  }

  /** Names of the remotes, in the order they are known. */
  get remoteNames(): readonly string[] {
    return [...this.sections.keys()].flatMap((section) => {
      const { kind, name } = splitSectionName(section);
      return kind === "remote" && name !== undefined ? [name] : [];
    });
  }

  /** `core.remote`, the remote that is meant when none is named. */
  get defaultRemote(): string | undefined {
    return this.text("core", "remote")?.toLowerCase();
  }
}

/** Options of {@link readConfig}. */
export interface ReadConfigOptions {
  /** Levels to read. Default: all of them. */
  readonly levels?: readonly ConfigLevel[];
  /** Leaves what DVC would refuse for the caller to find, so that it can be mended. Default false. */
  readonly isUnchecked?: boolean;
  /** Text of one level's file instead of what is on disk, such as that of a revision. `undefined` in it: no file. */
  readonly changed?: { readonly level: ConfigLevel; readonly text: string | undefined };
  /** Values on top of all levels, by section and key, such as those of a command line. */
  readonly overrides?: readonly (readonly [section: string, key: string, value: string])[];
  /** One more file on top of the levels, absolute. */
  readonly extraPath?: string;
}

/**
 * Reads DVC's configuration: of the system, of the user, of the project and the local one, later ones winning key by
 * key. Relative paths are made absolute against the folder of the file they stand in.
 *
 * @param dvcDir - The project's `.dvc` folder, absolute; `undefined` outside of a project.
 * @throws {@link CacheConfigError} for a file that cannot be parsed, and for what DVC would refuse.
 */
export function readConfig(
  dvcDir: string | undefined,
  env: ConfigEnvironment = process.env,
  options: ReadConfigOptions = {},
): MergedConfig {
  const merged = new Map<string, Map<string, ConfigSetting>>();
  const put = (section: string, key: string, setting: ConfigSetting): void => {
    const known = merged.get(section) ?? new Map<string, ConfigSetting>();
    merged.set(section, known.set(key, setting));
  };
  const add = (settings: ConfigSettings): void => {
    for (const [section, values] of settings) {
      if (!merged.has(section)) merged.set(section, new Map());
      for (const [key, setting] of values) put(section, key, setting);
    }
  };
  for (const level of options.levels ?? CONFIG_LEVELS) {
    const path = configPath(level, dvcDir, env);
    if (path === undefined) continue;
    const text = options.changed?.level === level ? options.changed.text : readText(path);
    if (text !== undefined) add(readSettings(text, { path, level, env }));
  }
  if (options.extraPath !== undefined) {
    const text = readFileSync(options.extraPath, "utf8");
    add(readSettings(text, { path: options.extraPath, level: "local", env }));
  }
  for (const [section, key, value] of options.overrides ?? []) {
    put(sectionName(section), key, { value, path: "command line", line: undefined, level: "local" });
  }
  if (options.isUnchecked !== true) checkConfig(merged);
  return new MergedConfig(merged);
}

function readSettings(
  text: string,
  file: { readonly path: string; readonly level: ConfigLevel; readonly env: ConfigEnvironment },
): ConfigSettings {
  const { path, level, env } = file;
  const place = (kind: string, key: string, value: ConfigValue): ConfigValue =>
    typeof value === "string" && isPathKey(kind, key) ? resolveConfigPath(value, dirname(path), env) : value;
  return new Map(
    [...parseConfigText(text, path)].map(([section, { entries }]) => {
      const { kind } = splitSectionName(section);
      const settings = [...entries].map(
        ([key, { value, line }]) => [key, { value: place(kind, key, value), path, line, level }] as const,
      );
      return [section, new Map(settings)] as const;
    }),
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}
