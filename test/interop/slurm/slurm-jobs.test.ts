import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasSlurm, type NodeName, SlurmCluster } from "../../support/servers/slurm.ts";
import { type Loop, SlurmProject, uninterrupted } from "./slurm-project.ts";

if (!hasSlurm) noticeMissing("Slurm", "`npm run test:interop` installs it on Debian, as root.");

/** It waits in its fifth step: whatever is done to it then is done to a run that goes on. */
const LOOP: Loop = { seed: 7, steps: 12, every: 1, holdAt: 4 };
const SLURM_MS = 300_000;
const OVER = /^(?:COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)$/u;

describe.runIf(hasSlurm)("jobs of Slurm", { timeout: SLURM_MS }, () => {
  let cluster: SlurmCluster;
  const projects: SlurmProject[] = [];
  const project = (loop: Loop = LOOP): SlurmProject => {
    const made = new SlurmProject(cluster, loop);
    projects.push(made);
    return made;
  };
  const jobOf = (id: string): ReturnType<SlurmCluster["jobs"]>[number] | undefined =>
    cluster.jobs().find((job) => job.id === id);
  const stateOf = (id: string): string => jobOf(id)?.state ?? "";
  const ended = async (id: string): Promise<void> => cluster.until(`${id} is over`, () => OVER.test(stateOf(id)));
  /** A job with little time gives itself back once more where the machine is too busy to end it in that time. */
  const endsAtLast = async (id: string): Promise<void> => {
    do {
      await cluster.begin(id);
      await cluster.until(`${id} has begun`, () => stateOf(id) !== "PENDING");
      await cluster.until(`${id} is over or waits again`, () => stateOf(id) === "PENDING" || OVER.test(stateOf(id)));
    } while (stateOf(id) === "PENDING");
  };
  const runs = async (id: string): Promise<void> => cluster.until(`${id} runs`, () => stateOf(id) === "RUNNING");

  beforeAll(async () => {
    cluster = await SlurmCluster.start();
  });
  afterAll(async () => {
    await cluster.stop();
    for (const one of projects) one.remove();
  });

  test("an array of 8 runs with one GPU each, 4 at a time, each on a GPU of its own", async () => {
    const loop = { ...LOOP, steps: 3, holdAt: 2 };
    const it = project(loop);
    const job = await it.submit("grid", "--sbatch", "--gres=gpu:1", "-S", "seed=1,2,3,4,5,6,7,8");
    const states = (): readonly string[] =>
      cluster.jobs().flatMap(({ id, state }) => (id.startsWith(`${job}_`) ? [state] : []));
    // Four wait at their last step for the gate, the others for their GPUs.
    await cluster.until("four have made checkpoints", () => it.names().length === 4);
    expect(states().toSorted()).toEqual([...Array<string>(4).fill("PENDING"), ...Array<string>(4).fill("RUNNING")]);
    it.openGate();
    await cluster.until("all have ended", () => states().every((state) => state === "COMPLETED"));
    const gpus = Array.from({ length: 8 }, (_, at) => /gpu \d on n\d/u.exec(it.log(`${job}_${at}`))?.[0]);
    expect(new Set(gpus)).toEqual(new Set(["gpu 0 on n1", "gpu 0 on n2", "gpu 1 on n1", "gpu 1 on n2"]));
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(it.outcome(`grid-${seed}`)).toEqual(uninterrupted({ ...loop, seed }));
    }
    expect(it.git("for-each-ref", "refs/waymark/queue/active", "refs/waymark/queue/waiting")).toBe("");
    expect(Object.values(it.results())).toEqual(Array.from({ length: 8 }, () => "finished: null"));
    expect(it.git("status", "--porcelain")).toBe("");
  });

  test("a run that is requeued goes on from its checkpoint, and comes to the same", async () => {
    const it = project();
    const job = `${await it.submit("again")}_0`;
    await cluster.until("it waits at a step", () => it.chain("again").length === LOOP.holdAt);
    cluster.ask("scontrol", "requeue", job);
    await cluster.until("its first process says why it ends", () => it.log(job).includes("evicted"));
    await cluster.begin(job);
    await ended(job);
    expect(it.outcome("again"), it.log(job)).toEqual(uninterrupted(LOOP));
    expect(it.log(job)).toMatch(/begins at step 0[^]*begins at step [1-9]/u);
    // One commit per step, and none of a run that was forked off.
    expect(it.chain("again")).toHaveLength(LOOP.steps);
    expect(it.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps")).toBe("again");
    expect(it.results()).toEqual({ again: "finished: null" });
  });

  test("a killed task has no job any more, whether it ran or waited, and is over in the queue", async () => {
    const it = project();
    const running = `${await it.submit("runs")}_0`;
    const waiting = `${await it.submit("waits", "--sbatch", "--begin=now+1hour")}_0`;
    await cluster.until("it has a checkpoint", () => it.chain("runs").length > 0);
    expect(await it.killAll()).toHaveLength(2);
    await ended(running);
    // One that never ran is forgotten at once.
    expect([jobOf(running)?.state, jobOf(waiting)?.state]).toEqual(["CANCELLED", undefined]);
    expect(it.results()).toEqual({ runs: "killed: it was killed", waits: "killed: it was killed" });
    const steps = it.chain("runs").length;
    // Nothing goes on: what was saved by then is what there is.
    expect(cluster.processesOf(it.root)).toEqual([]);
    expect(it.chain("runs")).toHaveLength(steps);
  });

  test(
    "a node that fails and a time limit cost nothing but time: both go on from their checkpoints",
    async () => {
      const slow: Loop = { seed: 11, steps: 400, every: 10, holdAt: 25 };
      const failing = project(slow);
      const failed = `${await failing.submit("moved")}_0`;
      await cluster.until("it has two checkpoints", () => failing.chain("moved").length === 2);
      const lost = jobOf(failed)?.node as NodeName;
      const other = lost === "n1" ? "n2" : "n1";
      // Checkpoints only when asked for, and none at all.
      const limited = project({ ...slow, every: 100_000 });
      const options = ["--sbatch", `--time=1 --nodelist=${other}`];
      const warned = `${await limited.submit("warned", ...options, "--sbatch", "--signal=B:USR1@50")}_0`;
      // Ten seconds later it gives itself back.
      await runs(warned);
      const words = ["exp", "run", "--executor", "slurm", "-n", "deaf", ...options, "--sbatch", "--signal=B:USR1@10"];
      await limited.waymark(...words, "--", "sleep", "300");
      const deaf = `${Number(warned.split("_")[0]) + 1}_0`;
      await runs(deaf);

      await cluster.failNode(lost);
      await cluster.begin(failed);
      await ended(failed);
      expect(jobOf(failed), failing.log(failed)).toMatchObject({ state: "COMPLETED", node: other });
      expect(failing.outcome("moved")).toEqual(uninterrupted(slow));
      expect(failing.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps")).toBe("moved");
      expect(failing.results()).toEqual({ moved: "finished: null" });
      await cluster.mendNode(lost);

      await endsAtLast(warned);
      expect(limited.outcome("warned")).toEqual(uninterrupted(slow));
      expect(limited.log(warned)).toContain("a checkpoint was asked for");
      await ended(deaf);
      expect(limited.results()).toEqual({
        warned: "finished: null",
        deaf: "failed: its time in Slurm was up before it made a checkpoint",
      });
    },
    SLURM_MS,
  );

  test("without the controller runs go on, the queue says what it does not know, and hears of the end", async () => {
    const it = project();
    const job = `${await it.submit("alone")}_0`;
    await cluster.until("it has a checkpoint", () => it.chain("alone").length > 0);
    await cluster.stopController();
    const { tasks, troubles } = await it.refresh();
    expect(tasks).toMatchObject([{ jobId: job, isSettled: false, standing: { kind: "unknown", source: "nobody" } }]);
    expect(tasks[0]?.standing.detail).toMatch(/^the job last said it was running on n[12], and Slurm does not answer/u);
    expect(troubles).toHaveLength(1);
    const said = await it.impatiently("queue", "status");
    expect(said.stderr).toMatch(/^warning: 'squeue' got no answer: /u);
    expect(said.stdout).toMatch(/alone .*Unknown .*Slurm does not answer/u);
    it.openGate();
    await cluster.until("the queue hears of the end", () => it.results()["alone"] === "finished: null");
    cluster.startController();
    await ended(job);
    expect(it.outcome("alone")).toEqual(uninterrupted(LOOP));
  });

  test("what Slurm refuses is said in its words, and leaves nothing in the queue", async () => {
    const it = project();
    const words = ["exp", "run", "--executor", "slurm", "-n", "no", "--sbatch", "--partition=moon", "--", "true"];
    const { code, stderr } = await it.waymark(...words);
    expect(code).toBe(255);
    expect(stderr).toMatch(
      /Slurm refused the job: .*invalid partition specified: moon[^]*hint: `sinfo` lists the partitions/u,
    );
    expect(it.git("for-each-ref", "refs/waymark", "refs/exps")).toBe("");
  });
});
