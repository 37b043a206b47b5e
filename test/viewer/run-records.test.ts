import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerMessage } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { LogText } from "../../viewer/src/client/log/log-text.ts";
import { LogTail } from "../../viewer/src/server/run-records/log-tail.ts";
import { ExperimentRepo, GIT_ENV } from "../support/experiment-repo.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { DEAD_PROCESS, RecordedRun } from "../support/recorded-run.ts";
import type { ViewerClient } from "../support/viewer-client.ts";
import { page, viewer } from "../support/viewer.ts";

const PLACE = ".dvc/tmp/waymark/worktrees/1";

async function open(repo: ExperimentRepo): Promise<ViewerClient> {
  const { url } = await viewer(repo.root, { env: GIT_ENV });
  return page(url);
}

/** Follows a log; what it adds up to on a page that acknowledges every piece. */
function follow(client: ViewerClient, id: number, run: string): { readonly text: () => string } {
  const seen = new Set<number>();
  client.send({ type: "follow-log", id, run });
  const pieces = (): Extract<ServerMessage, { type: "log" }>[] =>
    client.messages.filter((message) => message.type === "log").filter((message) => message.id === id);
  return {
    text: () => {
      let text = "";
      for (const piece of pieces()) {
        text = piece.isReset ? piece.text : text + piece.text;
        if (!seen.has(piece.seq)) client.send({ type: "ack", id, seq: piece.seq });
        seen.add(piece.seq);
      }
      return text;
    },
  };
}

describe("runs that have records", () => {
  it("are listed while they log nothing, and their console logs stream", async () => {
    const repo = new ExperimentRepo();
    const run = RecordedRun.write(repo.root, { baseline: repo.baseline });
    run.print("epoch 1\n");
    const client = await open(repo);
    const id = `run:${run.record.id}`;
    await client.until(() => client.runs.has(id));
    expect(client.runs.get(id)).toMatchObject({
      ...{ name: "brisk-bee", state: "running", folder: null, metrics: [] },
      log: { kind: "workspace", title: "python train.py", isLive: true },
    });
    const log = follow(client, 7, id);
    await client.until(() => log.text() === "epoch 1\n");
    run.print("\u001B[31mepoch\u001B[0m 2 <script>alert(1)</script>\n");
    await client.until(() => log.text().endsWith("epoch 2 <script>alert(1)</script>\n"));
    run.update({ state: "failed", reason: "it ran out of memory", exitCode: 137 });
    await client.until(() => client.runs.get(id)?.state === "failed");
    expect(client.runs.get(id)).toMatchObject({ reason: "it ran out of memory", log: { isLive: false } });
  });

  it("show their plots from work trees beside, and then their experiments", async () => {
    const repo = new ExperimentRepo();
    const run = RecordedRun.write(repo.root, {
      ...{ kind: "temp", baseline: repo.baseline, root: join(repo.root, PLACE) },
    });
    mkdirSync(join(repo.root, PLACE), { recursive: true });
    const client = await open(repo);
    await client.until(() => client.runs.has(`run:${run.record.id}`));
    // As DVCLive does, which knows nothing of experiments.
    const logger = new FakeRun(repo.root, `${PLACE}/dvclive`);
    logger.log("loss", [[0, 1]]);
    const live = `live:${PLACE}/dvclive`;
    await client.until(() => client.runs.has(live) && !client.runs.has(`run:${run.record.id}`));
    expect(client.runs.get(live)).toMatchObject({
      ...{ name: "brisk-bee", baseline: repo.baseline, log: { kind: "temp", isLive: true } },
    });
    const chart = client.subscribe(1, { lines: [{ run: live, metric: "loss" }] });
    await client.until(() => chart.layer(0).x.length === 1);
    logger.log("loss", [[1, 0.5]]);
    await client.until(() => chart.layer(0).x.length === 2);
    const commit = repo.checkpoint("brisk-bee", repo.baseline, {
      files: { "dvclive/plots/metrics/loss.tsv": "step\tloss\n0\t1\n1\t0.5\n" },
      trailers: { status: "finished", folder: "dvclive" },
    });
    run.update({ state: "finished", commit, exitCode: 0 });
    const experiment = `exp:${repo.ref("brisk-bee")}`;
    await client.until(() => !client.runs.has(live) && client.runs.get(experiment)?.log !== undefined);
    expect(client.runs.get(experiment)).toMatchObject({ name: "brisk-bee", log: { kind: "temp", isLive: false } });
  });

  it.each([
    ["sends what it logs", ".dvc/tmp/waymark/exp-runs"],
    ["sees this project as well", ".dvc/tmp/waymark/worktrees"],
  ])("move on machines that cannot be looked at, where one %s", async (_, folder) => {
    const repo = new ExperimentRepo();
    const id = "20260101T000000-000-0a0b0c0d";
    const place = folder.endsWith("exp-runs") ? `${folder}/${id}/files` : `${folder}/1`;
    const root = folder.endsWith("exp-runs") ? "/scratch/job" : join(repo.root, place);
    const logger = new FakeRun(repo.root, `${place}/live`);
    // No process of that number is here, and whether it lives cannot be known.
    const far = { pid: 2 ** 30, processStart: "1", bootId: "another", host: "node-7" };
    logger.status(far);
    logger.log("loss", [[0, 1]]);
    RecordedRun.write(repo.root, { id, kind: "slurm", baseline: repo.baseline, root, ...far });
    const client = await open(repo);
    const live = `live:${place}/live`;
    await client.until(() => client.runs.get(live)?.log !== undefined);
    expect(client.runs.get(live)).toMatchObject({ name: "brisk-bee", state: "running", log: { kind: "slurm" } });
    const chart = client.subscribe(1, { lines: [{ run: live, metric: "loss" }] });
    await client.until(() => chart.layer(0).x.length === 1);
    logger.log("loss", [[1, 0.5]]);
    await client.until(() => chart.layer(0).x.length === 2);
  });

  it("are listed once, whatever is remembered of their work trees beside them", async () => {
    const repo = new ExperimentRepo();
    RecordedRun.write(repo.root, { kind: "temp", baseline: repo.baseline, root: join(repo.root, PLACE) });
    mkdirSync(join(repo.root, PLACE), { recursive: true });
    writeFileSync(join(repo.root, `${PLACE}.json`), '{"schema":1,"commit":null,"settings":"","state":"taken"}');
    const logger = new FakeRun(repo.root, `${PLACE}/live`);
    logger.log("loss", [[0, 1]]);
    const client = await open(repo);
    await client.until(() => client.runs.has(`live:${PLACE}/live`));
    await client.until(() => ![...client.runs.keys()].some((id) => id.startsWith("run:")));
    expect([...client.runs.keys()]).toEqual([`live:${PLACE}/live`]);
    expect(client.runs.get(`live:${PLACE}/live`)?.metrics.map(({ name }) => name)).toEqual(["loss"]);
  });

  it("have no time where their records have none", async () => {
    const repo = new ExperimentRepo();
    const run = RecordedRun.write(repo.root, { ...DEAD_PROCESS, startedAt: "long ago", endedAt: "just now" });
    const client = await open(repo);
    await client.until(() => client.runs.has(`run:${run.record.id}`));
    expect(client.runs.get(`run:${run.record.id}`)).toMatchObject({ isoStartedAt: null, isoEndedAt: null });
  });

  it("are not believed to go on once their processes are gone", async () => {
    const repo = new ExperimentRepo();
    const run = RecordedRun.write(repo.root, { ...DEAD_PROCESS, baseline: repo.baseline });
    const client = await open(repo);
    await client.until(() => client.runs.has(`run:${run.record.id}`));
    expect(client.runs.get(`run:${run.record.id}`)).toMatchObject({
      ...{ state: "interrupted", reason: "process ended without finishing", log: { isLive: false } },
    });
  });

  it("lend their logs to live folders of the workspace", async () => {
    const repo = new ExperimentRepo();
    const logger = new FakeRun(repo.root);
    logger.status({ experimentName: "brisk-bee", baseline: repo.baseline });
    logger.log("loss", [[0, 1]]);
    const run = RecordedRun.write(repo.root, { baseline: repo.baseline });
    const client = await open(repo);
    await client.until(() => client.runs.get("live:live")?.log !== undefined);
    expect(client.runs.has(`run:${run.record.id}`)).toBe(false);
  });

  it("are over at once where their folders do not say so", async () => {
    const repo = new ExperimentRepo();
    const run = RecordedRun.write(repo.root, { baseline: repo.baseline });
    // As DVCLive does, which keeps no run file.
    const logger = new FakeRun(repo.root, "dvclive");
    logger.log("loss", [[0, 1]]);
    const client = await open(repo);
    const live = "live:dvclive";
    await client.until(() => client.runs.get(live)?.log?.isLive === true);
    expect(client.runs.get(live)?.state).toBe("running");
    run.update({ state: "finished", endedAt: new Date().toISOString(), exitCode: 0 });
    await client.until(() => client.runs.get(live)?.state === "unknown");
    // The next one logs into the same folder.
    RecordedRun.write(repo.root, { baseline: repo.baseline });
    await client.until(() => client.runs.get(live)?.state === "running");
  });

  it("have no logs where there is nothing to read", async () => {
    const repo = new ExperimentRepo();
    const client = await open(repo);
    client.send({ type: "follow-log", id: 3, run: "live:../../etc" });
    await client.until(() => client.messages.some(({ type }) => type === "series-error"));
    expect(client.messages.at(-1)).toEqual({ type: "series-error", id: 3, message: "This run has no console log." });
  });
});

describe("LogTail", () => {
  it("begins near the end of a long log, with a whole line", () => {
    const path = join(projectFolder(), "console.log");
    writeFileSync(path, "a line of the log\n".repeat(20_000));
    const chunk = new LogTail(path).read();
    expect(chunk?.isReset).toBe(true);
    expect(chunk?.text.startsWith("a line of the log\n")).toBe(true);
    expect(chunk?.text.length).toBeLessThanOrEqual(128 * 1024);
    expect((chunk?.skippedBytes ?? 0) + (chunk?.text.length ?? 0)).toBe(18 * 20_000);
  });

  it("goes on where it was, and in the middle of characters and escape sequences", () => {
    const path = join(projectFolder(), "console.log");
    const tail = new LogTail(path);
    expect(tail.read()).toEqual({ text: "", isReset: true, skippedBytes: 0 });
    expect(tail.read()).toBeUndefined();
    const bytes = Buffer.from("é\u001B[1;31mred\u001B[0m\u001B]0;title\u0007\rdone\n");
    let text = "";
    for (const byte of bytes) {
      appendFileSync(path, Buffer.of(byte));
      const chunk = tail.read();
      text = chunk?.isReset === true ? chunk.text : text + (chunk?.text ?? "");
    }
    expect(text).toBe("éred\rdone\n");
  });

  it("begins anew when the log was cut, replaced, or grew by more than anybody reads", () => {
    const path = join(projectFolder(), "console.log");
    writeFileSync(path, "one\ntwo\n");
    const tail = new LogTail(path);
    tail.read();
    truncateSync(path, 4);
    expect(tail.read()).toMatchObject({ text: "one\n", isReset: true });
    rmSync(path);
    writeFileSync(path, "another log\n");
    expect(tail.read()).toMatchObject({ text: "another log\n", isReset: true });
    appendFileSync(path, "x\n".repeat(1_000_000));
    expect(tail.read()?.isReset).toBe(true);
  });

  it("follows no link", () => {
    const root = projectFolder();
    writeFileSync(join(root, "secret"), "secret\n");
    symlinkSync(join(root, "secret"), join(root, "console.log"));
    expect(new LogTail(join(root, "console.log")).read()?.text).toBe("");
  });
});

describe("LogText", () => {
  it("shows lines as a terminal would, from pieces that end anywhere", () => {
    const log = new LogText();
    for (const piece of ["10 %", "\r", "20 %\r3", "0 %\r\ndone\r", "\n"]) log.append(piece);
    expect(log.text).toBe("30 %\ndone\n");
  });

  it("keeps the end of a long log, and the beginning of a long line", () => {
    const log = new LogText();
    log.append("x\n".repeat(5000));
    expect(log.droppedLines).toBe(2001);
    log.clear();
    log.append("y".repeat(10_000));
    expect(log.text).toHaveLength(4001);
  });
});
