import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { editConfigFile, isPathKey, readConfig, readDvcConfig, splitSectionName } from "@waymark/store";
import type { Environment } from "@waymark/pipeline";

/**
 * Gives a work tree of the pool the configuration that the user's has: `config.local` with the local settings of the
 * main project, the folder of its cache, and the paths of its remotes, which would lead elsewhere from here. DVC writes
 * such a file in the clones that it runs experiments in.
 *
 * @param dvcDir - The `.dvc` folder of the work tree; `mainDvcDir` that of the main project.
 */
export function writePlaceConfig(dvcDir: string, mainDvcDir: string, env: Environment): void {
  // What the commit says, read as if it stood where the user has it.
  const changed = { level: "repo", text: readText(join(dvcDir, "config")) } as const;
  const merged = readConfig(mainDvcDir, env, { levels: ["repo", "local"], changed, isUnchecked: true });
  let text = "";
  for (const [section, settings] of merged.sections) {
    const { kind } = splitSectionName(section);
    for (const [key, { level, value }] of settings) {
      if (level === "local" || isPathKey(kind, key)) text = editConfigFile(text, section, key, value);
    }
  }
  text = editConfigFile(text, "cache", "dir", readDvcConfig(mainDvcDir, env).cacheDir);
  mkdirSync(dvcDir, { recursive: true });
  const path = join(dvcDir, "config.local");
  // It may hold passwords.
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
