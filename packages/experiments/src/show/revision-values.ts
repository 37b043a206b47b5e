import { formatCompactPythonJson, parsePythonJson } from "@waymark/core/formats/python-json";
import { describeProblem, type Readable, type RevisionContent } from "@waymark/pipeline/revisions";
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
  const values = formatCompactPythonJson({ params: files(content.params), metrics: files(content.metrics) });
  return {
    json: `${values.slice(1, -1)}, ${formatEntries(content)}`,
    hasErrors: [...content.params.values(), ...content.metrics.values()].some((value) => "error" in value),
  };
}

/** Formats what project files alone decide: `"deps": …, "outs": …, "meta": {}`. */
export function formatEntries({ deps, outs }: Pick<RevisionContent, "deps" | "outs">): string {
  const members = {
    deps: new Map(
      deps.map(({ path, hash, sizeBytes, fileCount }) => [path, { hash, size: sizeBytes, nfiles: fileCount }] as const),
    ),
    outs: new Map(
      outs.map(({ path, hash, sizeBytes, fileCount, isCached, isDataSource }) => {
        const entry = { hash, size: sizeBytes, nfiles: fileCount, use_cache: isCached, is_data_source: isDataSource };
        return [path, entry] as const;
      }),
    ),
    meta: {},
  };
  return formatCompactPythonJson(members).slice(1, -1);
}

/** Makes the `data` of a revision from its values, as JSON text. */
export function formatData(rev: string, timestamp: string | null, valuesJson: string): string {
  // Ids and times need no escapes.
  return `{"rev": "${rev}", "timestamp": ${timestamp === null ? "null" : `"${timestamp}"`}, ${valuesJson}}`;
}

/** Numbers that JSON of JavaScript would read as something else: `1.0`, exponents, long ones, and `NaN`. */
const SPECIAL_NUMBER = /[ [](?:-0|-?(?:\d+\.0+|\d+(?:\.\d+)?[eE][+-]?\d+|\d{16,}(?:\.\d+)?|NaN|Infinity))[\],}]/u;

/** Parses the `data` of a revision; numbers keep their kind. */
export function parseData(json: string): RevisionData {
  // Much quicker, and the same as long as a whole number is an integer and any other a float.
  if (!SPECIAL_NUMBER.test(json)) return JSON.parse(json) as RevisionData;
  return parsePythonJson(json, { keepNumberKinds: true }) as RevisionData;
}

/** Parses params and metrics of the values of a revision. */
export function parseValues(valuesJson: string): Pick<RevisionData, "metrics" | "params"> {
  return parseData(`{${valuesJson}}`);
}

/** From here on clocks have changed at the quarters of an hour only, everywhere. */
const QUARTERS_SECONDS = 315_532_800;
const QUARTER_SECONDS = 900;
const MINUTE_SECONDS = 60;
const TWO = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));
/** The quarter of an hour that was formatted last: commits of one listing are often of the same. */
let last = { quarter: Number.NaN, hour: "", minute: 0 };

/** Formats a moment as Python's `datetime.fromtimestamp(…).isoformat()`: local time without offset. */
export function formatLocalTime(timeSeconds: number): string {
  if (!(timeSeconds >= QUARTERS_SECONDS) || !Number.isInteger(timeSeconds)) return formatDate(timeSeconds);
  const quarter = Math.floor(timeSeconds / QUARTER_SECONDS);
  if (quarter !== last.quarter) {
    const text = formatDate(quarter * QUARTER_SECONDS);
    // Anything but whole quarters in the local zone as well is left alone.
    if (!/:(?:00|15|30|45):00$/u.test(text)) return formatDate(timeSeconds);
    const [hour, minute] = [text.slice(0, -"MM:SS".length), Number(text.slice(-"MM:SS".length, -":SS".length))];
    last = { quarter, hour, minute };
  }
  const second = timeSeconds - quarter * QUARTER_SECONDS;
  const minute = Math.floor(second / MINUTE_SECONDS);
  return `${last.hour}${TWO[last.minute + minute]}:${TWO[second - minute * MINUTE_SECONDS]}`;
}

function formatDate(timeSeconds: number): string {
  const date = new Date(timeSeconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
