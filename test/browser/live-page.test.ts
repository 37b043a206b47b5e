import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

function startRun(root: string, folder = "live"): FakeRun {
  const run = new FakeRun(root, folder);
  run.status({ experimentName: "vivid-vole", totalSteps: 100, startedAt: new Date().toISOString() });
  return run;
}

function logSteps(run: FakeRun, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    run.log("train/loss", [[step, 1 / (step + 1)]]);
    run.log("val/loss", [[step, 1.2 / (step + 1)]]);
    run.step(step);
  }
}

it("shows a run that starts after the page, and its chart gains points without a reload", async () => {
  const root = projectFolder();
  const { url } = await viewer(root);
  const { page, complaints } = await openViewerPage(url);
  await page.getByText("Waiting for the first step").waitFor();
  const navigations: string[] = [];
  page.on("framenavigated", (frame) => navigations.push(frame.url()));

  const run = startRun(root);
  logSteps(run, 0, 5);
  await untilPoints(page, "loss", 10);
  await page.getByRole("heading", { name: "vivid-vole" }).waitFor();
  logSteps(run, 5, 20);
  await untilPoints(page, "loss", 40);

  expect(await page.locator(chartSelector("loss")).getAttribute("data-last-x")).toBe("19");
  expect(navigations).toEqual([]);
  expect(complaints).toEqual([]);
});

it("draws train and validation of one quantity in one chart, told apart by dashes", async () => {
  const root = projectFolder();
  logSteps(startRun(root), 0, 10);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 20);
  expect(await page.locator("[data-chart]").count()).toBe(1);
  expect(await page.locator(`${chartSelector("loss")} .split`).allTextContents()).toEqual(["train", "val"]);
});

it("paints the lines in the run's colour onto the canvas", async () => {
  const root = projectFolder();
  logSteps(startRun(root), 0, 30);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 60);
  const painted = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("[data-chart] .plot-canvas canvas");
    const swatch = document.querySelector(".run-row .swatch");
    if (canvas === null || swatch === null) return -1;
    const [red, green, blue] = (getComputedStyle(swatch).backgroundColor.match(/\d+/gu) ?? []).map(Number);
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) count++;
    }
    return count;
  });
  expect(painted).toBeGreaterThan(50);
});

it("keeps the token out of the address and in this tab only", async () => {
  const root = projectFolder();
  logSteps(startRun(root), 0, 3);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(`${url}&x=relative`);
  await untilPoints(page, "loss", 6);
  expect(new URL(page.url()).hash).toBe("#x=relative");
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(
    new URL(url).hash.slice("#token=".length),
  );
  await page.reload();
  await untilPoints(page, "loss", 6);
});

it("says which command prints the link when the token is missing", async () => {
  const { url } = await viewer(projectFolder());
  const { page } = await openViewerPage(new URL("/", url).href);
  await page.getByRole("heading", { name: "This page is locked" }).waitFor();
  expect(await page.locator(".command code").textContent()).toBe("waymark view");
});

it("zooms by dragging, asks for detail, keeps the window in the address and resets it", async () => {
  const root = projectFolder();
  const run = startRun(root);
  run.log(
    "loss",
    Array.from({ length: 20_000 }, (_, i) => [i, Math.sin(i / 50)] as const),
  );
  run.step(19_999);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 200);
  await page.getByText("of 20,000 points").waitFor();

  const box = await page.locator(`${chartSelector("loss")} .plot`).boundingBox();
  if (box === null) throw new Error("The chart has no box");
  await page.mouse.move(box.x + 200, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 240, box.y + 100, { steps: 4 });
  await page.mouse.up();
  await page.getByText(/^all [\d,]+ points$/u).waitFor();
  expect(page.url()).toMatch(/win=/u);
  await page.keyboard.press("0");
  await page.getByText("of 20,000 points").waitFor();
  expect(page.url()).not.toMatch(/win=/u);
});

it("marks values that are not numbers and jumps to the first", async () => {
  const root = projectFolder();
  const run = startRun(root);
  run.log("loss", [...Array.from({ length: 50 }, (_, i) => [i, 1 / (i + 1)] as const), [50, "nan"], [51, 0.1]]);
  run.step(51);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await page.getByRole("button", { name: "NaN at step 50" }).click();
  await page.waitForURL(/win=/u);
  expect(decodeURIComponent(page.url())).toContain("win=40~60");
});
