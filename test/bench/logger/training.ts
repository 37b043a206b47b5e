import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, type Spread, spreadOf } from "../measure.ts";
import { absent, type Figure, note, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { isAbsent, type PeerWork, runPeer, runWorker } from "../worker.ts";
import { openViewer } from "./open-viewer.ts";

interface TrainingResult {
  readonly msPerStep: number;
}

const PEERS = [
  { peer: "dvclive", name: "DVCLive with its report" },
  { peer: "wandb", name: "W&B offline" },
] as const;
const PROBE_BYTES = 1 << 20;

/** Row L6: how much slower a training loop gets by logging, while someone watches. */
export async function measureTraining(scale: Scale): Promise<Row> {
  const steps = scaled(scale, 5000, 200);
  const bytes = await bytesOfAMillisecond();
  let watcher = "";
  const ours = async (logger: string) => {
    const cwd = newFolder();
    const viewer = logger === "waymark" ? await openViewer(cwd) : undefined;
    watcher = viewer?.description ?? watcher;
    try {
      return await runWorker<TrainingResult>("training.mjs", { logger, steps, bytes }, { cwd });
    } finally {
      await viewer?.close();
    }
  };
  const peer = async (name: PeerWork["peer"]) =>
    runPeer<TrainingResult>(
      { peer: name, work: "train", steps: Math.min(steps, 300), size: bytes },
      { cwd: newFolder() },
    );
  const { none, bare, logging } = await alternate(scale.rounds, {
    none: async () => ours("none"),
    bare: async () => ours("bare"),
    logging: async () => ours("waymark"),
  });
  const peers = await alternate<string, Awaited<ReturnType<typeof peer>>>(Math.min(scale.rounds, 3), {
    none: async () => peer("none"),
    ...Object.fromEntries(PEERS.map(({ peer: name }) => [name, async () => peer(name)])),
  });
  const slowDown = percent(ratiosOf(times(logging), times(none)));
  const bareSlowDown = percent(ratiosOf(times(bare), times(none)));
  return {
    id: "L6",
    work: `steps of about 1 ms that log 20 metrics each, ${watcher}; against no logging at all`,
    figures: [
      limited("slow-down, median", 1, slowDown.median),
      limited("slow-down, worst round", 3, slowDown.max),
      note("bare, 20 `writeSync` a step and nobody watching, slow-down", formatQuantity(bareSlowDown, "%")),
      note("a step without logging", formatQuantity(spreadOf(times(none)), "ms")),
      ...PEERS.map(({ peer: name, name: shown }) => comparePeer(shown, peers[name] ?? [], peers["none"] ?? [])),
    ],
  };
}

function comparePeer(
  name: string,
  logging: readonly (TrainingResult | { readonly absent: string })[],
  none: readonly (TrainingResult | { readonly absent: string })[],
): Figure {
  const missing = [...logging, ...none].find(isAbsent);
  if (missing !== undefined) return absent(name, "", missing.absent);
  const slowDown = percent(ratiosOf(times(logging), times(none)));
  return note(`${name}, slow-down over its first 300 steps`, formatQuantity(slowDown, "%"));
}

function times(results: readonly (TrainingResult | { readonly absent: string })[]): number[] {
  return results.flatMap((result) => (isAbsent(result) ? [] : [result.msPerStep]));
}

function percent({ median, min, max }: Spread): Spread {
  return { median: (median - 1) * 100, min: (min - 1) * 100, max: (max - 1) * 100 };
}

function limited(what: string, limit: number, value: number): Figure {
  return { what, target: `≤ ${limit} %`, value: `${value.toFixed(2)} %`, verdict: value <= limit ? "met" : "missed" };
}

/** How many bytes are hashed in a millisecond here: the step that is trained. */
async function bytesOfAMillisecond(): Promise<number> {
  const probe = { logger: "none", steps: 200, bytes: PROBE_BYTES };
  const { msPerStep } = await runWorker<TrainingResult>("training.mjs", probe, { cwd: newFolder() });
  return Math.max(1024, Math.round(PROBE_BYTES / msPerStep));
}
