import { readFileSync } from "node:fs";
import { TrackerError } from "@waymark/core/errors";
import { FloatValue, IntValue } from "@waymark/core/formats/python-number";
import { parseMetricsFile } from "@waymark/pipeline/revisions";
import { flattenValues } from "../../query/flat-values.ts";
import { type FileStamp, isSameStamp, stampFile, type ValueSink } from "./history-source.ts";

/** Larger ones are no summaries. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Follows a metric in a file with the last values of a run, such as metrics.json: each time it is written is a value.
 * Its step is what the file says under `step`, as loggers do, or else how often it was written.
 */
export class SummarySource {
  readonly path: string;
  readonly #metric: string;
  #seen: FileStamp | undefined;
  #writes = 0;
  #lastStep: number | undefined;

  /** @param ignored - The file as it must not be any more before it is read. */
  constructor(path: string, metric: string, ignored: FileStamp | undefined) {
    this.path = path;
    this.#metric = metric.replaceAll("/", ".");
    this.#seen = ignored;
  }

  poll(sink: ValueSink): void {
    const stamp = stampFile(this.path);
    if (stamp === undefined || stamp.sizeBytes > MAX_BYTES) return;
    if (this.#seen !== undefined && isSameStamp(stamp, this.#seen)) return;
    const values = readValues(this.path);
    // Half a file: its writer will be done at the next look.
    if (values === undefined) return;
    this.#seen = stamp;
    const value = toNumber(values.get(this.#metric));
    if (value === undefined) return;
    const step = toNumber(values.get("step")) ?? this.#writes;
    // A summary is written more than once a step; only a logger that began anew goes back.
    if (step === this.#lastStep) return;
    if (this.#lastStep !== undefined && step < this.#lastStep) sink.reset();
    this.#writes += 1;
    this.#lastStep = step;
    sink.take(step, value);
  }
}

function readValues(path: string): ReadonlyMap<string, unknown> | undefined {
  try {
    return new Map(flattenValues(parseMetricsFile(path, readFileSync(path))));
  } catch (error) {
    if (error instanceof TrackerError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

function toNumber(value: unknown): number | undefined {
  if (value instanceof FloatValue || value instanceof IntValue) return Number(value.value);
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}
