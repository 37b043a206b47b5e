import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { type Figure, note, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { runWorker } from "../worker.ts";
import { makeRepository } from "./repository.ts";

/** What the worker says of the checkpoints it made. */
export interface CheckpointsResult {
  /** Of one checkpoint. */
  readonly medianMs: number;
  readonly maxRssBytes: number;
}

const MODEL_BYTES = 100_000;

/** Rows C1 and C2: a checkpoint when nothing but the run changes, in a small and in a large repository. */
export async function* measureSteadyState(scale: Scale, processes: Figure): AsyncGenerator<Row> {
  const small = scaled(scale, 1000, 100);
  const large = scaled(scale, 50_000, 1000);
  const run = async (tracker: string, files: number) => {
    const cwd = await makeRepository(files);
    const work = { tracker, count: scaled(scale, 20, 3), warmUp: 3, modelBytes: MODEL_BYTES };
    return await runWorker<CheckpointsResult>("checkpoints.mjs", work, { cwd });
  };
  const results = await alternate(scale.rounds, {
    bareSmall: async () => run("bare", small),
    ourSmall: async () => run("waymark", small),
    bareLarge: async () => run("bare", large),
    ourLarge: async () => run("waymark", large),
  });
  const times = (name: keyof typeof results): number[] => results[name].map((result) => result.medianMs);
  yield {
    id: "C1",
    work: `a checkpoint of a 100 kB model in a repository of ${small.toLocaleString("en-US")} files, steady state`,
    figures: [
      ratioAtMost("against bare", 3, ratiosOf(times("ourSmall"), times("bareSmall"))),
      processes,
      note("a checkpoint", formatQuantity(spreadOf(times("ourSmall")), "ms")),
      note("bare", formatQuantity(spreadOf(times("bareSmall")), "ms")),
    ],
  };
  yield {
    id: "C2",
    work: `the same in a repository of ${large.toLocaleString("en-US")} files`,
    figures: [
      ratioAtMost("against C1", 1.5, ratiosOf(times("ourLarge"), times("ourSmall"))),
      note("a checkpoint", formatQuantity(spreadOf(times("ourLarge")), "ms")),
      note("bare", formatQuantity(spreadOf(times("bareLarge")), "ms")),
    ],
  };
}
