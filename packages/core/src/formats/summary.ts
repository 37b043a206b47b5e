import { emptyRecord, flattenRecord, isPlainObject } from "./plain-data.ts";
import { MalformedJsonError, parsePythonJson } from "./python-json.ts";

/** The last values of a run, nested by the parts of their names, as in metrics.json. */
export type SummaryRecord = Record<string, unknown>;

/**
 * Parses metrics.json. Numbers keep their kind: `1.0` is a {@link FloatValue}, `1` a number, an integer beyond 2^53 a
 * bigint. An empty file is an empty summary: its writer may have been killed.
 *
 * @throws {@link MalformedJsonError} for text that is no JSON object.
 */
export function parseSummary(text: string, options: { readonly path?: string } = {}): SummaryRecord {
  if (text.trim() === "") return emptyRecord();
  const value = parsePythonJson(text, { ...options, keepNumberKinds: true });
  if (isPlainObject(value)) return value;
  throw new MalformedJsonError("expected an object with the last value of every metric", 1, 1, options.path);
}

/** Flattens a summary to dotted keys, as DVC shows metrics: `{ train: { loss } }` becomes `train.loss`. */
export function flattenSummary(summary: Readonly<SummaryRecord>): SummaryRecord {
  return flattenRecord(summary);
}

/**
 * Sets the value of a metric, making the groups on its way; whatever else stood in the way gives way.
 *
 * @param segments - Parts of the metric's name, as {@link parseMetricName} returns them.
 */
export function setSummaryValue(summary: SummaryRecord, segments: readonly string[], value: unknown): void {
  let group = summary;
  for (const segment of segments.slice(0, -1)) {
    const next = Object.hasOwn(group, segment) ? group[segment] : undefined;
    if (isPlainObject(next)) {
      group = next;
    } else {
      const made = emptyRecord();
      setMember(group, segment, made);
      group = made;
    }
  }
  const leaf = segments.at(-1);
  if (leaf !== undefined) setMember(group, leaf, value);
}

// Defined, not assigned: on an object with a prototype, assigning `__proto__` would change that prototype.
function setMember(record: SummaryRecord, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}
