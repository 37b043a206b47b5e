import { FloatValue } from "@waymark/core";
import { type ConfigValue, type Override, overrideValue, toPlain } from "@waymark/hydra";
import type { RunParam } from "../run/run-spec.ts";

/** Lists what overrides set, as plain JSON. */
export function listParams(file: string, overrides: readonly Override[]): RunParam[] {
  return overrides.map((override) => {
    const path = override.package === undefined ? override.key : `${override.key}@${override.package}`;
    const value = overrideValue(override);
    return override.action === "delete" || value === undefined ? { file, path } : { file, path, value: toJson(value) };
  });
}

/** Numbers become plain ones; what JSON has no form for, such as infinity, becomes text. */
function toJson(value: ConfigValue): unknown {
  return JSON.parse(JSON.stringify(toPlain(value), (_, item: unknown) => jsonScalar(item)));
}

function jsonScalar(item: unknown): unknown {
  if (typeof item === "bigint") return Number.isSafeInteger(Number(item)) ? Number(item) : `${item}`;
  const number = item instanceof FloatValue ? item.value : item;
  return typeof number === "number" && !Number.isFinite(number) ? `${number}` : number;
}
