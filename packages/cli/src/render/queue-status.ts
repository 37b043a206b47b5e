import { hostname } from "node:os";
import { type DvcQueueEntry, isLeaseOver, type QueueTask, type Worker } from "@waymark/experiments";
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
    const reason = result?.reason ?? note?.detail ?? hostOf(task) ?? "";
    return [id, spec.name, formatCreated(createdAt, nowMs), word, `${attempts}`, reason];
  });
  const table =
    rows.length === 0
      ? "No experiment tasks in the queue.\n"
      : formatPlainTable(["Task", "Name", "Created", "Status", "Attempts", "Reason"], rows);
  const active = workers.filter((worker) => worker.tasks.length > 0).length;
  return `${table}\nWorker status: ${active} active, ${workers.length - active} idle\n`;
}

const DVC_WORDS: Readonly<Record<DvcQueueEntry["state"], string>> = {
  running: "Running",
  killed: "Killed",
  queued: "Queued",
  failed: "Failed",
  success: "Success",
};

/** How a task of DVC's queue stands, in one word. DVC goes on saying `Running` of one whose process is gone. */
export function dvcTaskWord({ state }: DvcQueueEntry): string {
  return DVC_WORDS[state];
}

/** Formats the tasks of DVC's queue as `dvc queue status` does, under a line that says whose they are; nothing for none. */
export function formatDvcQueue(entries: readonly DvcQueueEntry[], nowMs: number): string {
  if (entries.length === 0) return "";
  const rows = entries.map((entry) => {
    const created = entry.createdAt === null ? "-" : formatCreated(entry.createdAt, nowMs);
    return [entry.id.slice(0, 7), entry.name ?? "", created, dvcTaskWord(entry)];
  });
  return `\nIn the queue of DVC, for its own workers (dvc queue):\n${formatPlainTable(["Task", "Name", "Created", "Status"], rows)}`;
}

/** Where a task runs, when that is another host. */
function hostOf({ place, lease }: QueueTask): string | undefined {
  if (place !== "active" || lease === null || lease.holder.host === hostname()) return undefined;
  return `runs on ${toPrintable(lease.holder.host)}`;
}

/** Jobs of Slurm have no process that could be named before they run. */
function describeWorker({ worker, holder }: NonNullable<QueueTask["lease"]>): string {
  return worker.startsWith("slurm/") ? "a job of Slurm" : `process ${holder.pid} on ${holder.host}`;
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
    ["Worker", lease === null ? undefined : describeWorker(lease)],
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
