import { isLeaseOver } from "../queue/lease.ts";
import { listTasks } from "../queue/list-tasks.ts";
import { listWorkers } from "../queue/workers.ts";
import type { Check } from "./finding.ts";

/** Tasks of the queue whose workers are gone, where nobody is there to take them over. */
export const checkQueue: Check = ({ project, nowMs }) => {
  const left = listTasks(project, ["active"]).filter(({ lease }) => lease === null || isLeaseOver(lease, nowMs));
  // A worker takes over what another one left before it takes anything new.
  if (left.length === 0 || listWorkers(project).length > 0) return [];
  const names = left.map(({ spec }) => `'${spec.name}'`).join(", ");
  return [
    {
      check: "abandoned-tasks",
      severity: "note",
      what: `${left.length === 1 ? "A task" : `${left.length} tasks`} of the queue had a worker that is gone: ${names}.`,
      why: "The worker was killed, or its machine went down. Nothing is lost: the queue still has them.",
      repair: "`waymark queue start` takes them up again, from their last checkpoints where there are any.",
    },
  ];
};
