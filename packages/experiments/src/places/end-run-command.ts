import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, processState } from "@waymark/files";
import type { Project } from "../project.ts";
import { RUN_COMMAND_FILE } from "../run/run-journal.ts";
import { runRecordFolder } from "../run/run-record.ts";

/**
 * Ends the command that a run noted beside its record, with all of its process group: when the run itself is gone, or
 * when it shall not take its time.
 */
export function endRunCommand(main: Project, recordId: string, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): void {
  const command = readCommand(join(runRecordFolder(main, recordId), RUN_COMMAND_FILE));
  if (command === undefined || processState(command) !== "alive" || process.platform === "win32") return;
  try {
    process.kill(-command.pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH", "EPERM")) throw error;
  }
}

/** Tells whether the command of a run still runs on this machine. */
export function isRunCommandAlive(main: Project, recordId: string): boolean {
  const command = readCommand(join(runRecordFolder(main, recordId), RUN_COMMAND_FILE));
  return command !== undefined && processState(command) === "alive";
}

function readCommand(path: string): Parameters<typeof processState>[0] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, host, processStart, bootId, pidNamespace }: Readonly<Record<string, unknown>> = { ...value };
  // A number of 1 or less would mean a great many processes.
  if (typeof pid !== "number" || pid <= 1 || typeof host !== "string") return undefined;
  // Without the time it started, the number may be anybody's by now.
  if (typeof processStart !== "string" || typeof bootId !== "string") return undefined;
  return { pid, host, processStart, bootId, pidNamespace: typeof pidNamespace === "string" ? pidNamespace : null };
}
