import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { absent, type Figure, note, quantityAtMost, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { isAbsent, type PeerWork, runPeer, runWorker } from "../worker.ts";

/** What the worker says of logging many points. */
export interface PointsResult {
  readonly nsPerPoint: number;
  readonly usPerStep: number;
  readonly firstStepsMs: number;
  readonly secondStepsMs: number;
  readonly lastStepsMs: number;
  readonly p99Us: number;
  readonly worstMs: number;
  readonly openFiles: number;
  readonly heapBytes: number;
  readonly maxRssBytes: number;
}

const PEERS = [
  { peer: "dvclive", name: "DVCLive", limit: 50 },
  { peer: "tensorboardX", name: "tensorboardX", limit: 100 },
  { peer: "wandb", name: "W&B offline", limit: 100 },
] as const;
const POINTS_PER_STEP = 1000;

/** Rows L1 and the first half of L3: points that are buffered until their step. */
export async function* measurePoints(scale: Scale): AsyncGenerator<Row> {
  const steps = scaled(scale, 1000, 20);
  const work = (logger: string, series: number) => ({ logger, series, steps, perStep: POINTS_PER_STEP });
  const ours = async (series: number, logger = "waymark") =>
    runWorker<PointsResult>("points.mjs", work(logger, series), { cwd: newFolder() });
  const peer = async (name: PeerWork["peer"]) => {
    const calls = scaled(scale, 5000, 1000);
    return await runPeer<PointsResult>({ peer: name, work: "points", calls }, { cwd: newFolder() });
  };
  const results = await alternate<string, Awaited<ReturnType<typeof peer>>>(scale.rounds, {
    bare1: async () => ours(1, "bare"),
    ours1: async () => ours(1),
    bare10: async () => ours(10, "bare"),
    ours10: async () => ours(10),
    ...Object.fromEntries(PEERS.map(({ peer: name }) => [name, async () => peer(name)])),
  });
  const nanoseconds = (name: string): number[] =>
    (results[name] ?? []).map((result) => (isAbsent(result) ? Number.NaN : result.nsPerPoint));
  const peers = PEERS.map(({ peer: name, name: shown, limit }): Figure => {
    const missing = results[name]?.find(isAbsent);
    if (missing !== undefined) return absent(`${shown} against ours`, `≥ ${limit} ×`, missing.absent);
    const spent = formatQuantity(spreadOf(nanoseconds(name).map((value) => value / 1000)), "µs a point");
    return ratioAtLeast(`${shown} against ours`, limit, ratiosOf(nanoseconds(name), nanoseconds("ours1")), spent);
  });
  yield {
    id: "L1",
    work: `\`logMetric\` of one number, ${(steps * POINTS_PER_STEP).toLocaleString("en-US")} calls, \`nextStep\` after each 1,000`,
    figures: [
      ratioAtMost("1 series, against bare", 1.5, ratiosOf(nanoseconds("ours1"), nanoseconds("bare1"))),
      ratioAtMost("10 series in turn, against bare", 1.5, ratiosOf(nanoseconds("ours10"), nanoseconds("bare10"))),
      note("a point, 1 series", formatQuantity(spreadOf(nanoseconds("ours1")), "ns")),
      ...peers,
    ],
  };
  yield await measureLatency(scale, steps);
}

async function measureLatency(scale: Scale, steps: number): Promise<Row> {
  const timed = async (logger: string) => {
    const work = { logger, series: 1, steps, perStep: POINTS_PER_STEP, timed: "call" };
    return await runWorker<PointsResult>("points.mjs", work, { cwd: newFolder() });
  };
  const { bare, ours } = await alternate(scale.rounds, {
    bare: async () => timed("bare"),
    ours: async () => timed("waymark"),
  });
  const p99 = ratiosOf(
    ours.map((result) => result.p99Us),
    bare.map((result) => result.p99Us),
  );
  return {
    id: "L3",
    work: "how long a single call of L1 takes at worst, the clock's own time included on both sides",
    figures: [
      ratioAtMost("99th percentile, against bare", 2, p99),
      quantityAtMost("worst call", 5, "ms", spreadOf(ours.map((result) => result.worstMs))),
      note("worst call, bare", formatQuantity(spreadOf(bare.map((result) => result.worstMs)), "ms")),
    ],
  };
}
