import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectExperiments, findRunFiles, openProject, runLogPath } from "@waymark/experiments";
import { describe, expect, it } from "vitest";
import { keepLetterFiles, readRunFiles } from "../../../packages/experiments/src/executors/slurm/mail/letter-files.ts";
import { keepLiveFiles } from "../../../packages/experiments/src/executors/slurm/mail/live-files.ts";
import { writeResult } from "../../../packages/experiments/src/executors/slurm/mail/letters.ts";
import { runFilesFolder } from "../../../packages/experiments/src/run/run-record.ts";
import { ExperimentRepo, GIT_ENV } from "../../support/experiment-repo.ts";
import { FakeRun } from "../../support/live-folder.ts";
import { RecordedRun } from "../../support/recorded-run.ts";

/** A run on a node, in a repository of its own, and the project it belongs to; letters go by hand. */
class Distance {
  readonly node = new ExperimentRepo();
  readonly home = new ExperimentRepo();
  readonly project = openProject(this.home.root, GIT_ENV);
  readonly run = RecordedRun.write(this.node.root, { kind: "slurm", host: "n1", baseline: this.home.baseline });
  readonly id = this.run.record.id;

  async send(): Promise<void> {
    const { id } = this;
    const files = await readRunFiles(openProject(this.node.root, GIT_ENV), id);
    const record = {
      ...({ schema: 1, task: "t", jobId: "1_0", restarts: 0, node: "n1", state: "running" } as const),
      ...{ startedAt: "", usedMs: 0 },
      ...{ endedAt: null, exitCode: null, reason: null, commit: null, pid: 1, host: "n1", processStart: null },
      bootId: null,
    } as const;
    keepLetterFiles(this.project, writeResult(this.project.repo, { schema: 1, record, experiment: null }, files), id);
  }

  log(): string {
    return readFileSync(runLogPath(this.project, this.id), "utf8");
  }
}

describe("what a run sends from where the project is not seen", () => {
  it("shows its files, values and log at home while it goes on, and nothing of them afterwards", async () => {
    const far = new Distance();
    far.run.print("epoch 1\n");
    const logger = new FakeRun(far.node.root);
    logger.log("loss", [[0, 1]]);
    writeFileSync(join(far.node.root, "live/metrics.json"), '{"loss": 1.0}');
    writeFileSync(join(far.node.root, "live/plots/metrics/secret.bin"), "no history");
    writeFileSync(join(far.node.root, "dvc.yaml"), "metrics:\n- live/metrics.json\n");
    await far.send();
    const place = findRunFiles(far.project, { ...far.run.record, root: "/elsewhere" });
    expect(place?.root).toBe(runFilesFolder(far.project, far.id));
    const history = join(place?.root ?? "", "live/plots/metrics/loss.tsv");
    expect(readFileSync(history, "utf8")).toContain("0\t1");
    expect(existsSync(join(place?.root ?? "", "live/plots/metrics/secret.bin"))).toBe(false);

    far.run.print("epoch 2\n");
    logger.log("loss", [[1, 0.5]]);
    writeFileSync(join(far.node.root, "live/metrics.json"), '{"loss": 0.5}');
    await far.send();
    expect(far.log()).toBe("epoch 1\nepoch 2\n");
    expect(readFileSync(history, "utf8").trimEnd().split("\n")).toHaveLength(3);
    const [baseline] = (await collectExperiments(far.project)).baselines;
    const [running] = baseline?.active ?? [];
    expect(running).toMatchObject({ name: "brisk-bee", status: "running", executor: { name: "slurm" } });
    expect(running?.states[0]?.data?.metrics).toMatchObject({ "live/metrics.json": { data: { loss: 0.5 } } });

    far.run.update({ state: "finished", exitCode: 0 });
    await far.send();
    expect(findRunFiles(far.project, { ...far.run.record, root: "/elsewhere" })).toBeUndefined();
    expect((await collectExperiments(far.project)).baselines[0]?.active).toEqual([]);
  });

  it("is a log that grows, however much of it was printed between two letters", async () => {
    const far = new Distance();
    far.run.print("begin\n");
    await far.send();
    far.run.print(`${"x".repeat(1023)}\n`.repeat(1500));
    await far.send();
    expect(far.log().length).toBe(1 << 20);
    appendFileSync(runLogPath(far.run.project, far.id), "end\n");
    await far.send();
    // What is there stays there: whoever follows it has read it.
    expect(far.log().length).toBe((1 << 20) + 4);
    expect(far.log().endsWith("x\nend\n")).toBe(true);
  });

  it("stays in the folder that is meant for it, whatever paths it names", () => {
    const far = new Distance();
    const data = Buffer.from("no");
    const paths = ["../../escaped", "/tmp/waymark-escaped", "a/../../escaped", ".git/config", "live/.GIT/x", "a\\b"];
    keepLiveFiles(far.project, far.id, new Map(paths.map((path) => [path, data])));
    expect(existsSync(runFilesFolder(far.project, far.id))).toBe(false);
    expect(existsSync("/tmp/waymark-escaped")).toBe(false);
  });
});
