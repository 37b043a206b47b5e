import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { listWorkers, type Project, queueFolder } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { type SlotOptions, typeSlotOptions } from "./slot-options.ts";

/** Options of {@link startWorkers}. */
export interface StartWorkersOptions extends SlotOptions {
  /** How many there are to be in all. */
  readonly jobs: number;
}

/**
 * Starts workers that go on by themselves when this command and its terminal are gone, as many as are missing; those
 * that are there stay.
 *
 * @returns How many were started.
 */
export function startWorkers(
  project: Project,
  { jobs, ...slots }: StartWorkersOptions,
  { cwd, env }: Pick<CommandContext, "cwd" | "env">,
): number {
  const missing = Math.max(0, jobs - listWorkers(project).length);
  const logs = join(queueFolder(project), "logs");
  mkdirSync(logs, { recursive: true });
  for (let number = 0; number < missing; number += 1) {
    const log = openSync(join(logs, `worker-${Date.now()}-${process.pid}-${number}.log`), "a");
    try {
      const [, program = ""] = process.argv;
      const words = ["queue", "work", ...typeSlotOptions(slots)];
      const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
        ...{ cwd, env, detached: true, stdio: ["ignore", log, log] },
      });
      child.unref();
    } finally {
      closeSync(log);
    }
  }
  return missing;
}
