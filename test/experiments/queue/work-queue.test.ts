import { processIdentity } from "@waymark/files";
import { beforeEach, describe, expect, test } from "vitest";
import {
  enqueueRuns,
  findTasks,
  killTasks,
  listTasks,
  listWorkers,
  openProject,
  retryTasks,
  type Project,
  type RunSpec,
  stopWorkers,
  type WorkQueueOptions,
  workQueue,
} from "@waymark/experiments";
import { changeTask } from "../../../packages/experiments/src/queue/change-task.ts";
import { TRAIN } from "./train-script.ts";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../../support/git-repo.ts";

let repo: GitRepo;
let project: Project;

beforeEach(() => {
  repo = gitRepo({ "params.yaml": "lr: 1\n" });
  project = openProject(repo.root, { ...GIT_TEST_ENV, XDG_RUNTIME_DIR: repo.path(".git") });
});

function enqueue(name: string, command: readonly string[], changes: Partial<RunSpec> = {}): void {
  const spec: RunSpec = {
    ...{
      schema: 1 as const,
      name,
      baseline: repo.head(),
      message: null,
      cwd: ".",
      force: false,
      params: [],
      copyPaths: [],
    },
    ...{ work: { kind: "command", command } as const, rules: { stop: [], maxTimeMs: null }, resume: null },
    ...changes,
  };
  enqueueRuns(project, [{ spec, start: repo.head() }]);
}

const work = async (options: WorkQueueOptions = {}, effects = {}): Promise<number> =>
  workQueue(project, { idleMs: 1, ...options }, effects);
const results = () => Object.fromEntries(listTasks(project).map(({ spec, result }) => [spec.name, result?.state]));

describe("a worker", () => {
  test("runs what waits in work trees of its own, and says how it went", { timeout: 60_000 }, async () => {
    enqueue("good", ["sh", "-c", "echo $DVC_EXP_NAME > params.yaml"]);
    enqueue("bad", ["sh", "-c", "echo why; exit 7"]);
    const before = repo.fingerprint();
    expect(await work()).toBe(2);
    expect(results()).toEqual({ good: "finished", bad: "failed" });
    const [bad] = findTasks(project, ["bad"]);
    expect(bad?.result).toMatchObject({ exitCode: 7, commit: null, reason: expect.stringContaining("exited with 7") });
    expect(repo.fingerprint()).toBe(before);
    const ref = `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/good`;
    expect(repo.git("show", `${ref}:params.yaml`)).toBe("good");
    expect(listWorkers(project)).toEqual([]);
  });

  test("gives each task a GPU for itself", { timeout: 60_000 }, async () => {
    for (const name of ["a", "b", "c"])
      enqueue(name, ["sh", "-c", "sleep 0.3; echo $CUDA_VISIBLE_DEVICES > params.yaml"]);
    const together: number[] = [];
    let running = 0;
    const effects = { onStart: () => together.push((running += 1)), onEnd: () => (running -= 1) };
    await work({ slots: 3, gpus: ["4", "5"] }, effects);
    const used = ["a", "b", "c"].map((name) => {
      return repo.git("show", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}:params.yaml`);
    });
    expect(new Set(used)).toEqual(new Set(["4", "5"]));
    expect(Math.max(...together)).toBe(2);
  });

  test.runIf(process.platform === "linux")(
    "gives each task CPUs for itself, which is what its programs see",
    async () => {
      enqueue("a", ["sh", "-c", "echo $(nproc) $OMP_NUM_THREADS $WAYMARK_CPUS > params.yaml"]);
      await work({ cpus: 1 });
      const ref = `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/a`;
      expect(repo.git("show", `${ref}:params.yaml`)).toMatch(/^1 1 \d+$/u);
      await expect(work({ cpus: 9999 })).rejects.toThrow("cannot have 9999 CPUs");
    },
  );

  test("ends a task that is killed, and goes on with the next", { timeout: 60_000 }, async () => {
    enqueue("long", ["sh", "-c", "sleep 600 & sleep 600"]);
    enqueue("next", ["true"]);
    const onStart = ({ spec }: { spec: RunSpec }): void => {
      if (spec.name === "long") killTasks(project, findTasks(project, ["long"]), "ask");
    };
    await work({}, { onStart });
    expect(results()).toEqual({ long: "killed", next: "finished" });
  });

  test(
    "puts its task back when it has to stop, and another goes on from its checkpoint",
    { timeout: 60_000 },
    async () => {
      repo.write("train.mjs", TRAIN);
      repo.commitAll("train");
      enqueue("train", ["node", "train.mjs"]);
      let output = "";
      const onOutput = (data: Uint8Array): void => void (output += Buffer.from(data).toString());
      const onCheckpoint = ({ step }: { step: number | undefined }): void => {
        if (step === 1) stopWorkers(project, "now");
      };
      expect(await work({}, { runEffects: () => ({ onOutput, onCheckpoint }) })).toBe(0);
      expect(listTasks(project)).toMatchObject([{ place: "waiting", attempts: 1 }]);
      expect(await work({}, { runEffects: () => ({ onOutput }) })).toBe(1);
      expect(results()).toEqual({ train: "finished" });
      expect(output.match(/^step \d+$/gmu)).toEqual(["step 0", "step 1", "step 2", "step 3"]);
      expect(listTasks(project)[0]).toMatchObject({ attempts: 2, result: { name: "train" } });
    },
  );

  test("runs a task again that failed, although somebody has given its name to an experiment since", async () => {
    enqueue("mine", ["sh", "-c", "[ -f .dvc/tmp/again ] || exit 3; echo 2 > params.yaml"]);
    await work();
    const ref = `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/mine`;
    const tree = repo.git("rev-parse", "HEAD^{tree}");
    const others = repo.git("commit-tree", tree, "-p", "HEAD", "-m", "by hand");
    repo.git("update-ref", ref, others);
    retryTasks(project, findTasks(project, ["mine"]));
    await work();
    expect(repo.git("rev-parse", ref)).toBe(others);
    expect(listTasks(project)).toMatchObject([{ attempts: 2, result: { state: "failed", commit: null } }]);
  });

  test("settles a task that was finished by a worker that could not say so, and does not run it again", async () => {
    enqueue("once", ["sh", "-c", "echo 2 > params.yaml"]);
    await work();
    const [done] = listTasks(project);
    if (done === undefined) throw new Error("there is no task");
    // As it was before the worker said how the task ended.
    const gone = { ...processIdentity(), pid: 2 ** 22 - 1, processStart: "1" };
    const lease = { worker: "gone", holder: gone, fence: 1, expiresAt: new Date().toISOString(), kill: null };
    changeTask(project, done, { place: "active", content: { lease, result: null } });
    const tip = done.result?.commit;
    const run: WorkQueueOptions["run"] = async () => Promise.reject(new Error("it runs again"));
    await work({ run });
    expect(listTasks(project)).toMatchObject([{ place: "done", result: { state: "finished", commit: tip } }]);
  });
});

/** Trains four steps with a checkpoint each; waits a little in each, so that it can be stopped. */
