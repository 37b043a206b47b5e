import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
