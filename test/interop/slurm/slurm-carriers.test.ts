import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasSlurm, SlurmCluster } from "../../support/servers/slurm.ts";
import { type Loop, SlurmProject, uninterrupted } from "./slurm-project.ts";

if (!hasSlurm) noticeMissing("Slurm", "`npm run test:interop` installs it on Debian, as root.");

const LOOP: Loop = { seed: 5, steps: 20, every: 1, holdAt: 6 };

describe.runIf(hasSlurm)("jobs that do not see the project", () => {
  let cluster: SlurmCluster;
  let outside: string;
  const projects: SlurmProject[] = [];

  beforeAll(async () => {
    cluster = await SlurmCluster.start();
    outside = mkdtempSync(join(tmpdir(), "waymark-slurm-outside-"));
  });
  afterAll(async () => {
    await cluster.stop();
    for (const one of projects) one.remove();
    rmSync(outside, { recursive: true, force: true });
  });

  /** A project with data that only the data remote can give to a job. */
  async function projectWithData(): Promise<SlurmProject> {
    const made = new SlurmProject(cluster, LOOP);
    projects.push(made);
    made.write("data.csv", "1,2\n");
    for (const words of [
      ["init"],
      ["remote", "add", "-d", "store", mkdtempSync(join(outside, "store-"))],
      ["add", "data.csv"],
      ["push"],
    ]) {
      const { code, stderr } = await made.waymark(...words);
      if (code !== 0) throw new Error(stderr);
    }
    made.write("train.mjs", `${made.read("train.mjs")}console.log("data", readFileSync("data.csv", "utf8").trim());\n`);
    made.git("add", "--all");
    made.git("commit", "--quiet", "--message", "data");
    return made;
  }

  test.each(["bundles", "remote"] as const)(
    "get code and send results by %s, also when requeued",
    async (carrier) => {
      const it = await projectWithData();
      if (carrier === "bundles") {
        it.git("config", "waymark.slurmBundles", join(outside, "exchange"));
        mkdirSync(join(outside, "exchange"), { recursive: true });
      } else {
        const remote = join(outside, "origin.git");
        execFileSync("git", ["init", "--quiet", "--bare", remote]);
        it.git("remote", "add", "origin", remote);
        it.git("config", "waymark.slurmRemote", "origin");
      }
      const job = `${await it.submit("afar", "--sbatch", `--output=${join(outside, `${carrier}.log`)}`)}_0`;
      const log = (): string => it.read(join(outside, `${carrier}.log`));
      await cluster.until("it waits at a step", () => /Checkpoint afar@5/u.test(log()));
      // What it logs and prints comes while it runs, to whoever looks.
      await it.untilSo("its values are here", async () => {
        const shown = await it.succeed("exp", "show", "--json");
        return /"name": ?"slurm"/u.test(shown) && /"state": ?"running"/u.test(shown) && shown.includes('"loss"');
      });
      expect(await it.succeed("queue", "logs", "afar")).toContain("begins at step 0");
      expect(it.liveFiles()).toContain("live/plots/metrics/loss.tsv");
      cluster.ask("scontrol", "requeue", job);
      await cluster.begin(job);
      await cluster.until("it is over", () =>
        cluster.jobs().some(({ id, state }) => id === job && state === "COMPLETED"),
      );
      const { tasks, troubles } = await it.refresh();
      expect(troubles).toEqual([]);
      expect(tasks).toMatchObject([{ jobId: job, isSettled: true, standing: { source: "record" } }]);
      expect(it.outcome("afar")).toEqual(uninterrupted(LOOP));
      expect(log()).toMatch(/begins at step 0[^]*begins at step [1-9]\d*[^]*data 1,2/u);
      expect(it.results()).toEqual({ afar: "finished: null" });
      expect(it.consoleOf("afar")).toMatch(/begins at step 0[^]*begins at step [1-9]\d*[^]*data 1,2/u);
      expect(it.liveFiles()).toEqual([]);
      // What it made is at the data remote, and nothing is left of what carried it.
      const stored = readdirSync(outside).filter((name) => name.startsWith("store-"));
      const { model } = it.outcome("afar");
      expect(
        stored.some((name) =>
          readdirSync(join(outside, name), { recursive: true }).join("\n").includes(model.slice(2)),
        ),
      ).toBe(true);
      expect(it.git("for-each-ref", "refs/waymark/slurm")).toBe("");
      if (carrier === "bundles") expect(readdirSync(join(outside, "exchange"))).toEqual([]);
      else expect(it.git("ls-remote", "origin")).toBe("");
    },
    300_000,
  );
});
