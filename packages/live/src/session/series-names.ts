import { parseMetricName } from "@waymark/core/formats/metric-name";
import { MetricConflictError } from "../errors.ts";
import { Series } from "./series.ts";
import type { Summary } from "./summary.ts";

/** The series of a run by name. A name is a metric or a group of metrics, never both. */
export class SeriesNames {
  readonly #byName = new Map<string, Series>();
  readonly #groups = new Set<string>();
  readonly #summary: Summary;

  /** @param summary - What the run being resumed has logged takes part in it. */
  constructor(summary: Summary) {
    this.#summary = summary;
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): Series | undefined {
    return this.#byName.get(name);
  }

  /**
   * Makes the series of a name that has none.
   *
   * @throws {@link MetricConflictError} when the name is a group, or a part of it a metric.
   */
  open(name: string): Series {
    const { segments } = parseMetricName(name);
    const key = segments.join("/");
    if (this.#groups.has(key)) throw new MetricConflictError(name, `${key}/...`);
    for (let length = 1; length < segments.length; length += 1) {
      const group = segments.slice(0, length).join("/");
      const blocking = this.#byName.has(group) || this.#summary.isLeaf(group);
      if (blocking) throw new MetricConflictError(name, group);
    }
    if (this.#summary.isGroup(key)) throw new MetricConflictError(name, `${key}/...`);
    this.#addGroups(segments);
    const series = new Series(name, segments);
    series.isFloat = this.#summary.isFloat(key);
    this.#byName.set(name, series);
    return series;
  }

  /** Takes back series that were only just opened. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#byName.delete(name);
    this.#groups.clear();
    for (const { segments } of this.#byName.values()) this.#addGroups(segments);
  }

  #addGroups(segments: readonly string[]): void {
    for (let length = 1; length < segments.length; length += 1) this.#groups.add(segments.slice(0, length).join("/"));
  }
}
