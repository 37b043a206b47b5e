import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { startViewer } from "@waymark/viewer";
import { describe, expect, it } from "vitest";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

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
