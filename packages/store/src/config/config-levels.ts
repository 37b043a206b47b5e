import { homedir } from "node:os";
import { join } from "node:path";

/** Where a configuration comes from; a later level wins over an earlier one. */
export type ConfigLevel = "system" | "global" | "repo" | "local";

/** In the order they shadow each other. */
export const CONFIG_LEVELS: readonly ConfigLevel[] = ["system", "global", "repo", "local"];

/** Variables of a process. */
export type ConfigEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the file of a level, whether it exists or not; where DVC has it.
 *
 * @param dvcDir - The project's `.dvc` folder; `undefined` outside of a project.
 * @returns `undefined` for a level of the project when there is none.
 */
export function configPath(
  level: ConfigLevel,
  dvcDir: string | undefined,
  env: ConfigEnvironment = process.env,
): string | undefined {
  switch (level) {
    case "system":
      return join(env["DVC_SYSTEM_CONFIG_DIR"] || systemFolder(env), "config");
    case "global":
      return join(env["DVC_GLOBAL_CONFIG_DIR"] || userFolder(env), "config");
    case "repo":
      return dvcDir === undefined ? undefined : join(dvcDir, "config");
    case "local":
      return dvcDir === undefined ? undefined : join(dvcDir, "config.local");
  }
}

/** Returns the home folder, as the variables of a process have it. */
export function homeFolder(env: ConfigEnvironment): string {
  return env["HOME"] || homedir();
}

function systemFolder(env: ConfigEnvironment): string {
  if (process.platform === "darwin") return "/Library/Application Support/dvc";
  if (process.platform === "win32") return join(env["ProgramData"] || "C:\\ProgramData", "iterative", "dvc");
  return join(env["XDG_CONFIG_DIRS"]?.split(":").find((folder) => folder !== "") ?? "/etc/xdg", "dvc");
}

function userFolder(env: ConfigEnvironment): string {
  const home = homeFolder(env);
  if (process.platform === "darwin") return join(home, "Library", "Application Support", "dvc");
  if (process.platform === "win32") {
    return join(env["LOCALAPPDATA"] || join(home, "AppData", "Local"), "iterative", "dvc");
  }
  return join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "dvc");
}
