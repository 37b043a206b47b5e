import { isValidExperimentName } from "@waymark/core";
import type { RunPipelineOptions, RunSpec } from "./run-spec.ts";

const ID = /^[0-9a-f]{40}$/u;
const FLAGS = [
  ...["isAll", "isPipeline", "isRecursive", "isSingle", "isDownstream"],
  ...["force", "forceDownstream", "pull", "allowMissing"],
];
const ON_ERROR: readonly unknown[] = ["stop", "keep-going", "ignore"] satisfies RunPipelineOptions["onError"][];

/**
 * Tells whether a value that was read somewhere is a {@link RunSpec}, in every part: it comes from a ref, which anybody
 * may have pushed, and one that cannot be run shall not stop those behind it. Parts that a version to come may add are
 * let pass.
 */
export function isRunSpec(value: unknown): value is RunSpec {
  if (!isRecord(value) || value["schema"] !== 1) return false;
  const { name, baseline, message, work, cwd, force, params, copyPaths, rules, isReset, resume } = value;
  return (
    typeof name === "string" &&
    isValidExperimentName(name) &&
    isId(baseline) &&
    (message === null || typeof message === "string") &&
    isWork(work) &&
    typeof cwd === "string" &&
    isInside(cwd) &&
    typeof force === "boolean" &&
    Array.isArray(params) &&
    params.every(isParam) &&
    isTexts(copyPaths) &&
    isRules(rules) &&
    (isReset === undefined || typeof isReset === "boolean") &&
    (resume === null || (isRecord(resume) && typeof resume["selector"] === "string" && isId(resume["commit"])))
  );
}

function isWork(work: unknown): boolean {
  if (!isRecord(work)) return false;
  if (work["kind"] === "command") return isTexts(work["command"]) && work["command"].length > 0;
  if (work["kind"] !== "pipeline" || !isRecord(work["options"])) return false;
  const { targets, onError, jobs, ...others } = work["options"];
  return (
    (targets === undefined || isTexts(targets)) &&
    (onError === undefined || ON_ERROR.includes(onError)) &&
    (jobs === undefined || typeof jobs === "number") &&
    FLAGS.every((flag) => others[flag] === undefined || typeof others[flag] === "boolean")
  );
}

function isParam(param: unknown): boolean {
  return isRecord(param) && typeof param["file"] === "string" && typeof param["path"] === "string";
}

function isRules(rules: unknown): boolean {
  if (!isRecord(rules) || !isTexts(rules["stop"])) return false;
  const { maxTimeMs } = rules;
  return maxTimeMs === null || (typeof maxTimeMs === "number" && maxTimeMs > 0);
}

/** A folder below the root of the repository, or the root. */
function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..");
}

function isId(value: unknown): boolean {
  return typeof value === "string" && ID.test(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
