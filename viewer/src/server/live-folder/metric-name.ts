import { fileNameToMetricName } from "@waymark/core";

/**
 * The metric a history belongs to, from its path inside the metrics folder: `train/loss.tsv` is `train/loss`.
 *
 * @returns `undefined` for files that are no histories.
 */
export function metricNameOf(file: string): string | undefined {
  const stem = /^(.+)\.(?:tsv|csv)$/s.exec(file)?.[1];
  return stem === undefined ? undefined : fileNameToMetricName(stem);
}
