import type { RunStatus } from "@waymark/core/tracker";
import type { ReadProblem } from "@waymark/pipeline/revisions";
import { formatData, formatLocalTime, parseData } from "./revision-values.ts";
import type { Row } from "./row-cache.ts";
import type { CheckpointState, RevisionData } from "./view.ts";

const STATUSES: readonly string[] = ["running", "finished", "interrupted", "failed"] satisfies readonly RunStatus[];

/** The state of a commit. Its values are parsed when somebody looks at them: JSON output never does. */
export class CommitState implements CheckpointState {
  readonly rev: string;
  readonly name: string | null;
  readonly error: ReadProblem | null;
  readonly #row: Row;
  #data: RevisionData | null | undefined;

  constructor(row: Row, name: string | null) {
    this.rev = row.id;
    this.name = name;
    this.error = row.error ?? null;
    this.#row = row;
  }

  get step(): number | undefined {
    return this.#row.step;
  }

  get status(): RunStatus | undefined {
    const status = this.#row.status === "stopped" ? "finished" : this.#row.status;
    return status !== undefined && STATUSES.includes(status) ? (status as RunStatus) : undefined;
  }

  get forkedFrom(): string | undefined {
    return this.#row.forkedFrom;
  }

  get dataJson(): string {
    const { values } = this.#row;
    return values === undefined ? "null" : formatData(this.rev, formatLocalTime(this.#row.timeSeconds), values);
  }

  get data(): RevisionData | null {
    this.#data ??= this.#row.values === undefined ? null : parseData(this.dataJson);
    return this.#data;
  }
}
