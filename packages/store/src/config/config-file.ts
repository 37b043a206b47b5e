import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import { checkConfig } from "./config-check.ts";
import { CONFIG_LEVELS, configPath, type ConfigEnvironment, type ConfigLevel } from "./config-levels.ts";
import { readConfig } from "./merged-config.ts";
import { CacheConfigError } from "../errors.ts";

/** A level of the configuration that is to be changed. */
export interface ConfigTarget {
  /** The project's `.dvc` folder, absolute; `undefined` outside of a project. */
  readonly dvcDir: string | undefined;
  readonly level: ConfigLevel;
  readonly env: ConfigEnvironment;
}

/**
 * Changes the file of one level as a whole: it is replaced when the new text, together with the levels below it, is
 * what DVC accepts, and stays as it is otherwise.
 *
 * @param edit - Turns the text (empty without a file) into the new text.
 * @param options - `isUnchecked` writes whatever can be parsed, for edits that only take away.
 * @throws {@link CacheConfigError} when the result would be refused, and for a level of a project outside of one.
 */
export function changeConfigFile(
  target: ConfigTarget,
  edit: (text: string) => string,
  options: { readonly isUnchecked?: boolean } = {},
): void {
  const { dvcDir, level, env } = target;
  const path = configPath(level, dvcDir, env);
  if (path === undefined) throw new CacheConfigError("this is no DVC project", level, "Use --global, or go into one.");
  const before = readText(path);
  const after = edit(before ?? "");
  if (after === (before ?? "")) return;
  // As DVC does: with what it shadows, without what shadows it.
  const below = CONFIG_LEVELS.slice(0, CONFIG_LEVELS.indexOf(level));
  const merged = readConfig(dvcDir, env, {
    levels: [...below, level],
    isUnchecked: true,
    changed: { level, text: after },
  });
  if (options.isUnchecked !== true) checkConfig(merged.sections);
  mkdirSync(dirname(path), { recursive: true });
  replaceFileSync(path, after);
}

/** Reads the text of a file; `undefined` when there is none. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
