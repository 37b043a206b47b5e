import { readFileSync } from "node:fs";

import { parse } from "yaml";

/** The settings of params.yaml. */
export interface Params {
  readonly seed: number;
  readonly epochs: number;
  readonly batch_size: number;
  readonly hidden: number;
  readonly lr: number;
  readonly train_images: number;
  readonly test_images: number;
  readonly checkpoint_every: number;
}

const NAMES = [
  "seed",
  "epochs",
  "batch_size",
  "hidden",
  "lr",
  "train_images",
  "test_images",
  "checkpoint_every",
] as const satisfies readonly (keyof Params)[];

/** Reads params.yaml; every setting must be there and be a positive number. */
export function readParams(path: string): Params {
  const found: unknown = parse(readFileSync(path, "utf8"));
  const settings = new Map(Object.entries(typeof found === "object" && found !== null ? found : {}));
  const read = (name: keyof Params): number => {
    const value: unknown = settings.get(name);
    if (typeof value === "number" && value > 0) return value;
    throw new Error(`${path}: '${name}' must be a number above 0, it is ${JSON.stringify(value)}`);
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<keyof Params, number>;
}
