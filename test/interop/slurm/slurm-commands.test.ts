import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN, startProgram } from "../../support/cli.ts";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasSlurm, SlurmCluster } from "../../support/servers/slurm.ts";
import { type Loop, SlurmProject, uninterrupted } from "./slurm-project.ts";

if (!hasSlurm) noticeMissing("Slurm", "`npm run test:interop` installs it on Debian, as root.");

const LOOP: Loop = { seed: 3, steps: 8, every: 1, holdAt: 4 };
const SLURM_MS = 300_000;

interface ShownTask {
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly result: { readonly reason: string | null } | null;
  readonly slurm?: { readonly job: string; readonly detail: string };
}

describe.runIf(hasSlurm)("Slurm from the command line", { timeout: SLURM_MS }, () => {
  let cluster: SlurmCluster;
  const projects: SlurmProject[] = [];
  const project = (loop: Loop = LOOP): SlurmProject => {
    const made = new SlurmProject(cluster, loop);
    projects.push(made);
    return made;
  };
  const status = async (it: SlurmProject): Promise<Record<string, ShownTask>> => {
    const tasks = JSON.parse(await it.succeed("queue", "status", "--json")) as ShownTask[];
    return Object.fromEntries(tasks.map((task) => [task.name, task]));
  };
  const isHeld = (it: SlurmProject, name: string): boolean => it.chain(name).length === LOOP.holdAt;
  const jobEnds = async (id: string): Promise<void> =>
    cluster.until(`${id} is over`, () =>
      cluster.jobs().some((job) => job.id === id && /^(?:COMPLETED|CANCELLED|FAILED|TIMEOUT)$/u.test(job.state)),
    );

  beforeAll(async () => {
    cluster = await SlurmCluster.start();
  });
  afterAll(async () => {
    await cluster.stop();
    for (const one of projects) one.remove();
  });

  test(
    "a sweep says what it will submit, is seen while it runs, and its logs are followed to the end",
    async () => {
      const it = project();
      const words = ["exp", "run", "--executor", "slurm", "-n", "grid", "-j", "2", "-S", "seed=1,2,3"];
      const dry = await it.waymark(...words, "--dry", "--", "node", "train.mjs");
      expect(dry.stderr).toContain(
        "Would submit 3 runs of node train.mjs: seed (3 values), at most 2 at a time, to Slurm.",
      );
      expect(dry.stderr).toContain("grid-2: seed=2");
      expect(dry.stdout).toMatch(/^sbatch .*--array=0-2%2'? .*--requeue/u);
      expect(it.git("for-each-ref", "refs/waymark")).toBe("");

      const sent = await it.waymark(...words, "--", "node", "train.mjs");
      expect(sent.stderr).toContain("grid-1: seed=1\ngrid-2: seed=2\ngrid-3: seed=3\n");
      const job = /Submitted 3 tasks to Slurm as job (\d+): grid-1, grid-2, grid-3/u.exec(sent.stdout)?.[1];
      await cluster.until("two wait at a step", () => ["grid-1", "grid-2"].every((name) => isHeld(it, name)));
      const shown = await status(it);
      expect(shown["grid-1"]).toMatchObject({ status: "Running", attempts: 1, slurm: { job: `${job}_0` } });
      expect(shown["grid-1"]?.slurm?.detail).toMatch(/runs on n[12]$/u);
      expect(shown["grid-3"]?.status).toBe("Queued");
      expect(shown["grid-3"]?.slurm?.detail).toMatch(/waits in Slurm \(JobArrayTaskLimit\)$/u);
      const table = await it.succeed("exp", "show", "--no-pager");
      expect(table).toMatch(/grid-1 .*running .*slurm/u);
      expect(table).toMatch(/grid-3 .*queued .*slurm/u);
      expect(await it.succeed("queue", "show", "grid-1")).toContain("a job of Slurm");

      const following = startProgram([BIN, "queue", "logs", "-f", "grid-2"], {
        cwd: it.root,
        env: it.cleanEnv,
      });
      await following.seen(/begins at step 0/u);
      it.openGate();
      expect((await following.ended).code).toBe(0);
      expect((await status(it))["grid-2"]?.status).toBe("Success");
      await jobEnds(`${job}_2`);
      for (const seed of [1, 2, 3]) expect(it.outcome(`grid-${seed}`)).toEqual(uninterrupted({ ...LOOP, seed }));
      expect(await it.succeed("exp", "show", "--no-pager")).not.toMatch(/running|queued/u);
    },
    SLURM_MS,
  );

  test(
    "tasks of the queue are submitted, ended while they run and wait, retried and removed",
    async () => {
      const it = project();
      await it.succeed("exp", "run", "--queue", "-n", "pair", "-S", "seed=5,6", "--", "node", "train.mjs");
      const sent = await it.succeed("queue", "start", "--executor", "slurm", "-j", "1");
      const job = /Submitted 2 tasks to Slurm as job (\d+): pair-1, pair-2/u.exec(sent)?.[1];
      await cluster.until("the first waits at a step", () => isHeld(it, "pair-1"));
      expect(await it.succeed("queue", "kill", "pair-1", "pair-2")).toContain("Ending tasks: 'pair-1' and 'pair-2'");
      await jobEnds(`${job}_0`);
      expect(cluster.processesOf(it.root)).toEqual([]);
      const killed = await status(it);
      expect(killed["pair-1"]).toMatchObject({ status: "Killed", result: { reason: "it was killed" } });
      expect(killed["pair-2"]).toMatchObject({ status: "Killed" });
      expect(await it.succeed("exp", "show", "--no-pager")).not.toMatch(/running|queued/u);

      expect(await it.succeed("queue", "retry", "--failed")).toContain("Queued again: ");
      const again = await it.succeed("queue", "start", "--executor", "slurm");
      const second = /as job (\d+): /u.exec(again)?.[1];
      it.openGate();
      for (const element of [0, 1]) await jobEnds(`${second}_${element}`);
      expect(it.outcome("pair-1")).toEqual(uninterrupted({ ...LOOP, seed: 5 }));
      expect(it.outcome("pair-2")).toEqual(uninterrupted({ ...LOOP, seed: 6 }));
      // The first went on from its last checkpoint, the second began anew.
      expect(it.log(`${second}_0`)).toMatch(/begins at step [34]/u);
      expect(it.log(`${second}_1`)).toContain("begins at step 0");
      expect((await status(it))["pair-1"]).toMatchObject({ status: "Success", attempts: 2 });
      await it.succeed("queue", "remove", "--success");
      expect(await status(it)).toEqual({});
      expect(it.names().toSorted()).toEqual(["pair-1", "pair-2"]);
    },
    SLURM_MS,
  );

  test(
    "a job of higher priority takes the place of a run, which makes a checkpoint and goes on afterwards",
    async () => {
      // Without a checkpoint of its own will: what it goes on from, it was asked for.
      const loop = { ...LOOP, steps: 40, every: 1000, holdAt: 20 };
      const it = project(loop);
      const place = "--nodelist=n1 --gres=gpu:2";
      const low = `${await it.submit("low", "--sbatch", place)}_0`;
      await cluster.until("it runs", () => cluster.jobs().some(({ id, state }) => id === low && state === "RUNNING"));
      await cluster.until("it waits in a step", () => it.log(low).includes("waits in step 20"));
      const urgent = cluster.ask(
        "sbatch",
        "--parsable",
        "--partition=urgent",
        ...place.split(" "),
        "--output=/dev/null",
        "--wrap=sleep 3",
      );
      await jobEnds(urgent);
      expect(it.log(low)).toContain("a checkpoint was asked for");
      await cluster.begin(low);
      await jobEnds(low);
      expect(it.outcome("low"), it.log(low)).toEqual(uninterrupted(loop));
      expect(it.log(low)).toMatch(/begins at step (?:2[1-9]|3\d|40)/u);
      expect(it.names()).toEqual(["low"]);
      expect((await status(it))["low"]).toMatchObject({ status: "Success", attempts: 1 });
    },
    SLURM_MS,
  );
});
