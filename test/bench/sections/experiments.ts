import { measureApply } from "../experiments/apply.ts";
import { measureRemove } from "../experiments/remove.ts";
import { measureSave } from "../experiments/save.ts";
import { measureShare } from "../experiments/share.ts";
import { measureShow } from "../experiments/show.ts";
import { measureShowCheckpoints } from "../experiments/show-checkpoints.ts";
import type { Row } from "../row.ts";
import type { Scale, Section } from "../section.ts";

/** Rows E1 to E7: listing, saving, applying, sharing and removing experiments. */
export const experiments: Section = {
  name: "experiments",
  title: "Experiments",
  bare: "the same objects and refs through Git's own plumbing",
  async *measure(scale) {
    if (isWanted(scale, "E1", "E2")) yield* measureShow(scale);
    yield* only(scale, "E3", measureShowCheckpoints);
    yield* only(scale, "E4", measureSave);
    yield* only(scale, "E5", measureApply);
    yield* only(scale, "E6", measureShare);
    yield* only(scale, "E7", measureRemove);
  },
};

function isWanted({ rows }: Scale, ...ids: readonly string[]): boolean {
  return rows === undefined || ids.some((id) => rows.includes(id));
}

async function* only(scale: Scale, id: string, measure: (scale: Scale) => Promise<Row>): AsyncIterable<Row> {
  if (isWanted(scale, id)) yield await measure(scale);
}
