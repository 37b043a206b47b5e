import { join } from "node:path";
import type { DvcTask } from "../dvc-state/broker.ts";
import { listDvcQueue } from "../dvc-state/executions.ts";
import type { Project } from "../project.ts";
import { listTasks } from "../queue/list-tasks.ts";
import type { QueueTask } from "../queue/task.ts";

/** A task of either queue that nobody carries out now. */
export type QueuedExperiment = {
  readonly name: string;
  /** The files that it runs on. */
  readonly commit: string;
} & ({ readonly tool: "dvc"; readonly task: DvcTask } | { readonly tool: "waymark"; readonly task: QueueTask });

/** How many characters of an id name a task at least. */
const ID = /^[0-9a-f]{4,40}$/u;

/**
 * Finds a task that waits, or is over, by name or by the beginning of its id: of our queue, or of DVC's, as DVC does where
 * no experiment has the name.
 */
export function findQueued(project: Project, text: string): QueuedExperiment | undefined {
  const all = [...listOwn(project), ...listDvc(project)];
  const isId = ID.test(text);
  return (
    all.findLast(({ name }) => name === text) ??
    (isId ? all.find((queued) => idOf(queued).startsWith(text)) : undefined)
  );
}

/** A task that made an experiment is remembered by the queue alone: its name is that of the experiment. */
function listOwn(project: Project): readonly QueuedExperiment[] {
  return listTasks(project, ["waiting", "done"])
    .filter(({ place, result }) => place === "waiting" || (result?.commit ?? null) === null)
    .map((task) => ({ tool: "waymark", name: task.spec.name, commit: task.commit, task }));
}

function listDvc({ dvcRoot }: Project): readonly QueuedExperiment[] {
  return listDvcQueue(join(dvcRoot, ".dvc"))
    .filter(({ task }) => task.state !== "taken")
    .map(({ task, name }) => ({ tool: "dvc", name: name ?? "", commit: task.stashRev, task }));
}

function idOf(queued: QueuedExperiment): string {
  return queued.tool === "dvc" ? queued.task.stashRev : queued.task.id;
}
