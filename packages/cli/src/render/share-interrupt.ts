import { type ExperimentRef, listRemoteExperiments, type Project } from "@waymark/experiments";

/** How far a push or pull was when it was interrupted. */
export interface InterruptedShare {
  /** The last word of the transfer of data: `12 of 40 files, 1.20M`. */
  readonly data: string | undefined;
  /** Experiments whose refs were set. */
  readonly experiments: number;
}

/** Somebody waits for the prompt to come back. */
const ASK_MS = 5000;

/**
 * Counts experiments that are at a Git remote as they are here: an interrupted `git push` may have done its work.
 *
 * @returns `undefined` when the remote does not answer soon.
 */
export async function countArrived(
  { repo }: Project,
  remote: string,
  experiments: readonly ExperimentRef[],
): Promise<number | undefined> {
  try {
    const there = await listRemoteExperiments(repo, remote, { signal: AbortSignal.timeout(ASK_MS) });
    const tips = new Map(there.experiments.map(({ ref, tip }) => [ref, tip]));
    return experiments.filter(({ ref, tip }) => tips.get(ref) === tip).length;
  } catch {
    return undefined;
  }
}

/** Says what has arrived, and how it goes on. */
export function describeInterrupt(
  verb: "push" | "pull",
  { data }: InterruptedShare,
  arrived: number | undefined,
): string {
  const where = verb === "push" ? "at the Git remote" : "here";
  const experiments =
    arrived === undefined
      ? "whether experiments arrived is not known"
      : `${arrived} experiment${arrived === 1 ? " is" : "s are"} ${where}`;
  const files = data === undefined ? "" : ` (data: ${data})`;
  return `Interrupted: ${experiments}${files}. Run the ${verb} again: it goes on from there.`;
}
