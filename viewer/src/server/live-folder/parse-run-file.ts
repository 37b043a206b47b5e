import type { RunFile, RunStatus } from "@waymark/core";

const STATUSES: ReadonlySet<string> = new Set(["running", "finished", "interrupted", "failed"]);

/**
 * Reads `<dir>/.waymark/run.json`. Keys that are missing or of another type read as unknown, so that a file of a newer
 * version still names its run.
 *
 * @throws {@link SyntaxError} when the text is not a JSON object with a known status.
 */
export function parseRunFile(text: string): RunFile {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new SyntaxError("not a JSON object");
  const status = value["status"];
  if (!isRunStatus(status)) throw new SyntaxError(`unknown status ${JSON.stringify(status)?.slice(0, 40)}`);
  return {
    schema: 1,
    runId: textOr(value["runId"], ""),
    status,
    reason: textOr(value["reason"], null),
    experimentName: textOr(value["experimentName"], null),
    baseline: textOr(value["baseline"], null),
    pid: numberOr(value["pid"], 0),
    host: textOr(value["host"], ""),
    processStart: textOr(value["processStart"], null),
    bootId: textOr(value["bootId"], null),
    startedAt: textOr(value["startedAt"], ""),
    endedAt: textOr(value["endedAt"], null),
    command: Array.isArray(value["command"]) ? value["command"].filter((word) => typeof word === "string") : [],
    cwd: textOr(value["cwd"], ""),
    totalSteps: numberOr(value["totalSteps"], null),
    goals: goalsOf(value["goals"]),
  };
}

function isRunStatus(value: unknown): value is RunStatus {
  return typeof value === "string" && STATUSES.has(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === "string" ? value : otherwise;
}

function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function goalsOf(value: unknown): Readonly<Record<string, "min" | "max">> {
  // Own keys only, and no prototype to set: metrics may be called anything, `__proto__` too.
  const goals: Record<string, "min" | "max"> = Object.create(null) as Record<string, "min" | "max">;
  for (const [name, goal] of Object.entries(isRecord(value) ? value : {})) {
    if (goal === "min" || goal === "max") goals[name] = goal;
  }
  return goals;
}
