import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

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
