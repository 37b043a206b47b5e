/** A summary as rows: metric names with slashes, and the values that can be shown. */
export interface SummaryValues {
  readonly step: number | undefined;
  readonly values: ReadonlyMap<string, number | string>;
}

const MAX_DEPTH = 32;

/** Flattens a summary (the object in metrics.json): `{ train: { loss: 0.1 } }` becomes `train/loss`. */
export function flattenSummaryValues(summary: unknown): SummaryValues {
  const values = new Map<string, number | string>();
  const visit = (value: unknown, name: string, depth: number): void => {
    if (typeof value === "number" || typeof value === "string") values.set(name, value);
    else if (typeof value === "bigint") values.set(name, Number(value));
    else if (typeof value === "boolean") values.set(name, value ? 1 : 0);
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < MAX_DEPTH) {
      for (const [key, child] of Object.entries(value)) visit(child, name === "" ? key : `${name}/${key}`, depth + 1);
    }
  };
  visit(summary, "", 0);
  const step = values.get("step");
  values.delete("step");
  return { step: typeof step === "number" ? step : undefined, values };
}
