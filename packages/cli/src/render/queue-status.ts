import { isLeaseOver, type QueueTask, type Worker } from "@waymark/experiments";
import type { SlurmNote } from "../slurm/refresh.ts";
import { formatPlainTable } from "./plain-table.ts";
import { toPrintable } from "./display-text.ts";

/** How a task stands, in one word: DVC's words where it has one. */
export function taskWord({ place, result, lease }: QueueTask, nowMs: number): string {
  if (place === "waiting") return "Queued";
  if (place === "active") return lease !== null && !isLeaseOver(lease, nowMs) ? "Running" : "Lost";
  switch (result?.state) {
    case "finished":
      return "Success";
    case "stopped":
      return "Stopped";
    case "killed":
      return "Killed";
    case "interrupted":
      return "Interrupted";
    default:
      return "Failed";
  }
}

/**
 * Formats the tasks of the queue and the workers, in the columns of DVC and some more.
 *
 * @param slurm - What is known of the tasks that Slurm has, by id.
 */
export function formatQueueStatus(
  tasks: readonly QueueTask[],
  workers: readonly Worker[],
  nowMs: number,
  slurm: ReadonlyMap<string, SlurmNote> = new Map(),
): string {
  const rows = tasks.map((task) => {
    const { id, spec, createdAt, attempts, result } = task;
    const note = slurm.get(id);
    const word = note?.word ?? taskWord(task, nowMs);
    const reason = result?.reason ?? note?.detail ?? "";
    return [id, spec.name, formatCreated(createdAt, nowMs), word, `${attempts}`, reason];
  });
  const table =
    rows.length === 0
      ? "No experiment tasks in the queue.\n"
      : formatPlainTable(["Task", "Name", "Created", "Status", "Attempts", "Reason"], rows);
  const active = workers.filter((worker) => worker.tasks.length > 0).length;
  return `${table}\nWorker status: ${active} active, ${workers.length - active} idle\n`;
}

/** What `queue show` tells of a task. */
export function formatTaskDetails(task: QueueTask, nowMs: number): string {
  const { id, spec, createdAt, startedAt, attempts, lease, result } = task;
  const work = spec.work.kind === "command" ? spec.work.command.join(" ") : (spec.work.options.targets ?? []).join(" ");
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["Task", id],
    ["Name", spec.name],
    ["Status", taskWord(task, nowMs)],
    ["Reason", result?.reason ?? undefined],
    ["Runs", work === "" ? "dvc.yaml" : work],
    ["In", spec.cwd],
    ["Baseline", spec.baseline],
    ["Goes on from", spec.resume?.selector],
    ["Created", createdAt],
    ["Started", startedAt ?? undefined],
    ["Ended", result?.endedAt],
    ["Attempts", String(attempts)],
    ["Worker", lease === null ? undefined : `process ${lease.holder.pid} on ${lease.holder.host}`],
    ["Exit code", result?.exitCode === null || result === null ? undefined : String(result.exitCode)],
    [
      "Experiment",
      result?.commit === null || result === null ? undefined : `${result.name} (${result.commit.slice(0, 7)})`,
    ],
    ...spec.params.map(({ file, path, value }): readonly [string, string] => {
      return ["Param", `${file}:${path}${value === undefined ? " removed" : ` = ${JSON.stringify(value)}`}`];
    }),
    ...spec.rules.stop.map((rule): readonly [string, string] => ["Stops", rule]),
  ];
  const known = lines.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]));
  const width = Math.max(...known.map(([label]) => label.length));
  return known.map(([label, text]) => `${label.padEnd(width)}  ${toPrintable(text)}\n`).join("");
}

/** As DVC: the time of today, the date of days before. */
function formatCreated(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  return isToday
    ? date.toLocaleTimeString("en-US", { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString("en-US", { month: "short", day: "2-digit", year: "numeric" });
}
