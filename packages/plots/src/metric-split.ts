/** What a metric measures, apart from the part of the data it was measured on. */
export interface MetricSplit {
  /** The name without its split: `loss` for `train/loss` and `val_loss`, `gan/loss` for `gan/train/loss`. */
  readonly quantity: string;
  /** `train`, `val`, `test`, or null when the name tells none. */
  readonly split: string | null;
}

const SPLITS: ReadonlyMap<string, string> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["val", "val"],
  ["valid", "val"],
  ["validation", "val"],
  ["dev", "val"],
  ["eval", "eval"],
  ["evaluation", "eval"],
  ["test", "test"],
  ["testing", "test"],
]);

/** The order in which splits are listed and dashed. */
const SPLIT_ORDER: readonly (string | null)[] = [null, "train", "val", "eval", "test"];

/**
 * Takes the split out of a metric's name, where it is a folder (`train/loss`, `loss/train`), a prefix (`train_loss`) or a
 * suffix (`loss_train`) of the last segment.
 */
export function parseMetricSplit(name: string): MetricSplit {
  const segments = name.split("/");
  const folder = segments.findIndex((segment) => SPLITS.has(segment.toLowerCase()));
  if (folder >= 0 && segments.length > 1) {
    const split = SPLITS.get((segments[folder] ?? "").toLowerCase()) ?? null;
    return { quantity: segments.filter((_, i) => i !== folder).join("/"), split };
  }
  const leaf = segments.at(-1) ?? "";
  const words = leaf.split(/([_\-. ])/u);
  if (words.length >= 3) {
    const rest = segments.slice(0, -1);
    const first = SPLITS.get((words[0] ?? "").toLowerCase());
    if (first !== undefined) return { quantity: [...rest, words.slice(2).join("")].join("/"), split: first };
    const last = SPLITS.get((words.at(-1) ?? "").toLowerCase());
    if (last !== undefined) return { quantity: [...rest, words.slice(0, -2).join("")].join("/"), split: last };
  }
  return { quantity: name, split: null };
}

/** Sorts splits as they are drawn: no split, train, val, eval, test. */
export function compareSplits(a: string | null, b: string | null): number {
  return SPLIT_ORDER.indexOf(a) - SPLIT_ORDER.indexOf(b);
}
