import type { CheckpointInfo } from "../../protocol.ts";

/**
 * Reads `<dir>/checkpoints.json`, the list of checkpoints where there is no Git to hold them. Entries that make no sense
 * are left out.
 */
export function parseKeptCheckpoints(text: string): readonly CheckpointInfo[] {
  const value: unknown = JSON.parse(text);
  const listed =
    typeof value === "object" && value !== null && "checkpoints" in value && Array.isArray(value.checkpoints)
      ? (value.checkpoints as readonly unknown[])
      : [];
  return listed.flatMap((entry) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { step, time, status }: { step?: unknown; time?: unknown; status?: unknown } = entry;
    if (typeof step !== "number" || !Number.isFinite(step)) return [];
    return [
      {
        step,
        commit: null,
        selector: null,
        isoTime: typeof time === "string" ? time : null,
        status: status === "finished" ? ("finished" as const) : ("running" as const),
      },
    ];
  });
}
