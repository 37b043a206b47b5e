import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

it("keeps everything on screen while the server is gone, and catches up with no lost or doubled point", async () => {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "calm-cod", startedAt: new Date().toISOString() });
  const log = (from: number, to: number): void => {
    for (let step = from; step < to; step++) {
      run.log("loss", [[step, step / 10]]);
      run.step(step);
    }
  };
  log(0, 40);
  const first = await viewer(root, { token: "a-token-that-stays-the-same" });
  const { page, complaints } = await openViewerPage(first.url);
  await untilPoints(page, "loss", 40);
  await page.locator(`${chartSelector("loss")} .menu button`).click();
  await page.getByRole("button", { name: "View as table" }).click();

  await first.close();
  await page
    .locator(".bar")
    .getByText(/Disconnected/u)
    .waitFor();
  log(40, 90);
  expect(await page.locator(chartSelector("loss")).getAttribute("data-points")).toBe("40");

  await viewer(root, { token: "a-token-that-stays-the-same", port: first.port });
  await page
    .locator(".bar")
    .getByText(/caught up \d+ points/u)
    .waitFor();
  log(90, 120);
  await untilPoints(page, "loss", 120);
  const steps = await page.locator(`${chartSelector("loss")} .chart-table tbody th`).allTextContents();
  // The first row is the run's summary; points follow, newest first.
  expect(steps.slice(1)).toEqual(Array.from({ length: 120 }, (_, i) => `step ${119 - i}`));
  expect(complaints).toEqual([]);
});
