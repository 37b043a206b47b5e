import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileNameToMetricName } from "@waymark/core/formats/metric-name";
import { parsePythonJson } from "@waymark/core/formats/python-json";
import { isErrno, replaceFileSync } from "@waymark/files";
import type { RunStatus } from "@waymark/core";
import { loadCore } from "#lazy";
import { imageKindOfName } from "../image/image-kind.ts";
import { formatHtmlReport } from "../report/html.ts";
import { formatMarkdownReport } from "../report/markdown.ts";
import {
  type FlatValue,
  type ReportData,
  type ReportLine,
  type ReportPlot,
  toFlatValue,
} from "../report/report-data.ts";
import type { Registry } from "./registry.ts";
import { reasonOf } from "./trouble.ts";

export { openReport } from "./open-report.ts";

/** What a report is made of. */
export interface ReportSource {
  readonly kind: "html" | "md";
  readonly dir: string;
  readonly givenDir: string;
  readonly temporaryFolder: string;
  readonly experimentName: string | undefined;
  readonly status: RunStatus;
  readonly registry: Registry;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Writes `report.html` or `report.md` from what the run has on disk. Returns the path of the report. */
export function writeReport(source: ReportSource): string {
  const { dir, kind, temporaryFolder } = source;
  const data = collectReport(source);
  const path = join(dir, `report.${kind}`);
  if (kind === "html") {
    replaceFileSync(path, formatHtmlReport(data), { temporaryFolder });
    return path;
  }
  const { text, charts } = formatMarkdownReport(data);
  for (const [chart, svg] of charts) replaceFileSync(join(dir, chart), svg, { temporaryFolder });
  replaceFileSync(path, text, { temporaryFolder });
  return path;
}

function collectReport(source: ReportSource): ReportData {
  const { dir, registry, summary } = source;
  const { flattenParams, flattenSummary, parseParams } = loadCore();
  const problems: string[] = [];
  const read = <T>(path: string, parse: (text: string) => T): T | undefined => {
    try {
      return parse(readFileSync(path, "utf8"));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) problems.push(`${relative(dir, path)}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const { step, ...metrics } = flattenSummary(summary);
  const params = read(join(dir, "params.yaml"), (text) => parseParams(text)) ?? {};
  return {
    title: source.experimentName ?? basename(dir),
    subtitle: [source.givenDir, source.status, typeof step === "number" ? `step ${step}` : ""]
      .filter(Boolean)
      .join(" · "),
    params: asFlat(flattenParams(params)),
    metrics: asFlat(metrics),
    histories: listFiles(join(dir, "plots", "metrics"))
      .filter((path) => /\.(?:tsv|csv)$/.test(path))
      .flatMap((path) => read(path, (text) => parseLine(dir, path, text)) ?? []),
    images: listFiles(join(dir, "plots", "images")).flatMap((path) => readImage(dir, path, problems)),
    plots: [...registry.plots].flatMap(
      ([path, properties]) => read(path, (text) => ({ ...parsePlot(dir, path, text), properties })) ?? [],
    ),
    problems,
  };
}

function asFlat(values: Readonly<Record<string, unknown>>): Record<string, FlatValue> {
  const flat: Record<string, FlatValue> = Object.create(null);
  for (const [name, value] of Object.entries(values)) flat[name] = toFlatValue(value);
  return flat;
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseLine(dir: string, path: string, text: string): ReportLine {
  const name = toPosix(relative(join(dir, "plots", "metrics"), path)).replace(/\.(?:tsv|csv)$/, "");
  const { points } = loadCore().parseMetricHistory(text);
  return {
    name: fileNameToMetricName(name),
    points: points.map(({ step, value }) => ({ x: step, y: typeof value === "number" ? value : Number.NaN })),
  };
}

/** Rows of a plot: a list, or an object with one list. */
function parsePlot(dir: string, path: string, text: string): Omit<ReportPlot, "properties"> {
  const content = parsePythonJson(text);
  const lists: unknown[] = Array.isArray(content) ? [content] : Object.values(Object(content));
  const rows = lists.find(Array.isArray) ?? [];
  return {
    name: toPosix(relative(join(dir, "plots"), path))
      .replace(/^[^/]+\//, "")
      .replace(/\.json$/, ""),
    rows: rows.filter(isRow),
  };
}

function readImage(dir: string, path: string, problems: string[]): ReportData["images"] {
  const kind = imageKindOfName(basename(path));
  if (kind === undefined) return [];
  try {
    const name = toPosix(relative(join(dir, "plots", "images"), path));
    return [{ name, kind, bytes: readFileSync(path) }];
  } catch (error) {
    problems.push(`${relative(dir, path)}: ${reasonOf(error)}`);
    return [];
  }
}

/** Files below a folder: by folder, numbers in names by their value. */
function listFiles(folder: string): string[] {
  const order = new Intl.Collator("en", { numeric: true });
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted((one, other) => order.compare(dirname(one), dirname(other)) || order.compare(one, other));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

function toPosix(path: string): string {
  return path.split(sep).join("/");
}
