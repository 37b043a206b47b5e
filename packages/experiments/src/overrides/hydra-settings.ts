import { join, resolve } from "node:path";
import { type ConfigSource } from "@waymark/hydra";
import { readConfig } from "@waymark/store";
import type { Project } from "../project.ts";
import { openConfigFolder } from "./config-folder.ts";
import { HydraNeedsPythonError, OverrideFileError } from "./errors.ts";

/** The configuration that params.yaml is composed from. */
export interface HydraSettings {
  /** Opened when it is needed. */
  readonly openSource: () => ConfigSource;
  /** Of the primary config. */
  readonly configName: string;
  /** Opens a folder that a config adds to the search path, relative to `cwd`. */
  readonly openFolder: (path: string) => ConfigSource;
}

/**
 * Reads what `hydra.*` of DVC's configuration says.
 *
 * @returns `undefined` when `hydra.enabled` is off.
 * @throws {@link HydraNeedsPythonError} for a module that is no folder of the project, and for plugins.
 */
export function readHydraSettings(
  project: Project,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): HydraSettings | undefined {
  const config = readConfig(join(project.dvcRoot, ".dvc"), env);
  if (!config.flag("hydra", "enabled")) return undefined;
  const plugins = config.text("hydra", "plugins_path");
  if (plugins !== undefined && plugins !== "") {
    throw new HydraNeedsPythonError("hydra.plugins_path", `names plugins in '${plugins}', which are written in Python`);
  }
  const module = config.text("hydra", "config_module");
  const name = module?.replaceAll(".", "/") ?? config.text("hydra", "config_dir") ?? "conf";
  const open = (): ConfigSource => openConfigFolder(project.root, resolve(project.dvcRoot, name), name);
  return {
    openSource: module === undefined ? open : () => openModule(module, open),
    configName: config.text("hydra", "config_name") ?? "config",
    openFolder: (path) => openConfigFolder(project.root, resolve(cwd, path), path),
  };
}

/** A module that lies in the project is its folder; any other is for Python to find. */
function openModule(module: string, open: () => ConfigSource): ConfigSource {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof OverrideFileError)) throw error;
    throw new HydraNeedsPythonError("hydra.config_module", `names '${module}', which only Python can find`);
  }
}
