import { request } from "node:http";
import { rmSync } from "node:fs";
import { mediaUrl } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { ExperimentRepo, GIT_ENV, type FakeCheckpoint } from "../support/experiment-repo.ts";
import { FakeRun } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

const TOKEN = "a-token-of-the-test";

function checkpoint(step: number, over: Partial<FakeCheckpoint["trailers"]> = {}): FakeCheckpoint {
  const rows = Array.from({ length: step + 1 }, (_, i) => `${i}\t${1 / (i + 1)}\n`).join("");
  return {
    files: {
      "out/live/plots/metrics/train/loss.tsv": `step\tloss\n${rows}`,
      "out/live/plots/images/samples/0.png": "committed image",
      "out/live/plots/custom/imp.json": '[{"v": 1}]',
      "out/live/metrics.json": JSON.stringify({ train: { loss: 1 / (step + 1) }, step }),
      "out/live/params.yaml": "lr: 0.1\n",
      "dvc.yaml": "plots:\n- out/live/plots/custom/imp.json:\n    template: bar_horizontal\n    x: v\n",
    },
    trailers: { runId: "r1", step, status: "running", folder: "out/live", ...over },
  };
}

async function fetchMedia(port: number, path: string): Promise<{ status: number; type: string; body: string }> {
  return await new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers: { authorization: `Bearer ${TOKEN}` } };
    request(options, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers["content-type"]), body }),
      );
    })
      .on("error", reject)
      .end();
  });
}

describe("experiments in Git", () => {
  it("are runs with their checkpoints, params, metrics, images and plots, from the commit's tree alone", async () => {
    const repo = new ExperimentRepo();
    const first = repo.checkpoint("brave-bat", repo.baseline, checkpoint(0));
    const last = repo.checkpoint("brave-bat", first, checkpoint(3, { status: "finished" }));
    const { url, port } = await viewer(repo.root, { env: GIT_ENV, token: TOKEN });
    const client = await page(url);
    const id = `exp:${repo.ref("brave-bat")}`;
    await client.until(() => client.runs.has(id));
    expect(client.runs.get(id)).toMatchObject({
      name: "brave-bat",
      kind: "experiment",
      state: "finished",
      folder: "out/live",
      baseline: repo.baseline,
      baselineName: "main",
      commit: last,
      step: 3,
      params: { lr: 0.1 },
      metrics: [{ name: "train/loss", points: 4, last: 0.25, lastStep: 3 }],
      checkpoints: [
        { step: 0, commit: first, selector: "brave-bat@0", status: "running" },
        { step: 3, commit: last, selector: "brave-bat@3", status: "finished" },
      ],
      images: [{ name: "samples", frames: [{ step: 0, path: "plots/images/samples/0.png" }] }],
      plots: [{ name: "imp", path: "plots/custom/imp.json", properties: { template: "bar_horizontal", x: "v" } }],
      problems: [],
    });
    expect(client.messages[0]).toMatchObject({ type: "welcome", project: { head: repo.baseline } });

    const chart = client.subscribe(1, { lines: [{ run: id, metric: "train/loss" }] });
    await client.until(() => chart.layer(0).x.length === 4);
    expect(chart.layer(0).y).toEqual([1, 1 / 2, 1 / 3, 1 / 4]);

    expect(await fetchMedia(port, mediaUrl(id, "plots/images/samples/0.png", "1"))).toEqual({
      status: 200,
      type: "image/png",
      body: "committed image",
    });
    for (const path of ["train.py", "out/live/params.yaml", "plots/images/../../params.yaml", "dvc.yaml"]) {
      expect(await fetchMedia(port, mediaUrl(id, path, "1"))).toMatchObject({ status: 404, body: "" });
    }
  });

  it("appear, grow and go while the viewer runs", async () => {
    const repo = new ExperimentRepo();
    const { url } = await viewer(repo.root, { env: GIT_ENV });
    const client = await page(url);
    const id = `exp:${repo.ref("calm-cod")}`;
    const first = repo.checkpoint("calm-cod", repo.baseline, checkpoint(1));
    await client.until(() => client.runs.get(id)?.checkpoints.length === 1);
    expect(client.runs.get(id)).toMatchObject({ state: "interrupted", reason: "no process is known to go on with it" });
    const chart = client.subscribe(1, { lines: [{ run: id, metric: "train/loss" }] });
    await client.until(() => chart.layer(0).x.length === 2);
    repo.checkpoint("calm-cod", first, checkpoint(5, { status: "failed", reason: "out of memory" }));
    await client.until(() => client.runs.get(id)?.state === "failed" && chart.layer(0).x.length === 6);
    expect(client.runs.get(id)).toMatchObject({ reason: "out of memory", step: 5 });
    repo.git("pack-refs", "--all");
    repo.git("update-ref", "-d", repo.ref("calm-cod"));
    await client.until(() => !client.runs.has(id) && chart.layer(0).x.length === 0);
  });

  it("give their checkpoints to the live folder that logs them, and are not listed twice", async () => {
    const repo = new ExperimentRepo();
    const first = repo.checkpoint("brave-bat", repo.baseline, checkpoint(0));
    repo.checkpoint("other-owl", repo.baseline, checkpoint(0, { status: "finished" }));
    const run = new FakeRun(repo.root, "out/live");
    run.status({ experimentName: "brave-bat", baseline: repo.baseline });
    run.log("train/loss", [[0, 1]]);
    const { url } = await viewer(repo.root, { env: GIT_ENV });
    const client = await page(url);
    await client.until(() => client.runs.get("live:out/live")?.checkpoints.length === 1 && client.runs.size === 2);
    expect([...client.runs.keys()].toSorted()).toEqual([`exp:${repo.ref("other-owl")}`, "live:out/live"].toSorted());
    expect(client.runs.get("live:out/live")).toMatchObject({
      commit: first,
      baseline: repo.baseline,
      baselineName: "main",
    });
    const second = repo.checkpoint("brave-bat", first, checkpoint(1));
    await client.until(() => client.runs.get("live:out/live")?.commit === second);
    expect(client.runs.get("live:out/live")?.checkpoints.map(({ selector }) => selector)).toEqual([
      "brave-bat@0",
      "brave-bat@1",
    ]);
    // The folder goes, or logs another run: the experiment is shown by itself.
    rmSync(run.path, { recursive: true });
    await client.until(() => client.runs.has(`exp:${repo.ref("brave-bat")}`) && !client.runs.has("live:out/live"));
    expect(client.runs.get(`exp:${repo.ref("brave-bat")}`)?.checkpoints).toHaveLength(2);
  });

  it("of other tools, without words of ours, are shown as they are", async () => {
    const repo = new ExperimentRepo({
      "dvclive/metrics.json": "{}",
      "dvclive/plots/metrics/acc.tsv": "step\tacc\n0\t0.5\n",
    });
    repo.checkpoint("plain", repo.baseline, {
      files: { "dvclive/metrics.json": '{"acc": 0.5, "step": 0}' },
      trailers: {},
    });
    repo.git("update-ref", "refs/exps/exec/EXEC_BASELINE", repo.baseline);
    const { url } = await viewer(repo.root, { env: GIT_ENV });
    const client = await page(url);
    const id = `exp:${repo.ref("plain")}`;
    await client.until(() => client.runs.has(id));
    expect([...client.runs.keys()].filter((run) => run.startsWith("exp:"))).toEqual([id]);
    expect(client.runs.get(id)).toMatchObject({
      state: "finished",
      folder: "dvclive",
      checkpoints: [],
      metrics: [{ name: "acc", points: 1, last: 0.5 }],
    });
  });

  it("with broken files are shown with what can be read", async () => {
    const repo = new ExperimentRepo();
    const broken = checkpoint(0);
    const files = { ...broken.files, "out/live/params.yaml": "a: [", "out/live/metrics.json": "{" };
    repo.checkpoint("broken", repo.baseline, { ...broken, files });
    const { url } = await viewer(repo.root, { env: GIT_ENV });
    const client = await page(url);
    const id = `exp:${repo.ref("broken")}`;
    await client.until(() => client.runs.has(id));
    expect(client.runs.get(id)?.problems.map(({ path }) => path)).toEqual(["params.yaml", "metrics.json"]);
    expect(client.runs.get(id)?.metrics.map(({ name }) => name)).toEqual(["train/loss"]);
  });
});
