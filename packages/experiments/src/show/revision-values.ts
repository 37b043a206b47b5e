import { formatCompactPythonJson, parsePythonJson } from "@waymark/core";
import { describeProblem, type Readable, type RevisionContent } from "@waymark/pipeline";
import type { RevisionData } from "./view.ts";

/** Values of a revision as JSON text: `"params": …, "metrics": …, "deps": …, "outs": …, "meta": {}`. */
export interface RevisionValues {
  readonly json: string;
  /** A file could not be read, for reasons that may pass: nothing to remember for good. */
  readonly hasErrors: boolean;
}

/** Formats what a revision holds as the members of DVC's `data`. */
export function formatValues(content: RevisionContent): RevisionValues {
  const files = (values: ReadonlyMap<string, Readable<unknown>>): Map<string, unknown> =>
    new Map(
      [...values].map(([path, value]) => [
        path,
        "error" in value ? { error: describeProblem(value.error, path) } : { data: value.data },
      ]),
    );
  const deps = content.deps.map(
    ({ path, hash, sizeBytes, fileCount }) => [path, { hash, size: sizeBytes, nfiles: fileCount }] as const,
  );
  const outs = content.outs.map(
    ({ path, hash, sizeBytes, fileCount, isCached, isDataSource }) =>
      [path, { hash, size: sizeBytes, nfiles: fileCount, use_cache: isCached, is_data_source: isDataSource }] as const,
  );
  const members = {
    params: files(content.params),
    metrics: files(content.metrics),
    deps: new Map(deps),
    outs: new Map(outs),
    meta: {},
  };
  return {
    json: formatCompactPythonJson(members).slice(1, -1),
    hasErrors: [...content.params.values(), ...content.metrics.values()].some((value) => "error" in value),
  };
}

/** Makes the `data` of a revision from its values, as JSON text. */
export function formatData(rev: string, timestamp: string | null, valuesJson: string): string {
  return `{"rev": ${formatCompactPythonJson(rev)}, "timestamp": ${formatCompactPythonJson(timestamp)}, ${valuesJson}}`;
}

/** Parses the `data` of a revision; numbers keep their kind. */
export function parseData(json: string): RevisionData {
  return parsePythonJson(json, { keepNumberKinds: true }) as RevisionData;
}

/**
 * Parses params and metrics of the values of a revision, for whoever compares them: numbers are plain where that loses
 * nothing.
 */
export function parseValues(valuesJson: string): Pick<RevisionData, "metrics" | "params"> {
  const json = `{${valuesJson}}`;
  try {
    // Much quicker, and all the same unless a number is too long, or one that JSON does not have.
    if (!/\d{16}/u.test(json)) return JSON.parse(json) as RevisionData;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return parsePythonJson(json, { keepNumberKinds: true }) as RevisionData;
}

/** Formats a moment as Python's `datetime.fromtimestamp(…).isoformat()`: local time without offset. */
export function formatLocalTime(timeSeconds: number): string {
  const date = new Date(timeSeconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
