// Works on the queue of the current folder as if on a host of its own: others see its leases only, which are short, and it
// stalls now and then. Its tasks end in an experiment of one commit.
import { processIdentity } from "../../../packages/files/dist/index.js";
import { openProject } from "../../../packages/experiments/dist/index.js";
import { claimTask } from "../../../packages/experiments/dist/queue/claim-task.js";
import { listTasks } from "../../../packages/experiments/dist/queue/list-tasks.js";
import { moveFenced } from "../../../packages/experiments/dist/run/run-fence.js";
import { RunTakenOverError } from "../../../packages/experiments/dist/run/run-errors.js";
import { commitTree, readRef, RefChangedError } from "../../../packages/git/dist/index.js";
import { runGitSync } from "../../../packages/git/dist/run.js";

const LEASE_MS = 60;
const [kind, name] = process.argv.slice(2);
const project = openProject(process.cwd(), process.env);
const { repo } = project;
const holder = { ...processIdentity(), host: name };
const stall = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const tree = runGitSync(repo, ["rev-parse", "HEAD^{tree}"]).stdout.toString().trim();

/** A look at the lease, and then nothing for a while. */
function fenceOf(held) {
  return () => {
    const checks = held.checks();
    stall(Math.random() < 0.5 ? 0 : 3 * LEASE_MS);
    // As it was before the lease was checked in the transaction itself.
    return kind === "unfenced" && checks !== undefined ? [] : checks;
  };
}

function carryOut(held) {
  const { spec } = held.task;
  const ref = `refs/exps/${spec.baseline.slice(0, 2)}/${spec.baseline.slice(2)}/${spec.name}`;
  const end = (state, commit) =>
    held.settle({ state, name: spec.name, commit, exitCode: 0, reason: null, endedAt: new Date().toISOString() });
  const before = readRef(repo, ref);
  // Who had the task before has finished it, and could not say so any more.
  if (before !== undefined) return end("finished", before);
  const commit = commitTree(repo, { tree, parents: [spec.baseline], message: `run\n\nBy: ${name} ${Math.random()}\n` });
  try {
    moveFenced(repo, { ref, newId: commit, oldId: null }, fenceOf(held), spec.name);
  } catch (error) {
    if (error instanceof RunTakenOverError) return false;
    if (!(error instanceof RefChangedError)) throw error;
    // While the task was ours, somebody else has written its result.
    return end("failed", null);
  }
  stall(Math.random() < 0.7 ? 0 : 2 * LEASE_MS);
  return end("finished", commit);
}

while (listTasks(project, ["waiting", "active"]).length > 0) {
  const held = claimTask(project, { worker: name, nowMs: Date.now(), leaseMs: LEASE_MS, holder });
  if (held === undefined) stall(5);
  else carryOut(held);
}
