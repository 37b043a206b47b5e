import { newFolder } from "../folders.ts";
import { absent, type Figure, note, type Row } from "../row.ts";
import { type CallCounts, countCalls, hasStrace, traceCalls, writtenBytes } from "../strace.ts";
import { isAbsent, runPeer, runWorker } from "../worker.ts";

const SERIES = 10;
const CALLS = "%file,%desc";
const READS = ["read", "pread64", "readv", "getdents64"];
const WRITES = ["write", "pwrite64", "writev", "pwritev"];
const OPENS = ["open", "openat", "creat"];

/** What one more call, or one more step, adds. */
interface Added {
  readonly counts: CallCounts;
  readonly bytes: number;
}

/** Row L8: system calls, counted. Each figure is what twice the work does more, so that starting and ending cancel out. */
export async function countLoggerCalls(): Promise<Row> {
  const row = { id: "L8", work: "system calls on files, counted" };
  if (!hasStrace()) return { ...row, figures: [absent("all of it", "counts", "strace is not installed")] };
  const points = await addedByOurs({ steps: 1, perStep: 2000 }, { steps: 1, perStep: 4000 }, 2000);
  const steps = await addedByOurs({ steps: 400, perStep: SERIES }, { steps: 800, perStep: SERIES }, 400);
  const peer = await addedByPeer(20);
  return {
    ...row,
    figures: [
      exactly("calls per buffered `logMetric`", sumOf(points.counts), 0, "0"),
      exactly(
        `writes per step that changes ${SERIES} series`,
        sumOf(steps.counts, WRITES),
        SERIES + 2,
        "≤ 12: one per changed series, and two that say which step is complete",
      ),
      exactly("reads per step", sumOf(steps.counts, READS), 0, "0"),
      note("files opened per step", format(sumOf(steps.counts, OPENS))),
      note("all calls per step", `${format(sumOf(steps.counts))} (${list(steps.counts)})`),
      note("bytes written per step", format(steps.bytes)),
      ...(peer === undefined
        ? [absent("DVCLive", "", "not installed")]
        : [
            note(
              "DVCLive, per step of its first 40",
              `${format(sumOf(peer.counts))} calls, ${format(sumOf(peer.counts, READS))} of them reads, ` +
                `${format(sumOf(peer.counts, OPENS))} opens, ${format(peer.bytes)} bytes written`,
            ),
          ]),
    ],
  };
}

interface Amount {
  readonly steps: number;
  readonly perStep: number;
}

async function addedByOurs(once: Amount, twice: Amount, by: number): Promise<Added> {
  const trace = async (amount: Amount): Promise<string> => {
    const { under, read } = traceCalls(CALLS);
    const work = { logger: "waymark", series: SERIES, ...amount };
    await runWorker("points.mjs", work, { cwd: newFolder(), under });
    return read();
  };
  return difference(await trace(once), await trace(twice), by);
}

async function addedByPeer(steps: number): Promise<Added | undefined> {
  const trace = async (count: number): Promise<string | undefined> => {
    const { under, read } = traceCalls(CALLS);
    const work = { peer: "dvclive", work: "count_steps", steps: count } as const;
    const result = await runPeer<object>(work, { cwd: newFolder(), under });
    return isAbsent(result) ? undefined : read();
  };
  const once = await trace(steps);
  const twice = once === undefined ? undefined : await trace(steps * 2);
  return once === undefined || twice === undefined ? undefined : difference(once, twice, steps);
}

function difference(once: string, twice: string, by: number): Added {
  const fewer = countCalls(once);
  const counts = new Map<string, number>();
  for (const [name, count] of countCalls(twice)) {
    const added = (count - (fewer.get(name) ?? 0)) / by;
    if (Math.abs(added) >= 0.005) counts.set(name, added);
  }
  return { counts, bytes: (writtenBytes(twice) - writtenBytes(once)) / by };
}

function sumOf(counts: CallCounts, names: readonly string[] = [...counts.keys()]): number {
  return names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}

/** A whole number of calls; a step in a hundred may publish the summary as well, which is a matter of time. */
function exactly(what: string, found: number, limit: number, target: string): Figure {
  return { what, target, value: format(found), verdict: found <= limit + 0.5 ? "met" : "missed" };
}

function list(counts: CallCounts): string {
  return [...counts].map(([name, count]) => `${name} ${format(count)}`).join(", ");
}

function format(value: number): string {
  return String(Math.round(value * 100) / 100);
}
