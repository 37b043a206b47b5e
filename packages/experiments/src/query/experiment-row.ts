import { type Head } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";
import { type Labels, NO_LABELS } from "../labels/labels.ts";
import type { Project } from "../project.ts";
import type { RefTable } from "../ref-table.ts";
import { findStatus } from "../show/experiment-status.ts";
import { parseValues } from "../show/revision-values.ts";
import type { Row } from "../show/row-cache.ts";
import type { FileValues, RevisionData } from "../show/view.ts";
import type { QueryRow } from "./query-row.ts";

/** Everything that rows of one listing have in common. */
export interface RowContext {
  readonly project: Project;
  readonly table: RefTable;
  readonly head: Head;
  readonly labels: ReadonlyMap<string, Labels>;
}

/** An experiment as queries see it; what a query does not ask for is not looked at. */
export class ExperimentQueryRow implements QueryRow {
  readonly experiment: ExperimentRef;
  readonly #row: Row | undefined;
  readonly #context: RowContext;
  #values: Pick<RevisionData, "metrics" | "params"> | undefined;

  /** @param row - What its newest commit holds; `undefined` when that is not there, or nobody asks. */
  constructor(experiment: ExperimentRef, row: Row | undefined, context: RowContext) {
    this.experiment = experiment;
    this.#row = row;
    this.#context = context;
  }

  get name(): string {
    return this.experiment.name;
  }

  get baseline(): string {
    return this.experiment.baseline;
  }

  get baselineNames(): readonly string[] {
    const { table, head } = this.#context;
    const names = table.allNames.get(this.baseline) ?? [];
    return this.baseline === head.commit ? [...names, "HEAD"] : names;
  }

  get rev(): string {
    return this.experiment.tip;
  }

  get createdSeconds(): number {
    return this.#row?.timeSeconds ?? 0;
  }

  get step(): number | undefined {
    return this.#row?.step;
  }

  get status(): string | undefined {
    return this.#row === undefined ? undefined : findStatus(this.#context.project, this.#row);
  }

  get tags(): readonly string[] {
    return this.#labels.tags;
  }

  get note(): string | undefined {
    return this.#labels.note;
  }

  get metrics(): FileValues {
    return this.#content.metrics;
  }

  get params(): FileValues {
    return this.#content.params;
  }

  get #labels(): Labels {
    return this.#context.labels.get(this.experiment.ref) ?? NO_LABELS;
  }

  get #content(): Pick<RevisionData, "metrics" | "params"> {
    const json = this.#row?.values;
    this.#values ??= json === undefined ? { metrics: {}, params: {} } : parseValues(json);
    return this.#values;
  }
}
