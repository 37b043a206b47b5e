import { describe, expect, it } from "vitest";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

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
