import { filterRows, parseQuery, type QueryRow } from "@waymark/experiments";

/** What a test says of an experiment; the rest is nothing in particular. */
export interface RowWishes extends Partial<Omit<QueryRow, "metrics" | "params">> {
  /** Values of `metrics.json`. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** Values of `params.yaml`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** More params files. */
  readonly files?: QueryRow["params"];
}

/** The moment that queries of tests count from, in milliseconds since the epoch: local noon. */
export const NOW = new Date(2026, 10, 20, 12, 0, 0).getTime();

/** Makes an experiment as queries see it. */
export function row({ metrics, params, files, ...wishes }: RowWishes): QueryRow {
  return {
    ...{ name: "x", baseline: "b".repeat(40), baselineNames: [], rev: "a".repeat(40), createdSeconds: NOW / 1000 },
    ...{ step: undefined, status: undefined, tags: [], note: undefined },
    ...wishes,
    metrics: metrics === undefined ? {} : { "metrics.json": { data: metrics } },
    params: { ...(params === undefined ? {} : { "params.yaml": { data: params } }), ...files },
  };
}

/** Names of the experiments that a query finds. */
export function matching(query: string, rows: readonly QueryRow[]): string[] {
  return filterRows(parseQuery(query, { now: NOW }), rows).map(({ name }) => name);
}
