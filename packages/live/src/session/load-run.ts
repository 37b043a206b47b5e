import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { FloatValue } from "@waymark/core/formats/python-number";
import { parsePythonJson } from "@waymark/core/formats/python-json";
import { fileNameToMetricName } from "@waymark/core/formats/metric-name";
import { RUN_FOLDER, STEP_FILE } from "@waymark/core/run-file";
import { isErrno } from "@waymark/files";
import {
  type HistoryScan,
  cutHistory,
  isFloatHistory,
  scanHistory,
  sizeWithout,
  statisticsOf,
} from "./history-tail.ts";
import { type Marks, readMarks } from "./marks.ts";
import { replayJournal } from "./replay-journal.ts";
import type { RunningStatistics } from "./statistics.ts";
import { parseStepFile } from "./step-file.ts";
import type { Summary } from "./summary.ts";
import type { Trouble } from "./trouble.ts";

/** From where, and how, a run is continued. */
export interface LoadRequest {
  readonly dir: string;
  readonly mode: "trim" | "append";
  /** The checkpoint whose files were put back in place: its step, and what is known of its histories. */
  readonly checkpoint: { readonly step: number; readonly marks: Marks | undefined } | undefined;
  /** The run ended in order: rows behind its last step were meant, and go only when the loop repeats them. */
  readonly endedInOrder: boolean;
  readonly summary: Summary;
  readonly trouble: Trouble;
}

/** What an existing history says of its metric. */
export interface ExistingHistory {
  readonly hasTimestamp: boolean;
  readonly isFloat: boolean;
  readonly lastStep: number | undefined;
  readonly sizeBytes: number;
  readonly statistics: () => RunningStatistics;
}

/** What was found of the run being continued. */
export interface LoadedRun {
  /** The last step whose rows stand, or `undefined` when no step was completed. */
  readonly completedStep: number | undefined;
  /** By path. */
  readonly histories: ReadonlyMap<string, ExistingHistory>;
}

/**
 * Reads the run in a folder back, and cuts off what its loop never completed.
 *
 * Where a history ends is known from the marks that go with the step. Without them (another writer, or files restored
 * from a commit) rows at the end of a file go when their step is the one the loop would make next, or lies between the
 * checkpoint and where the loop had come; a series with step numbers of its own is left to be mended as it repeats.
 */
export function loadRun(request: LoadRequest): LoadedRun {
  const { dir, summary, trouble } = request;
  const folder = join(dir, "plots", "metrics");
  const recorded = readSummary(dir, summary, trouble);
  const completed = request.checkpoint?.step ?? readCompletedStep(dir, recorded);
  const isAppend = request.mode === "append";
  const marks =
    completed === undefined || isAppend
      ? undefined
      : request.checkpoint === undefined
        ? (readMarks(join(dir, RUN_FOLDER), completed) ?? replayJournal(join(dir, RUN_FOLDER), folder, completed))
        : request.checkpoint.marks;
  const reached = Math.max(recorded ?? 0, completed ?? 0) + 1;
  const histories = new Map<string, ExistingHistory>();
  for (const path of listHistories(folder)) {
    const scan = scanHistory(path);
    if (scan === undefined) continue;
    const size = isAppend
      ? scan.wholeBytes
      : endOf(scan, { completed, reached, marks, folder, endedInOrder: request.endedInOrder });
    const isCut = size < scan.wholeBytes;
    let kept = scan;
    trouble.attempt("resume", `repair '${path}'`, () => {
      kept = cutHistory(scan, size);
    });
    if (!isAppend && (isCut || !request.endedInOrder)) reconcile(summary, relative(folder, path), kept);
    if (path.endsWith(".tsv")) histories.set(path, existing(kept));
  }
  if (completed !== undefined && !isAppend) summary.setAt(["step"], completed);
  return { completedStep: completed, histories };
}

/** The last step a folder calls complete, by its step file or else its summary. */
export function readCompletedStep(dir: string, recorded: number | undefined): number | undefined {
  try {
    return parseStepFile(readFileSync(join(dir, RUN_FOLDER, STEP_FILE), "latin1")) ?? recorded;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return recorded;
    throw error;
  }
}

function readSummary(dir: string, summary: Summary, trouble: Trouble): number | undefined {
  const path = join(dir, "metrics.json");
  if (!existsSync(path)) return undefined;
  let content: unknown;
  const isRead = trouble.attempt("metrics.json", `read '${path}'`, () => {
    content = parsePythonJson(readFileSync(path, "utf8"), { path, keepNumberKinds: true });
  });
  if (!isRead || typeof content !== "object" || content === null || Array.isArray(content)) return undefined;
  summary.load(Object.fromEntries(Object.entries(content)));
  const step = summary.tree["step"];
  return typeof step === "number" ? step : undefined;
}

interface CutRule {
  readonly completed: number | undefined;
  /** The highest step the loop can have logged for. */
  readonly reached: number;
  readonly marks: Marks | undefined;
  readonly folder: string;
  readonly endedInOrder: boolean;
}

function endOf(scan: HistoryScan, rule: CutRule): number {
  if (rule.endedInOrder) return scan.wholeBytes;
  if (rule.marks !== undefined) {
    const size = rule.marks.sizes.get(relative(rule.folder, scan.path)) ?? 0;
    return size <= scan.wholeBytes ? size : scan.wholeBytes;
  }
  const completed = rule.completed ?? -Infinity;
  const last = scan.rows.at(-1)?.step ?? -Infinity;
  if (last > rule.reached) return scan.wholeBytes;
  return sizeWithout(scan, (row) => row.step > completed);
}

/** Makes the summary agree with what is left of a history. */
function reconcile(summary: Summary, path: string, scan: HistoryScan): void {
  const segments = fileNameToMetricName(
    path
      .split(sep)
      .join("/")
      .replace(/\.(?:tsv|csv)$/, ""),
  ).split("/");
  const last = scan.rows.at(-1);
  if (last === undefined) {
    summary.removeAt(segments);
    return;
  }
  const value = parseCell(last.cell);
  if (value instanceof FloatValue) {
    summary.markFloat(segments);
    summary.setAt(segments, value.value);
  } else {
    summary.setAt(segments, value);
  }
}

function parseCell(cell: string): string | number | bigint | boolean | FloatValue {
  if (/^-?\d+$/.test(cell)) {
    const value = Number(cell);
    return Number.isSafeInteger(value) ? value : BigInt(cell);
  }
  if (/^-?\d/.test(cell) && Number.isFinite(Number(cell))) return new FloatValue(Number(cell));
  if (cell === "True" || cell === "False") return cell === "True";
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

function existing(scan: HistoryScan): ExistingHistory {
  return {
    hasTimestamp: scan.hasTimestamp,
    isFloat: isFloatHistory(scan),
    lastStep: scan.rows.at(-1)?.step,
    sizeBytes: scan.wholeBytes,
    // Read again when asked for: most runs never ask, and rows of many long histories would fill the memory.
    statistics: () => statisticsOf(scanHistory(scan.path), scan.wholeBytes),
  };
}

function listHistories(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:tsv|csv)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
