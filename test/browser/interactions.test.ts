import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

/** Two runs with two charts each, and images at three steps. */
async function openTwoRuns(hash = ""): Promise<Page> {
  const root = projectFolder();
  for (const [i, name] of ["brave-bat", "calm-cod"].entries()) {
    const run = new FakeRun(root, `runs/${i}/live`);
    run.status({ experimentName: name, runId: name, startedAt: new Date().toISOString() });
    run.write("params.yaml", `lr: 0.${i + 1}\nseed: 7\n`);
    run.log(
      "loss",
      Array.from({ length: 100 }, (_, step) => [step, 2 - step / 100 + i] as const),
    );
    run.log(
      "accuracy",
      Array.from({ length: 100 }, (_, step) => [step, step / 100 - i / 10] as const),
    );
    for (const step of [0, 50, 99])
      run.write(`plots/images/samples/${step}.svg`, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`);
    run.step(99);
  }
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url + hash, { acceptDownloads: true });
  await untilPoints(page, "loss", 200);
  await untilPoints(page, "accuracy", 200);
  return page;
}

/** Moves the pointer to a share of a chart's plot. */
async function hover(page: Page, chart: string, x: number, y: number): Promise<void> {
  const box = await page.locator(`${chartSelector(chart)} .plot`).boundingBox();
  if (box === null) throw new Error(`No plot of ${chart}`);
  await page.mouse.move(box.x + 50 + (box.width - 62) * x, box.y + 8 + (box.height - 30) * y);
}

/** How many pixels of a chart's overlay are painted. */
async function overlayPixels(page: Page, chart: string): Promise<number> {
  return page.locator(`${chartSelector(chart)} .plot-overlay`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count++;
    return count;
  });
}

it("reads all charts at the step under the pointer", async () => {
  const page = await openTwoRuns();
  expect(await overlayPixels(page, "accuracy")).toBe(0);
  await hover(page, "loss", 0.5, 0.5);
  const tooltip = page.getByRole("tooltip");
  await tooltip.waitFor();
  expect(await tooltip.locator(".tooltip-head strong").textContent()).toMatch(/^step (49|50)$/u);
  expect(await tooltip.locator("th").allTextContents()).toEqual(["calm-cod", "brave-bat"]);
  await expect.poll(() => overlayPixels(page, "accuracy")).toBeGreaterThan(50);
  await page.mouse.move(5, 5);
  await tooltip.waitFor({ state: "detached" });
});

it("keeps two readings with a click each, in the address too, and tells their difference", async () => {
  const page = await openTwoRuns();
  for (const share of [0.25, 0.75]) {
    // The first run falls from 2 to 1, the second from 3 to 2.
    await hover(page, "loss", share, 0.5 + (share - 0.5) * 0.45 + 0.235);
    await page.mouse.down();
    await page.mouse.up();
  }
  await expect.poll(() => page.url().match(/at=/gu)?.length).toBe(2);
  await page.locator(".tooltip-difference").waitFor();
  expect(await page.locator(".tooltip-difference").textContent()).toMatch(/Δstep \d+ .*slope −0\.0100/u);
});

it("zooms one chart alone with Alt, y with Shift, and goes back with Backspace", async () => {
  const page = await openTwoRuns();
  const drag = async (key: "Alt" | "Shift", to: readonly [number, number]): Promise<void> => {
    await hover(page, "loss", 0.3, 0.3);
    await page.keyboard.down(key);
    await page.mouse.down();
    await hover(page, "loss", ...to);
    await page.mouse.up();
    await page.keyboard.up(key);
  };
  await drag("Alt", [0.6, 0.3]);
  await page.waitForURL(/win\.loss=/u);
  await drag("Shift", [0.3, 0.7]);
  await page.waitForURL(/ywin\.loss=/u);
  await page.keyboard.press("Backspace");
  await page.waitForFunction(() => !location.hash.includes("ywin."));
  await page.keyboard.press("Backspace");
  await page.waitForFunction(() => !location.hash.includes("win."));
  expect(new URL(page.url()).hash).toBe("");
});

it("saves a chart as SVG, PNG and CSV", async () => {
  const page = await openTwoRuns("&smooth=ema:0.5");
  const save = async (kind: string): Promise<Buffer> => {
    await page
      .locator(`${chartSelector("loss")} .menu button`)
      .first()
      .click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: `Save as ${kind}` }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(`loss.${kind.toLowerCase()}`);
    return readFile(await file.path());
  };
  const svg = (await save("SVG")).toString();
  expect(svg).toContain("brave-bat");
  expect(svg.match(/<path[^>]* d="M[^"]{200,}"/gu)?.length).toBeGreaterThanOrEqual(4);
  expect((await save("PNG")).subarray(1, 4).toString()).toBe("PNG");
  const csv = (await save("CSV")).toString().trim().split("\n");
  expect(csv[0]).toBe("run,metric,step,value,smoothed");
  expect(csv).toHaveLength(201);
  expect(csv.filter((line) => line.startsWith("brave-bat,loss,0,"))).toEqual(["brave-bat,loss,0,2,2"]);
});

it("moves all image sliders together and prints the step of each picture", async () => {
  const page = await openTwoRuns();
  const frames = page.locator(".image-card .frame .faint");
  await frames.first().waitFor();
  expect(await frames.allTextContents()).toEqual(["step 99", "step 99"]);
  await page.locator(".image-card input[type=range]").focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => frames.allTextContents()).toEqual(["step 50", "step 50"]);
  const loaded = page
    .locator(".image-card img")
    .first()
    .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
  expect(await loaded).toBe(9);
});

it("lists params that differ first, and the others on request", async () => {
  const page = await openTwoRuns();
  const keys = page.locator(".params tbody th");
  expect(await keys.allTextContents()).toEqual(["lr"]);
  await page.getByRole("button", { name: "Show 1 that is the same" }).click();
  expect(await keys.allTextContents()).toEqual(["lr", "seed"]);
});

it("keeps a run's colour when others are hidden, and lets it be chosen", async () => {
  const page = await openTwoRuns();
  const swatch = page.locator(".run-row", { hasText: "calm-cod" }).locator(".swatch-button .swatch");
  const color = (): Promise<string> =>
    swatch.evaluate((element) => getComputedStyle(element).getPropertyValue("--run"));
  const before = await color();
  await page.getByRole("button", { name: "Plot brave-bat" }).click();
  await page.reload();
  await page.locator(".run-row").first().waitFor();
  expect(await color()).toBe(before);
  await page.getByRole("button", { name: "Colour of calm-cod" }).click();
  await page.getByRole("button", { name: "Colour 3" }).click();
  await page.waitForURL(/color\./u);
  expect(await color()).toBe("#ab4963");
});

it("works on a narrow screen, with the runs in a drawer", async () => {
  const page = await openTwoRuns();
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await page.getByRole("button", { name: "Runs", exact: true }).click();
  await page.locator(".run-open").first().click();
  await page.getByRole("complementary", { name: /Details of/u }).waitFor();
  await page.getByRole("button", { name: "Close details" }).click();
  await page.getByRole("button", { name: /^Smooth/u }).click();
  const panel = await page.locator(".menu-panel").boundingBox();
  expect(panel?.x).toBeGreaterThanOrEqual(0);
  expect((panel?.x ?? 0) + (panel?.width ?? 0)).toBeLessThanOrEqual(400);
});
