import { mkdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startViewer } from "@waymark/viewer";
import { describe, expect, it } from "vitest";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

describe("the catalog", () => {
  it("lists what a live folder says of its run", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status({ experimentName: "brave-bat", baseline: "a".repeat(40), totalSteps: 10 });
    run.log("train/loss", [
      [0, 1.5],
      [1, "nan"],
    ]);
    run.write("params.yaml", "lr: 0.1\nmodel:\n  layers: [64, 10]\n  name: net\n");
    run.write("metrics.json", '{"train": {"loss": "nan"}, "final": {"acc": 0.5}, "step": 1}');
    run.write("plots/images/samples/10.png", "x");
    run.write("plots/images/samples/9.png", "x");
    run.write("plots/images/curve.svg", "<svg/>");
    run.write("plots/images/notes.html", "<script>");
    run.write("plots/custom/imp.json", "[]");
    writeFileSync(
      join(root, "dvc.yaml"),
      "plots:\n- live/plots/custom/imp.json:\n    template: bar_horizontal\n    x: v\n",
    );
    run.step(1);
    const { url } = await viewer(root);
    const client = await page(url);
    await client.until(
      () => client.runs.get("live:live")?.metrics.find(({ name }) => name === "train/loss")?.points === 2,
    );
    const row = client.runs.get("live:live");
    const frames = row?.images.map(({ name, frames: list }) => [name, list.map(({ step, path }) => [step, path])]);
    expect({ ...row, images: frames, plots: row?.plots.map((plot) => ({ ...plot, version: "" })) })
      .toMatchInlineSnapshot(`
      {
        "baseline": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "baselineName": null,
        "checkpoints": [],
        "commit": null,
        "folder": "live",
        "id": "live:live",
        "images": [
          [
            "curve.svg",
            [
              [
                null,
                "plots/images/curve.svg",
              ],
            ],
          ],
          [
            "samples",
            [
              [
                9,
                "plots/images/samples/9.png",
              ],
              [
                10,
                "plots/images/samples/10.png",
              ],
            ],
          ],
        ],
        "isoEndedAt": null,
        "isoStartedAt": "2026-01-02T03:04:05.000Z",
        "kind": "live",
        "metrics": [
          {
            "hasTimestamp": false,
            "last": 0.5,
            "lastStep": 1,
            "name": "final/acc",
            "points": 1,
          },
          {
            "hasTimestamp": false,
            "last": "nan",
            "lastStep": 1,
            "name": "train/loss",
            "points": 2,
          },
        ],
        "name": "brave-bat",
        "params": {
          "lr": 0.1,
          "model.layers": "[64,10]",
          "model.name": "net",
        },
        "plots": [
          {
            "name": "imp",
            "path": "plots/custom/imp.json",
            "properties": {
              "template": "bar_horizontal",
              "x": "v",
            },
            "version": "",
          },
        ],
        "problems": [],
        "reason": null,
        "state": "running",
        "step": 1,
        "totalSteps": 10,
      }
    `);
  });

  it("shows a run that starts after the viewer, its new metrics, and its end", async () => {
    const root = projectFolder();
    const { url } = await viewer(root);
    const client = await page(url);
    expect(client.runs.size).toBe(0);
    const run = new FakeRun(root, "outputs/2026/live");
    run.status({ experimentName: "calm-cod" });
    await client.until(() => client.runs.get("live:outputs/2026/live")?.state === "running");
    run.log("acc", [[0, 0.1]]);
    run.step(0);
    await client.until(() => client.runs.get("live:outputs/2026/live")?.metrics[0]?.last === 0.1);
    run.status({
      experimentName: "calm-cod",
      status: "failed",
      reason: "out of memory",
      endedAt: "2026-01-02T04:00:00.000Z",
    });
    await client.until(() => client.runs.get("live:outputs/2026/live")?.state === "failed");
    expect(client.runs.get("live:outputs/2026/live")).toMatchObject({ reason: "out of memory", step: 0 });
    rmSync(join(root, "outputs"), { recursive: true });
    await client.until(() => client.runs.size === 0);
  });

  it("calls a run interrupted whose process is gone, and does not wait for a word from it", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status({ processStart: "1" });
    run.log("loss", [[0, 1]]);
    const { url } = await viewer(root);
    const client = await page(url);
    expect(client.runs.get("live:live")).toMatchObject({
      state: "interrupted",
      reason: "process ended without finishing",
    });
  });

  it("calls a run stalled when its process lives and nothing has come for five of its usual intervals", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    utimesSync(join(run.path, ".waymark/run.json"), new Date(0), new Date(0));
    run.step(0, Date.now() - 200_000);
    const { url } = await viewer(root);
    const client = await page(url);
    await client.until(() => client.runs.get("live:live")?.state === "stalled");
    run.step(1);
    await client.until(() => client.runs.get("live:live")?.state === "running");
    expect(client.runs.get("live:live")?.step).toBe(1);
  });

  it("reads the folders of older loggers", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "dvclive/scalars/train"), { recursive: true });
    mkdirSync(join(root, "dvclive/images/3"), { recursive: true });
    writeFileSync(join(root, "dvclive/scalars/train/loss.tsv"), "timestamp\tstep\tloss\r\n1000\t0\t1.0\r\n");
    writeFileSync(join(root, "dvclive/images/3/sample.png"), "x");
    writeFileSync(join(root, "dvclive.json"), '{"step": 0, "train": {"loss": 1.0}}');
    mkdirSync(join(root, "oldest"));
    writeFileSync(join(root, "oldest/acc.tsv"), "timestamp\tstep\tacc\r\n1000\t0\t0.5\r\n");
    writeFileSync(join(root, "oldest.json"), '{"step": 0, "acc": 0.5}');
    const { url } = await viewer(root);
    const client = await page(url);
    await client.until(() => [...client.runs.values()].every(({ metrics }) => metrics[0]?.last != null));
    expect(client.runs.get("live:dvclive")?.metrics).toMatchObject([
      { name: "train/loss", points: 1, hasTimestamp: true },
    ]);
    expect(client.runs.get("live:dvclive")?.images).toMatchObject([{ name: "sample.png", frames: [{ step: 3 }] }]);
    expect(client.runs.get("live:oldest")?.metrics).toMatchObject([{ name: "acc", last: 0.5 }]);
  });

  it("keeps a run with broken files on show, names them, and leaves other runs alone", async () => {
    const root = projectFolder();
    const broken = new FakeRun(root, "broken");
    broken.status();
    broken.log("loss", [
      [0, 1],
      [1, 2],
    ]);
    broken.write("params.yaml", "lr: [1, 2\nx: {");
    broken.write("metrics.json", "{");
    broken.write("plots/metrics/bad.tsv", Buffer.from("step\tbad\n\0\0\n\xFF\t1\n", "latin1"));
    mkdirSync(join(broken.path, "plots/metrics/folder.tsv"));
    symlinkSync("/etc/passwd", join(broken.path, "plots/metrics/link.tsv"));
    new FakeRun(root, "fine").log("loss", [[0, 1]]);
    const { url } = await viewer(root);
    const client = await page(url);
    await client.until(() => client.runs.get("live:broken")?.problems.length === 3);
    const row = client.runs.get("live:broken");
    expect(row?.problems.map(({ path }) => path).toSorted()).toEqual([
      "metrics.json",
      "params.yaml",
      "plots/metrics/bad.tsv",
    ]);
    expect(row?.metrics.map(({ name, points }) => [name, points])).toEqual([
      ["bad", 0],
      ["loss", 2],
    ]);
    expect(client.runs.get("live:fine")).toMatchObject({ problems: [] });
  });

  it("treats names as text, whatever they look like", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status({ experimentName: "<img src=x onerror=alert(1)>" });
    for (const name of ["__proto__", "constructor", "<img src=x onerror=alert(1)>", "..%2f..%2fetc%2fpasswd"]) {
      run.log(name, [[0, 1]]);
    }
    run.write("params.yaml", "__proto__: 1\nconstructor: {prototype: 2}\n");
    run.write("metrics.json", '{"__proto__": {"polluted": 1}, "x": 1}');
    const { url } = await viewer(root);
    const client = await page(url);
    await client.until(() => client.runs.get("live:live")?.metrics.length === 6);
    expect(client.runs.get("live:live")?.metrics.map(({ name }) => name)).toContain("__proto__/polluted");
    expect(Object.keys(client.runs.get("live:live")?.params ?? {})).toEqual(["__proto__", "constructor.prototype"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const chart = client.subscribe(1, { lines: [{ run: "live:live", metric: "__proto__" }] });
    await client.until(() => chart.layer(0).x.length === 1);
  });
});

describe("a subscription", () => {
  it("sends what is there, then only what is new, and ends with exactly what was logged", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    run.log("loss", [[0, 5]]);
    run.step(0);
    const { url } = await viewer(root);
    const client = await page(url);
    const chart = client.subscribe(1, { lines: [{ run: "live:live", metric: "loss" }] });
    await client.until(() => chart.frames.length === 1);
    for (let step = 1; step <= 300; step++) {
      run.log("loss", [[step, step * 2]]);
      run.step(step);
      if (step % 50 === 0) await client.until(() => chart.layer(0).x.at(-1) === step);
    }
    expect(chart.layer(0).x).toEqual(Array.from({ length: 301 }, (_, i) => i));
    expect(chart.frames.map(({ seq }) => seq)).toEqual(chart.frames.map((_, i) => i + 1));
    expect(chart.frames.filter(({ snapshot }) => snapshot)).toHaveLength(1);
    expect(chart.frames.slice(1).every(({ lines }) => lines.every(({ replaceFrom }) => replaceFrom !== null))).toBe(
      true,
    );
  });

  it("smooths, reduces and zooms on the server, with non-finite values named", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.log(
      "loss",
      Array.from({ length: 20_000 }, (_, i) => [i, i === 777 ? 1000 : i === 5 ? "nan" : Math.sin(i / 500)]),
    );
    const { url } = await viewer(root);
    const client = await page(url);
    const lines = [{ run: "live:live", metric: "loss" }];
    const whole = client.subscribe(1, { lines, buckets: 200, smoothing: { kind: "ema", weight: 0.9 } });
    const zoomed = client.subscribe(2, { lines, from: 700, to: 800 });
    await client.until(() => whole.layer(0).info.total === 20_000 && zoomed.layer(0).x.length > 0);
    expect(whole.layer(0).x.length).toBeLessThanOrEqual(800);
    expect(whole.layer(0).info).toMatchObject({ exact: false, nonFinite: [{ x: 5, kind: "nan" }], nonFiniteCount: 1 });
    expect(Math.max(...whole.layer(0).y)).toBe(1000);
    expect(Math.max(...whole.layer(0, "smooth").y.filter(Number.isFinite))).toBeLessThan(200);
    expect(zoomed.layer(0).x).toEqual(Array.from({ length: 103 }, (_, i) => 699 + i));
    expect(zoomed.layer(0).info).toMatchObject({ exact: true, total: 101 });
  });

  it("draws by time: recorded times where there are some, the run's clock where there are none", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    const startedMs = Date.parse("2026-01-02T03:04:05.000Z");
    run.status();
    run.log("loss", [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    run.write("plots/metrics/cpu.tsv", `timestamp\tstep\tcpu\n${startedMs + 500}\t0\t7\n${startedMs + 1500}\t0\t8\n`);
    run.step(2, startedMs + 30_000);
    const { url } = await viewer(root);
    const client = await page(url);
    const byClock = client.subscribe(1, { lines: [{ run: "live:live", metric: "loss" }], x: "relative" });
    const recorded = client.subscribe(2, { lines: [{ run: "live:live", metric: "cpu" }], x: "wall" });
    await client.until(() => byClock.layer(0).x.length > 0 && recorded.layer(0).x.length > 0);
    expect(byClock.layer(0).x).toEqual([10, 20, 30]);
    expect(recorded.layer(0).x.at(-1)).toBe(startedMs + 1500);
  });

  it("shows a resumed run without doubling back, and what it superseded apart", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    run.log("loss", [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    const { url } = await viewer(root);
    const client = await page(url);
    const chart = client.subscribe(1, { lines: [{ run: "live:live", metric: "loss" }] });
    await client.until(() => chart.layer(0).x.length === 4);
    run.log("loss", [[2, 30]]);
    await client.until(() => chart.layer(0).y.at(-1) === 30);
    expect(chart.layer(0).x).toEqual([0, 1, 2]);
    expect(chart.layer(0, "rewound")).toMatchObject({ x: [2, 3], y: [3, 4] });
    // A logger of ours truncates instead.
    truncateSync(join(run.path, "plots/metrics/loss.tsv"), "step\tloss\n0\t1\n1\t2\n".length);
    run.log("loss", [[2, 9]]);
    await client.until(() => chart.layer(0).y.at(-1) === 9);
    expect(chart.layer(0)).toMatchObject({ x: [0, 1, 2], y: [1, 2, 9] });
    expect(chart.layer(0, "rewound").x).toEqual([]);
  });

  it("shows a metric that appears after it was asked for, and empties a line whose run goes away", async () => {
    const root = projectFolder();
    const { url } = await viewer(root);
    const client = await page(url);
    const chart = client.subscribe(1, { lines: [{ run: "live:live", metric: "late" }] });
    await client.until(() => chart.frames.length === 1);
    const run = new FakeRun(root);
    run.status();
    run.log("late", [[0, 1]]);
    await client.until(() => chart.layer(0).x.length === 1);
    rmSync(run.path, { recursive: true });
    await client.until(() => chart.layer(0).x.length === 0);
    expect(chart.frames.at(-1)?.lines).toMatchObject([{ layer: "raw", replaceFrom: null }, { layer: "rewound" }]);
  });

  it("says why a query cannot be served, and goes on with the others", async () => {
    const { url } = await viewer(projectFolder());
    const client = await page(url);
    client.subscribe(1, { lines: [], buckets: 1 });
    client.subscribe(2, { lines: [], from: 2, to: 1 });
    const good = client.subscribe(3, { lines: [] });
    await client.until(() => good.frames.length === 1);
    expect(client.messages.filter(({ type }) => type === "series-error")).toEqual([
      { type: "series-error", id: 1, message: "The number of buckets is not between 2 and 4096." },
      { type: "series-error", id: 2, message: "The window ends before it begins." },
    ]);
  });
});

describe("flow control", () => {
  it("keeps one frame on the way per chart, merges what is newer, and never slows another page", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    run.log("loss", [[0, 0]]);
    const { url } = await viewer(root);
    const slow = await page(url, { acknowledges: false });
    const quick = await page(url);
    const lines = [{ run: "live:live", metric: "loss" }];
    const stuck = slow.subscribe(1, { lines });
    const chart = quick.subscribe(1, { lines });
    await slow.until(() => stuck.frames.length === 1);
    for (let step = 1; step <= 40; step++) {
      run.log("loss", [[step, step]]);
      run.step(step);
      await quick.until(() => chart.layer(0).x.at(-1) === step);
    }
    expect(stuck.frames).toHaveLength(1);
    slow.acknowledges = true;
    slow.send({ type: "ack", id: 1, seq: 1 });
    await slow.until(() => stuck.layer(0).x.length === 41);
    expect(stuck.frames).toHaveLength(2);
  });

  it("stops sending series to a hidden page and catches up in one frame when it is seen again", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    run.log("loss", [[0, 0]]);
    const { url } = await viewer(root);
    const hidden = await page(url);
    const seen = await page(url);
    const lines = [{ run: "live:live", metric: "loss" }];
    const paused = hidden.subscribe(1, { lines });
    const chart = seen.subscribe(1, { lines });
    await hidden.until(() => paused.frames.length === 1);
    hidden.send({ type: "visibility", visible: false });
    hidden.send({ type: "ping", sentMs: 1 });
    await hidden.until(() => hidden.messages.some(({ type }) => type === "pong"));
    for (let step = 1; step <= 5; step++) {
      run.log("loss", [[step, step]]);
      run.step(step);
      await seen.until(() => chart.layer(0).x.at(-1) === step);
    }
    expect(paused.frames).toHaveLength(1);
    hidden.send({ type: "visibility", visible: true });
    await hidden.until(() => paused.layer(0).x.length === 6);
    expect(paused.frames).toHaveLength(2);
  });
});

describe("connections", () => {
  it("with a hundred charts answer every frame without being taken for noise", async () => {
    const root = projectFolder();
    const run = new FakeRun(root);
    run.status();
    run.log("loss", [[0, 0]]);
    const { url } = await viewer(root);
    const client = await page(url);
    const charts = Array.from({ length: 100 }, (_, id) =>
      client.subscribe(id, { lines: [{ run: "live:live", metric: "loss" }] }),
    );
    await client.until(() => charts.every((chart) => chart.frames.length === 1));
    // What a page may send at once is spent on pings first, so that only answers are left.
    for (let i = 0; i < 1800; i++) client.send({ type: "ping", sentMs: i });
    for (let step = 1; step <= 8; step++) {
      run.log("loss", [[step, step]]);
      run.step(step);
      await client.until(() => charts.every((chart) => chart.layer(0).x.at(-1) === step));
    }
    expect(client.closed).toBeUndefined();
  });

  it("resume with a patch of what was missed, and get everything from a server that started anew", async () => {
    const root = projectFolder();
    const run = new FakeRun(root, "one");
    run.status();
    const first = await startViewer({ root, port: 0, token: "t".repeat(20) });
    const client = await page(first.url);
    const { session, version } = client;
    client.close();
    new FakeRun(root, "two").status();
    const watcher = await page(first.url);
    await watcher.until(() => watcher.runs.size === 2);
    const back = await page(first.url, { session, version });
    expect(back.messages[1]).toMatchObject({ type: "catalog-patch", upserts: [{ id: "live:two" }], removes: [] });
    await first.close();
    const second = await startViewer({ root, port: first.port, token: "t".repeat(20) });
    const again = await page(second.url, { session, version });
    expect(again.session).not.toBe(session);
    expect(again.messages[1]).toMatchObject({ type: "catalog" });
    expect(again.runs.size).toBe(2);
    await second.close();
  });

  it("are told when the viewer stops", async () => {
    const started = await startViewer({ root: projectFolder(), port: 0, token: "t" });
    const client = await page(started.url);
    await started.close();
    expect(await client.ended()).toMatchObject({ code: 1001 });
  });
});

describe("starting", () => {
  it("keeps address and token between two starts, in a file for its owner alone", async () => {
    const root = projectFolder();
    mkdirSync(join(root, ".dvc"));
    const first = await startViewer({ root });
    await first.close();
    expect(statSync(join(root, ".dvc/tmp/waymark/viewer.json")).mode & 0o777).toBe(0o600);
    const second = await startViewer({ root });
    expect(second.url).toBe(first.url);
    const beside = await startViewer({ root });
    expect(new URL(beside.url).hash).toBe(new URL(first.url).hash);
    expect(beside.port).not.toBe(first.port);
    await second.close();
    await beside.close();
  });

  it("refuses a port that is taken, a host that others can reach, and a folder that is not there", async () => {
    const root = projectFolder();
    const { port } = await viewer(root);
    await expect(startViewer({ root, port })).rejects.toMatchObject({ code: "VIEWER_PORT_IN_USE" });
    await expect(startViewer({ root, host: "0.0.0.0" })).rejects.toMatchObject({ code: "VIEWER_HOST_EXPOSED" });
    await expect(startViewer({ root: join(root, "nowhere") })).rejects.toMatchObject({
      code: "VIEWER_PROJECT_NOT_FOUND",
    });
  });
});
