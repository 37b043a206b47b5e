import { hasTmpfs, newFolder, type Place } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { absent, type Figure, note, quantityAtMost, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { isAbsent, runPeer, runWorker } from "../worker.ts";
import type { PointsResult } from "./points.ts";

const SERIES = 10;
const PEER_ROWS = 990;
const PEER_STEPS = 20;

/** Rows L2 and the second half of L3: steps that are on disk when `nextStep` returns. */
export async function* measureSteps(scale: Scale): AsyncGenerator<Row> {
  const disk = await measureOn(scale, "disk");
  const tmpfs = hasTmpfs() ? await measureOn(scale, "tmpfs") : undefined;
  yield {
    id: "L2",
    work: `10 metrics and \`nextStep\`, ${scaled(scale, 100_000, 2000).toLocaleString("en-US")} steps, each on disk when it returns`,
    figures: [
      ...disk.figures,
      ...(tmpfs?.figures ?? [absent("on tmpfs", "≤ 2 ×", "/dev/shm is no tmpfs here")]),
      await comparePeer(scale, disk.usPerStep),
    ],
  };
  yield {
    id: "L3",
    work: "how long `nextStep` of L2 takes",
    figures: [quantityAtMost("99th percentile, disk", 1, "ms", spreadOf(await timeSteps(scale)))],
  };
}

async function measureOn(
  scale: Scale,
  place: Place,
): Promise<{ readonly figures: readonly Figure[]; readonly usPerStep: number }> {
  const run = async (logger: string) =>
    runWorker<PointsResult>(
      "points.mjs",
      { logger, series: SERIES, steps: scaled(scale, 100_000, 2000), perStep: SERIES },
      { cwd: newFolder(place) },
    );
  const { bare, ours } = await alternate(scale.rounds, {
    bare: async () => run("bare-visible"),
    ours: async () => run("waymark"),
  });
  const step = spreadOf(ours.map((result) => result.usPerStep));
  const against = ratiosOf(
    ours.map((result) => result.usPerStep),
    bare.map((result) => result.usPerStep),
  );
  const last = ours.map((result) => result.lastStepsMs);
  const first = ours.map((result) => result.firstStepsMs);
  // The first thousand also make the files and compile the code, which hides a slow growth: so the second as well.
  const second = ours.map((result) => result.secondStepsMs);
  return {
    usPerStep: step.median,
    figures: [
      ratioAtMost(`${place}, against 10 \`writeSync\``, 2, against),
      ratioAtMost(`${place}, last 1,000 steps against the first`, 1.1, ratiosOf(last, first)),
      ratioAtMost(`${place}, last 1,000 steps against the second`, 1.1, ratiosOf(last, second)),
      note(`a step, ${place}`, formatQuantity(step, "µs")),
    ],
  };
}

async function timeSteps(scale: Scale): Promise<readonly number[]> {
  const work = {
    logger: "waymark",
    series: SERIES,
    steps: scaled(scale, 100_000, 2000),
    perStep: SERIES,
    timed: "step",
  };
  const { ours } = await alternate(scale.rounds, {
    ours: async () => runWorker<PointsResult>("points.mjs", work, { cwd: newFolder() }),
  });
  return ours.map((result) => result.p99Us / 1000);
}

/** Its step takes longer the more rows there are, so it is measured where the target says: at step 1,000. */
async function comparePeer(scale: Scale, usPerStep: number): Promise<Figure> {
  const work = { peer: "dvclive", work: "step_after", rows: PEER_ROWS, series: SERIES, steps: PEER_STEPS } as const;
  const { peer } = await alternate(scale.rounds, {
    peer: async () => runPeer<{ readonly usPerStep: number }>(work, { cwd: newFolder() }),
  });
  const missing = peer.find(isAbsent);
  const what = "DVCLive's `next_step` alone at step 1,000, against our whole step";
  if (missing !== undefined) return absent(what, "≥ 100 ×", missing.absent);
  const spent = peer.flatMap((result) => (isAbsent(result) ? [] : [result.usPerStep]));
  const ratio = spreadOf(spent.map((microseconds) => microseconds / usPerStep));
  return ratioAtLeast(what, 100, ratio, formatQuantity(spreadOf(spent.map((value) => value / 1000)), "ms"));
}
