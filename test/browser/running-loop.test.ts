import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { projectFolder } from "../support/live-folder.ts";
import { TrainingLoop } from "../support/training-loop.ts";
import { viewer } from "../support/viewer.ts";

it("sees the plot of a running loop gain points without a reload, and the run stop when it is killed", async () => {
  const root = projectFolder();
  const { url } = await viewer(root);
  const { page, complaints } = await openViewerPage(url);
  await page.getByRole("heading", { name: "Waiting for the first step" }).waitFor();
  await page.evaluate(() => {
    document.title = "never loaded again";
    document.body.dataset["mark"] = "never loaded again";
  });

  const loop = new TrainingLoop(root, { metrics: ["train/loss", "val/loss"], steps: 1000, intervalMs: 30 });
  await untilPoints(page, "loss", 10);
  const before = Number(await page.locator(chartSelector("loss")).getAttribute("data-points"));
  await untilPoints(page, "loss", before + 40);
  await page.locator(".state-badge.is-running").first().waitFor();
  await loop.kill();
  await page.locator(".run-header .state-badge:not(.is-running)").waitFor();

  const logged = loop.doneAtMs.size;
  await untilPoints(page, "loss", logged * 2);
  expect(Number(await page.locator(chartSelector("loss")).getAttribute("data-last-x"))).toBeGreaterThanOrEqual(
    logged - 1,
  );
  expect(await page.evaluate(() => document.body.dataset["mark"])).toBe("never loaded again");
  expect(complaints).toEqual([]);
});
