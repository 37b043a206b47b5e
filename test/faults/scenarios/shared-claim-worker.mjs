// Works on the shared queue of the current folder until it is empty. Its tasks take a few milliseconds and end in an
// experiment of one commit. Appends one line to a log per task whose end the remote has taken from it.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openProject, refreshQueue, workQueue } from "../../../packages/experiments/dist/index.js";
import { commitTree, RefChangedError, updateRefs } from "../../../packages/git/dist/index.js";
import { runGitSync } from "../../../packages/git/dist/run.js";
import { changeTask } from "../../../packages/experiments/dist/queue/change-task.js";
import { listTasks } from "../../../packages/experiments/dist/queue/list-tasks.js";

const [log, kind] = process.argv.slice(2);
const project = openProject(process.cwd(), process.env);

async function run(task, spec, { fence }) {
  await sleep(2 + Math.random() * 10);
  const answer = { name: spec.name, exitCode: 0, error: undefined };
  const message = `run\n\nWaymark-Run: ${process.pid}\nWaymark-Status: finished\n`;
  const commit = commitTree(project.repo, { tree: treeOf(task.commit), parents: [spec.baseline], message });
  if (fence() === undefined) return { ...answer, state: "failed", commit: null, reason: "taken over" };
  try {
    updateRefs(project.repo, [{ ref: refOf(spec), newId: commit, oldId: null }]);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    return { ...answer, state: "failed", commit: null, reason: "there is a result" };
  }
  return { ...answer, state: "finished", commit, reason: null };
}

function refOf({ baseline, name }) {
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

function treeOf(commit) {
  return runGitSync(project.repo, ["rev-parse", `${commit}^{tree}`])
    .stdout.toString()
    .trim();
}

if (kind === "safe") {
  await workQueue(
    project,
    { idleMs: 2500, run },
    {
      onEnd: ({ spec }) => appendFileSync(log, `settled ${spec.name}\n`),
      onWarning: (text) => process.stderr.write(`${text}\n`),
    },
  );
} else {
  // Takes what waits without a word, and pushes by force what it made of it.
  await refreshQueue(project);
  for (const task of listTasks(project, ["waiting"])) {
    const { commit } = await run(task, task.spec, { fence: () => [] });
    const result = { state: "finished", name: task.spec.name, commit, exitCode: 0, reason: null };
    const content = { lease: null, result: { ...result, endedAt: new Date().toISOString() } };
    const done = changeTask(project, task, { place: "done", content });
    const specs = [`+${done.commit}:${done.ref}`, `+${commit}:${refOf(task.spec)}`];
    runGitSync(project.repo, ["push", "--quiet", "origin", ...specs], { allowedExitCodes: [0, 1] });
    appendFileSync(log, `settled ${task.spec.name}\n`);
  }
}
