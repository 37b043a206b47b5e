import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasSlurmAccounting } from "../../support/servers/slurm-accounting.ts";
import { hasSlurm, SlurmCluster } from "../../support/servers/slurm.ts";
import { SlurmProject } from "./slurm-project.ts";

const canRun = hasSlurm && hasSlurmAccounting;
if (!canRun) noticeMissing("Slurm's accounting", "`npm run test:interop` installs it on Debian, as root.");

describe.runIf(canRun)("jobs that Slurm has forgotten", () => {
  let cluster: SlurmCluster;
  let it: SlurmProject | undefined;

  beforeAll(async () => {
    cluster = await SlurmCluster.start(true);
  }, 120_000);
  afterAll(async () => {
    await cluster.stop();
    it?.remove();
  });

  test("are asked for in its accounting, which remembers how they ended", async () => {
    it = new SlurmProject(cluster, { seed: 1, steps: 5, every: 1, holdAt: 2 });
    const { root } = it;
    const job = await it.submit("lost", "-S", "seed=1,2");
    const stateOf = (element: number): string =>
      cluster.jobs().find(({ id }) => id === `${job}_${element}`)?.state ?? "";
    await cluster.until("both run", () => [1, 2].every((seed) => it?.chain(`lost-${seed}`).length === 2));
    // One is cancelled behind our back, and nobody is left to write down how the other one ended.
    cluster.ask("scancel", `${job}_1`);
    await cluster.until("one was cancelled", () => stateOf(1) === "CANCELLED");
    for (const pid of cluster.processesOf(root)) process.kill(pid, "SIGKILL");
    await cluster.until("the other one has failed", () => stateOf(0) === "FAILED");
    const kept = (): string =>
      cluster.ask("sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State");
    await cluster.until("accounting has both", () => /_0\|FAILED[^]*_1\|CANCELLED/u.test(kept()));
    await cluster.stopController();
    cluster.startController(true);
    await cluster.until("it knows no job", () => {
      try {
        return cluster.ask("squeue", "--noheader", "--states=all") === "";
      } catch {
        return false;
      }
    });
    const said = await it.succeed("queue", "status");
    expect(said).toMatch(/lost-1 .*Failed .*the job failed before it could say why \(on n[12]\)/u);
    expect(said).toMatch(/lost-2 .*Killed .*the job was cancelled/u);
  }, 300_000);
});
