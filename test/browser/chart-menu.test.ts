import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

/** A run with two charts. */
async function openTwoCharts(): Promise<Page> {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "vivid-vole", startedAt: new Date().toISOString() });
  for (const metric of ["loss", "accuracy"])
    run.log(
      metric,
      Array.from({ length: 50 }, (_, step) => [step, 1 / (step + 1)] as const),
    );
  run.step(49);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url, { acceptDownloads: true });
  await untilPoints(page, "loss", 50);
  await untilPoints(page, "accuracy", 50);
  return page;
}

it("opens a chart's menu at the pointer with the other button, and gives the focus back", async () => {
  const page = await openTwoCharts();
  const plot = page.locator(`${chartSelector("accuracy")} .plot`);
  await plot.click({ button: "right", position: { x: 120, y: 60 } });
  const panel = page.locator(".menu-panel");
  await panel.waitFor();
  const [menu, box] = [await panel.boundingBox(), await plot.boundingBox()];
  expect(menu?.x).toBeCloseTo((box?.x ?? 0) + 120, 0);
  expect(await panel.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  expect(await plot.evaluate((element) => element === document.activeElement)).toBe(true);
  // Once more elsewhere: the panel moves there, and what is chosen is done to this chart.
  await plot.click({ button: "right", position: { x: 200, y: 90 } });
  await panel.waitFor();
  await plot.click({ button: "right", position: { x: 80, y: 40 } });
  await expect.poll(async () => (await panel.boundingBox())?.x ?? 0).toBeCloseTo((box?.x ?? 0) + 80, 0);
  await panel.getByRole("button", { name: "symlog" }).click();
  await page.waitForURL(/y\.accuracy=symlog/u);
  expect(page.url()).not.toContain("at=");
});

it("keeps a menu that the pointer opened inside the window", async () => {
  const page = await openTwoCharts();
  await page.setViewportSize({ width: 400, height: 600 });
  const box = await page.locator(`${chartSelector("loss")} .plot`).boundingBox();
  await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) - 20, (box?.y ?? 0) + 100, { button: "right" });
  const panel = await page.locator(".menu-panel").boundingBox();
  expect((panel?.x ?? 0) + (panel?.width ?? 0)).toBeLessThanOrEqual(400);
  expect((panel?.y ?? 0) + (panel?.height ?? 0)).toBeLessThanOrEqual(600);
});

it("opens the menu of the chart in focus with m, else of the one that leads the page", async () => {
  const page = await openTwoCharts();
  const panel = page.locator(".menu-panel");
  await page.keyboard.press("m");
  await page.locator(`${chartSelector("loss")} .menu-panel`).waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.locator(`${chartSelector("accuracy")} .plot`).focus();
  await page.keyboard.press("m");
  await page.locator(`${chartSelector("accuracy")} .menu-panel`).waitFor();
  expect(await panel.count()).toBe(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/y\.accuracy=log/u);
});

it("brings a chart into view before its menu opens over it", async () => {
  const page = await openTwoCharts();
  await page.setViewportSize({ width: 900, height: 320 });
  await page.locator(".board").evaluate((board) => {
    board.scrollTop = board.scrollHeight;
    scrollTo(0, document.documentElement.scrollHeight);
  });
  await page.keyboard.press("m");
  await page.locator(`${chartSelector("loss")} .menu-panel`).waitFor();
  const box = await page.locator(chartSelector("loss")).boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(0);
});

it("saves the chart in focus with e", async () => {
  const page = await openTwoCharts();
  for (const chart of ["accuracy", "loss"]) {
    await page.locator(`${chartSelector(chart)} .plot`).focus();
    const download = page.waitForEvent("download");
    await page.keyboard.press("e");
    const file = await download;
    expect(file.suggestedFilename()).toBe(`${chart}.svg`);
    expect(await readFile(await file.path(), "utf8")).toContain("vivid-vole");
  }
});
