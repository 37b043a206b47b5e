import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_FILE, RUN_FOLDER } from "@waymark/core";

/** Reads the id of the run that a live folder holds; a new one when it does not say. */
export function readRunId(dir: string): string {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dir, RUN_FOLDER, RUN_FILE), "utf8"));
    if (typeof value === "object" && value !== null && "runId" in value && typeof value.runId === "string") {
      return value.runId;
    }
  } catch {
    // No run file, or not one of ours: a script without the logger. The id only ties commits of one run together.
  }
  return randomBytes(8).toString("hex");
}
