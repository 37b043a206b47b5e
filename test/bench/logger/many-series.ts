import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { absent, note, quantityAtMost, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { isAbsent, runPeer, runWorker } from "../worker.ts";
import type { PointsResult } from "./points.ts";

const MANY = 1000;
const FEW = 10;
const MIB = 2 ** 20;

/** Row L4: many series at once. */
export async function measureManySeries(scale: Scale): Promise<Row> {
  const steps = scaled(scale, 1000, 20);
  const run = async (series: number) => {
    // The same number of points either way.
    const work = { logger: "waymark", series, steps: (steps * MANY) / series, perStep: series };
    return await runWorker<PointsResult>("points.mjs", work, { cwd: newFolder() });
  };
  const { few, many } = await alternate(scale.rounds, {
    few: async () => run(FEW),
    many: async () => run(MANY),
  });
  const peer = await runPeer<PointsResult>(
    { peer: "dvclive", work: "series", series: MANY, steps: 2 },
    { cwd: newFolder() },
  );
  const points = many.map((result) => result.nsPerPoint);
  return {
    id: "L4",
    work: `1,000 series × ${steps.toLocaleString("en-US")} steps`,
    figures: [
      ratioAtMost(
        "a point, against one of 10 series",
        1.3,
        ratiosOf(
          points,
          few.map((result) => result.nsPerPoint),
        ),
      ),
      quantityAtMost("open files", 64, "files", spreadOf(many.map((result) => result.openFiles))),
      quantityAtMost("heap at the end", 100, "MB", spreadOf(many.map((result) => result.heapBytes / MIB))),
      note(
        "memory of the process at its highest",
        formatQuantity(spreadOf(many.map((result) => result.maxRssBytes / MIB)), "MB"),
      ),
      note("a point", formatQuantity(spreadOf(points.map((value) => value / 1000)), "µs")),
      isAbsent(peer)
        ? absent("DVCLive, a point of its first two steps", "", peer.absent)
        : note("DVCLive, a point of its first two steps", `${Math.round(peer.nsPerPoint / 1000)} µs`),
    ],
  };
}
