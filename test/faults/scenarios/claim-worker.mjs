// Works on the queue of the current folder until it is empty. Its tasks take a few milliseconds and end in an experiment
// of one commit. Appends one line to a log per task that begins, and one per experiment that it made.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openProject, workQueue } from "../../../packages/experiments/dist/index.js";
import { commitTree, RefChangedError, updateRefs } from "../../../packages/git/dist/index.js";
import { changeTask } from "../../../packages/experiments/dist/queue/change-task.js";
import { listTasks } from "../../../packages/experiments/dist/queue/list-tasks.js";

const [log, kind] = process.argv.slice(2);
const project = openProject(process.cwd(), process.env);

async function run(task, spec, { fence }) {
  appendFileSync(log, `begin ${spec.name}\n`);
  await sleep(2 + Math.random() * 10);
  const answer = { name: spec.name, exitCode: 0, error: undefined };
  const tree = `${task.commit}^{tree}`;
  const message = `run\n\nWaymark-Run: ${process.pid}\nWaymark-Status: finished\n`;
  const commit = commitTree(project.repo, { tree: await treeOf(tree), parents: [spec.baseline], message });
  const ref = `refs/exps/${spec.baseline.slice(0, 2)}/${spec.baseline.slice(2)}/${spec.name}`;
  // A worker that is not safe writes whatever others have written, without a look at its lease.
  const checks = kind === "safe" ? fence() : [];
  if (checks === undefined) return { ...answer, state: "failed", commit: null, reason: "taken over" };
  try {
    updateRefs(project.repo, [{ ref, newId: commit, oldId: kind === "safe" ? null : undefined }, ...checks]);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    return { ...answer, state: "failed", commit: null, reason: "there is a result" };
  }
  appendFileSync(log, `made ${spec.name}\n`);
  return { ...answer, state: "finished", commit, reason: null };
}

async function treeOf(revision) {
  const { runGitSync } = await import("../../../packages/git/dist/run.js");
  return runGitSync(project.repo, ["rev-parse", revision]).stdout.toString().trim();
}

if (kind === "safe") await workQueue(project, { idleMs: 300, run });
else {
  // Takes what waits and what others have, as if there were no leases.
  for (const task of listTasks(project, ["active", "waiting"])) {
    const { state, name, commit, exitCode, reason } = await run(task, task.spec, { fence: () => [] });
    const result = { state, name, commit, exitCode, reason, endedAt: new Date().toISOString() };
    try {
      changeTask(project, task, { place: "done", content: { lease: null, result } });
    } catch {
      // Somebody else was there.
    }
  }
}
