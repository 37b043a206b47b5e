import { compareCodePoints, formatCompactPythonJson } from "@waymark/core";
import { flattenRecord, isPlainObject } from "@waymark/core/formats/plain-data";
import { describeProblem, relativeTo, type RevisionValues, type ValuesByRevision } from "@waymark/pipeline";
import { formatMarkdownTable } from "./markdown.ts";
import { formatPlainTable } from "./plain-table.ts";
import { formatRounded } from "./round-digits.ts";
import { MISSING } from "./table.ts";

/** How {@link formatMetricsTable} writes. */
export interface MetricsTableOptions {
  readonly isMarkdown: boolean;
  readonly hasRevision: boolean;
  /** Decimals that floats are rounded to. */
  readonly decimals: number;
}

/** Formats metrics as DVC does: a row per file, a column per metric; a file that is one value has no name for it. */
export function formatMetricsTable(values: ValuesByRevision, options: MetricsTableOptions): string {
  const rows: { readonly label: string; readonly path: string; readonly metrics: Record<string, unknown> }[] = [];
  for (const [label, revision] of values) {
    for (const [path, file] of "data" in revision ? revision.data : []) {
      const data = "data" in file ? file.data : {};
      rows.push({ label, path, metrics: isPlainObject(data) ? flattenRecord(data) : { "": data } });
    }
  }
  if (rows.length === 0) return "";
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))].sort(compareCodePoints);
  const headers = [...(options.hasRevision ? ["Revision"] : []), "Path", ...names];
  const cells = rows.map(({ label, path, metrics }) => [
    ...(options.hasRevision ? [label] : []),
    path,
    ...names.map((name) => (name in metrics ? formatRounded(metrics[name], options.decimals) : MISSING)),
  ]);
  return options.isMarkdown ? formatMarkdownTable(headers, cells) : formatPlainTable(headers, cells);
}

/** Formats metrics as `metrics show --json` of DVC does; what could not be read has an error in its place. */
export function formatMetricsJson(values: ValuesByRevision): string {
  const revisions = new Map<string, unknown>();
  for (const [label, revision] of values) {
    if ("error" in revision) {
      revisions.set(label, { error: describeProblem(revision.error) });
      continue;
    }
    const files = new Map<string, unknown>();
    for (const [path, file] of revision.data) {
      files.set(path, "error" in file ? { error: describeProblem(file.error, path) } : { data: file.data });
    }
    revisions.set(label, { data: files });
  }
  return formatCompactPythonJson(revisions);
}

/** Returns the same with paths as they are seen from a folder of the project. */
export function seenFrom(values: ValuesByRevision, folder: string): ValuesByRevision {
  const seen = new Map<string, RevisionValues>();
  for (const [label, revision] of values) {
    if ("error" in revision) seen.set(label, revision);
    else seen.set(label, { data: new Map([...revision.data].map(([path, file]) => [relativeTo(folder, path), file])) });
  }
  return seen;
}
