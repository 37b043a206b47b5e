import { parseYaml } from "@waymark/core";

/** A run's params with dotted keys. */
export type ParamValues = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Reads params.yaml into one flat record: `{ model: { depth: 3 } }` becomes `model.depth`. Lists stay together, as text.
 *
 * @throws {@link MalformedYamlError} with line and column.
 */
export function parseParamValues(text: string): ParamValues {
  return flattenParamValues(parseYaml(text, { path: "params.yaml" }));
}

/** Flattens params that are parsed already. */
export function flattenParamValues(params: unknown): ParamValues {
  const values = Object.create(null) as Record<string, string | number | boolean | null>;
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, child] of Object.entries(value)) visit(child, key === "" ? name : `${key}.${name}`);
    } else if (key !== "") {
      values[key] = showParam(value);
    }
  };
  visit(params, "");
  return values;
}

function showParam(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return typeof value === "object" ? JSON.stringify(value) : `${value as number | bigint}`;
}
