import { listRefsSync } from "@waymark/git";
import { isLeaseOver } from "../queue/lease.ts";
import { findHalfMoved, mendHalfMoved } from "../queue/half-moved.ts";
import { listTasks, readTasks } from "../queue/list-tasks.ts";
import { QUEUE_REFS } from "../queue/task-refs.ts";
import { listWorkers } from "../queue/workers.ts";
import type { Project } from "../project.ts";
import type { Check, Finding } from "./finding.ts";

/** Tasks of the queue whose workers are gone, changes of the queue that were cut short, and refs that hold no task. */
export const checkQueue: Check = ({ project, nowMs }) => [
  ...findAbandoned(project, nowMs),
  ...findCutShort(project),
  ...findUnreadable(project),
];

/** Where nobody is there to take tasks over. */
function findAbandoned(project: Project, nowMs: number): readonly Finding[] {
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
}

function findCutShort(project: Project): readonly Finding[] {
  const { outdated, idleNames, nameless } = findHalfMoved(project);
  const count = outdated.length + idleNames.length + nameless.length;
  if (count === 0) return [];
  return [
    {
      check: "half-moved-tasks",
      severity: "leftover",
      what: `${count === 1 ? "A change" : `${count} changes`} of the queue ${count === 1 ? "was" : "were"} made by half.`,
      why: "A Git command was killed in the middle. The queue shows tasks as they were to be, and names may not be free.",
      repair: "What was begun is completed.",
      fix: () => mendHalfMoved(project),
    },
  ];
}

const SHOWN = 3;

/** They are passed over everywhere else, and are nobody's to delete: a version to come may have made them. */
function findUnreadable({ repo }: Project): readonly Finding[] {
  const refs = listRefsSync(
    repo,
    ["active", "waiting", "done"].map((place) => `${QUEUE_REFS}/${place}`),
  );
  const tasks = new Set(readTasks(repo, refs).map(({ ref }) => ref));
  const others = refs.flatMap(({ name }) => (tasks.has(name) ? [] : [name]));
  if (others.length === 0) return [];
  const shown = others.slice(0, SHOWN).join(", ") + (others.length > SHOWN ? ` and ${others.length - SHOWN} more` : "");
  return [
    {
      check: "unreadable-tasks",
      severity: "note",
      what: `${others.length === 1 ? "A ref" : `${others.length} refs`} of the queue cannot be read as a task: ${shown}.`,
      why: "A newer version has made it, or somebody has pushed something else. No worker takes it.",
      repair: "Should it not be there: `git update-ref -d REF`.",
    },
  ];
}
