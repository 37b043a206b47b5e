import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { parseStopRule, RuleWatch } from "@waymark/experiments";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "waymark-rules-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function log(path: string, text: string): void {
  appendFileSync(join(root, path), text);
}

interface Watched {
  readonly watch: RuleWatch;
  readonly reasons: () => readonly string[];
  readonly clock: { ms: number };
}

function follow(...rules: readonly string[]): Watched {
  const clock = { ms: 0 };
  const watch = new RuleWatch(
    rules.map((rule) => parseStopRule(rule)),
    { root, folders: [join(root, "live")], metricsFiles: [join(root, "scores.yaml")], nowMs: () => clock.ms },
  );
  return { watch, clock, reasons: () => watch.poll().map(({ reason }) => reason) };
}

describe("RuleWatch", () => {
  it("follows a history as it grows, and stops once", () => {
    const { reasons } = follow("val/loss not improving for 2");
    expect(reasons()).toEqual([]);
    write("live/plots/metrics/val/loss.tsv", "step\tloss\n0\t3\n1\t2\n");
    expect(reasons()).toEqual([]);
    log("live/plots/metrics/val/loss.tsv", "2\t2.5\n3\t2.");
    expect(reasons()).toEqual([]);
    log("live/plots/metrics/val/loss.tsv", "25\n");
    expect(reasons()).toEqual([
      "'val/loss not improving for 2 min': the best was 2 at step 1, and it is 2.25 at step 3",
    ]);
    log("live/plots/metrics/val/loss.tsv", "4\t7\n");
    expect(reasons()).toEqual([]);
  });

  it("leaves what an earlier run logged alone until this run goes on with it", () => {
    write("live/plots/metrics/acc.tsv", "step\tacc\n0\t0.95\n");
    const { reasons } = follow("acc > 0.9 for 2");
    expect(reasons()).toEqual([]);
    log("live/plots/metrics/acc.tsv", "1\t0.96\n");
    expect(reasons()).toHaveLength(1);
  });

  it("begins anew when the history was replaced", () => {
    const { reasons } = follow("acc > 0.9 for 2");
    write("live/plots/metrics/acc.tsv", "step\tacc\n0\t0.91\n");
    expect(reasons()).toEqual([]);
    rmSync(join(root, "live/plots/metrics/acc.tsv"));
    expect(reasons()).toEqual([]);
    write("live/plots/metrics/acc.tsv", "step\tacc\n0\t0.92\n");
    expect(reasons()).toEqual([]);
  });

  it("finds live folders that nobody named, wherever they appear", () => {
    const { reasons, clock } = follow("loss is nan");
    write("jobs/first/dvclive/plots/metrics/loss.tsv", "step\tloss\n0\tnan\n");
    expect(reasons()).toEqual([]);
    clock.ms = 5000;
    expect(reasons()).toEqual(["'loss is nan': it is NaN at step 0"]);
  });

  it("understands names as DVC shows them, steps that are missing, text and broken rows", () => {
    const { reasons } = follow("val.acc >= 1", "note > 1");
    write("live/plots/metrics/val/acc.tsv", "timestamp\tstep\tacc\n17\t0\tbad\n\nx\ty\tz\n18\t5\t0.5\n19\t6\t1\n");
    write("live/plots/metrics/note.tsv", "note\n1\n1\n2\n");
    expect(reasons()).toEqual(["'val.acc >= 1': it is 1 at step 6", "'note > 1': it is 2 at step 2"]);
  });

  it("reads metrics files of programs that keep no history, each write as a value", () => {
    const { reasons } = follow("val/loss not improving for 1", "val.f1 > 0.5");
    write("scores.yaml", "val:\n  loss: 2\n  f1: 0.5\n");
    expect(reasons()).toEqual([]);
    write("scores.yaml", "val:\n  loss: 1.5\n  f1: 0.75\n");
    expect(reasons()).toEqual(["'val.f1 > 0.5': it is 0.75 at step 1"]);
    write("scores.yaml", "val:\n  loss: 1.5\n  f1: 0.750\n");
    expect(reasons()).toEqual([
      "'val/loss not improving for 1 min': the best was 1.5 at step 1, and it is 1.5 at step 2",
    ]);
  });

  it("prefers the history where there are both", () => {
    const { reasons } = follow("loss not improving for 2");
    write("live/metrics.json", '{"loss": 1, "step": 0}');
    expect(reasons()).toEqual([]);
    write("live/plots/metrics/loss.tsv", "step\tloss\n0\t1\n1\t1\n");
    write("live/metrics.json", '{"loss": 1, "step": 1}');
    expect(reasons()).toEqual([]);
    log("live/plots/metrics/loss.tsv", "2\t1\n");
    expect(reasons()).toHaveLength(1);
  });

  it("reads a long history whole, whatever its length", () => {
    const { reasons } = follow("loss > 1");
    const rows = Array.from({ length: 200_000 }, (_, step) => `${step}\t0.25\n`).join("");
    write("live/plots/metrics/loss.tsv", `step\tloss\n${rows}200000\t2\n`);
    expect(reasons()).toEqual(["'loss > 1': it is 2 at step 200000"]);
  });

  it("says which metrics nobody logged", () => {
    const { watch } = follow("loss > 1", "los > 1", "acc > 1");
    write("live/plots/metrics/loss.tsv", "step\tloss\n0\t0\n");
    write("scores.yaml", "acc: 0\n");
    watch.poll();
    expect(watch.unseen).toEqual(["los"]);
  });

  it("tells of a stop by itself once it was started", async () => {
    const { watch } = follow("loss > 1");
    const stopped = new Promise<string>((resolve) => {
      watch.start(({ reason }) => resolve(reason));
    });
    onTestFinished(() => watch.close());
    write("live/plots/metrics/loss.tsv", "step\tloss\n0\t2\n");
    await expect(stopped).resolves.toBe("'loss > 1': it is 2 at step 0");
  });
});
