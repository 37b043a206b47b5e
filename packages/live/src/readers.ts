import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePythonJson } from "@waymark/core/formats/python-json";
import { isErrno } from "@waymark/files";

/** Reads `metrics.json` of a live folder; empty when there is none. */
export function readLatest(dir: string): Record<string, unknown> {
  const path = join(dir, "metrics.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return {};
    throw error;
  }
  const content = parsePythonJson(text, { path });
  return typeof content === "object" && content !== null ? { ...content } : {};
}

/** Reads the step of `metrics.json` of a live folder; 0 when there is none. */
export function readStep(dir: string): number {
  const { step } = readLatest(dir);
  return typeof step === "number" ? step : 0;
}
