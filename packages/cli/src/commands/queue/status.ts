import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface StatusOptions {
  readonly json?: boolean;
}

export const command = defineCommand<StatusOptions>({
  summary: "Show the tasks of the queue and the workers",
  details:
    "Those that run come first, then those that wait, in their order, then those that are over. " +
    "Of tasks that Slurm has it tells what their jobs say themselves, and otherwise what Slurm says. What DVC has in " +
    "its own queue is listed apart: no command of ours changes it.",
  options: [{ flags: "--json", description: "print JSON: one object per task, whose tool is waymark or dvc" }],
  examples: [{ line: "waymark queue status", does: "what runs, what waits, what failed and why" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { listDvcEntries, listTasks, listWorkers, openProject } = await import("@waymark/experiments");
    const { dvcTaskWord, formatDvcQueue, formatQueueStatus, taskWord } = await import("../../render/queue-status.ts");
    const { refreshSlurm } = await import("../../slurm/refresh.ts");
    const { cwd, env, ui } = context;
    const project = openProject(cwd, env);
    const { showQueueNews } = await import("../../queue/show-queue-news.ts");
    await showQueueNews(project, context);
    const slurm = await refreshSlurm(project, context);
    const tasks = listTasks(project);
    const theirs = listDvcEntries(project);
    const nowMs = Date.now();
    if (options.json !== true) {
      ui.write(formatQueueStatus(tasks, listWorkers(project), nowMs, slurm) + formatDvcQueue(theirs, nowMs));
      return;
    }
    const entries = tasks.map((task) => {
      const { id, spec, createdAt, startedAt, attempts, result } = task;
      const { name, baseline, params } = spec;
      return {
        ...{
          tool: "waymark",
          id,
          name,
          status: slurm.get(id)?.word ?? taskWord(task, nowMs),
          baseline,
          params,
          createdAt,
          startedAt,
          attempts,
        },
        result,
        ...(slurm.has(id) ? { slurm: { job: slurm.get(id)?.job, detail: slurm.get(id)?.detail } } : {}),
      };
    });
    const ofDvc = theirs.map((entry) => {
      const { id, name, baseline, createdAt } = entry;
      const unknown = { params: [], startedAt: null, attempts: null, result: null };
      return { tool: "dvc", id, name, status: dvcTaskWord(entry), baseline, createdAt, ...unknown };
    });
    ui.line(JSON.stringify([...entries, ...ofDvc]));
  },
});
