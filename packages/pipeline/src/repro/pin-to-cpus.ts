import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** CPUs that a command is to have for itself: their numbers, with commas between. */
export const CPUS_VARIABLE = "WAYMARK_CPUS";

/**
 * Makes a command line that runs on the CPUs of `WAYMARK_CPUS` only, with all it starts: what asks how many there are
 * counts those. Elsewhere than on Linux, and without `taskset`, the command runs on all.
 */
export function pinToCpus(
  commandLine: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
): readonly [string, ...string[]] {
  const cpus = env[CPUS_VARIABLE];
  if (process.platform !== "linux" || cpus === undefined || !/^\d+(?:,\d+)*$/u.test(cpus)) return commandLine;
  return hasProgram("taskset", env["PATH"]) ? ["taskset", "--cpu-list", cpus, ...commandLine] : commandLine;
}

function hasProgram(name: string, path = ""): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
