import { formatHistoryCell } from "@waymark/core/formats/metric-history";
import { FloatValue, IntValue, formatPythonFloat } from "@waymark/core/formats/python-number";
import { InvalidDataTypeError, InvalidOptionError } from "../errors.ts";
import type { LogMetricOptions } from "../options.ts";
import { checkName, checkOptions } from "./check-arguments.ts";
import type { SummaryValue } from "./series.ts";

/** What can be logged as a metric. A plain whole number counts as an integer until the metric is seen with a fraction. */
export type MetricValue = number | bigint | boolean | string | FloatValue | IntValue;

/**
 * Refuses what cannot be logged, before anything is changed.
 *
 * @returns The history cell of a value that is no plain number; those are formatted by what their series is.
 */
export function checkMetric(
  name: string,
  value: MetricValue | undefined,
  options: LogMetricOptions | undefined,
): string {
  checkName(name);
  if (options !== undefined) checkMetricOptions(options);
  if (typeof value === "number") return "";
  if (typeof value === "bigint" || typeof value === "string" || typeof value === "boolean") {
    return formatHistoryCell(value);
  }
  if (value instanceof FloatValue && typeof value.value === "number") return formatPythonFloat(value.value);
  if (value instanceof IntValue && typeof value.value !== "string") return BigInt(value.value).toString();
  throw new InvalidDataTypeError(name, value);
}

function checkMetricOptions(options: LogMetricOptions): void {
  checkOptions(options, "an object, such as { step: 3 }");
  if (options.step !== undefined) checkStep(options.step);
  const plot: unknown = options.plot;
  if (plot !== undefined && typeof plot !== "boolean") throw new InvalidOptionError("plot", plot, "true or false");
  const { timestamp } = options;
  if (timestamp !== undefined && typeof timestamp !== "boolean" && !Number.isFinite(timestamp)) {
    throw new InvalidOptionError("timestamp", timestamp, "true, false or epoch milliseconds");
  }
}

/** Refuses a step that could not be written. */
export function checkStep(step: unknown): asserts step is number {
  if (typeof step !== "number" || !Number.isFinite(step)) {
    throw new InvalidOptionError("step", step, "a finite number");
  }
}

/** The number a value counts as in the figures of its metric; `NaN` for text. */
export function numberOf(value: MetricValue): number {
  if (typeof value === "string") return Number.NaN;
  if (value instanceof FloatValue || value instanceof IntValue) return Number(value.value);
  return Number(value);
}

/** The value as the summary has it: non-finite numbers are text, as in the history. */
export function summaryValue(value: MetricValue, cell: string): SummaryValue {
  if (typeof value === "number") return Number.isFinite(value) ? value : cell;
  if (value instanceof FloatValue) return Number.isFinite(value.value) ? value.value : cell;
  if (value instanceof IntValue) return value.value;
  return value;
}
