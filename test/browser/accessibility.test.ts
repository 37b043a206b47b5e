import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { violations } from "../support/accessibility.ts";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

function twoRuns(root: string): void {
  for (const [i, name] of ["brave-bat", "calm-cod"].entries()) {
    const run = new FakeRun(root, `runs/${i}/live`);
    run.status({
      experimentName: name,
      status: i === 0 ? "running" : "failed",
      reason: i === 0 ? null : "out of memory",
      totalSteps: 50,
      startedAt: new Date().toISOString(),
    });
    run.write("params.yaml", `lr: 0.${i + 1}\nseed: 7\n`);
    run.write("checkpoints.json", JSON.stringify({ schema: 1, checkpoints: [] }));
    for (const metric of ["train/loss", "val/loss", "gradients/max", "gradients/min", "system/cpu/usage (%)"]) {
      run.log(
        metric,
        Array.from({ length: 30 }, (_, step) => [step, Math.cos(step / 9) + i] as const),
      );
    }
    run.step(29);
  }
}

it.each(["light", "dark"] as const)("has no accessibility violations in the %s theme", async (colorScheme) => {
  const root = projectFolder();
  twoRuns(root);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url, { colorScheme });
  await untilPoints(page, "loss", 120);
  expect(await violations(page)).toEqual([]);
  await page.locator(".run-open").first().click();
  await page.locator(`${chartSelector("loss")} .menu button`).click();
  await page.getByRole("button", { name: "View as table" }).click();
  await page.locator(".chart-table").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  expect(await violations(page)).toEqual([]);
});

it.each(["light", "dark"] as const)(
  "has no accessibility violations with a run that is gone, an unlinked image and a chart's menu in the %s theme",
  async (colorScheme) => {
    const root = projectFolder();
    twoRuns(root);
    const image = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`;
    const run = new FakeRun(root, "runs/0/live");
    for (const step of [0, 9]) run.write(`plots/images/samples/${step}.svg`, image);
    const { url } = await viewer(root);
    const { page } = await openViewerPage(url, { colorScheme });
    await untilPoints(page, "loss", 120);
    rmSync(join(root, "runs/1"), { recursive: true });
    await page.locator(".run-row.is-gone").waitFor();
    await page.locator(".image-card input").focus();
    await page.keyboard.press("l");
    await page.locator(`${chartSelector("loss")} .plot`).click({ button: "right" });
    await page.locator(".menu-panel").waitFor();
    expect(await violations(page)).toEqual([]);
  },
);

it("has no accessibility violations on a narrow screen, empty, or locked", async () => {
  const { url } = await viewer(projectFolder());
  const narrow = { viewport: { width: 400, height: 800 } };
  const { page } = await openViewerPage(url, narrow);
  await page.getByRole("heading", { name: "Waiting for the first step" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  const locked = await openViewerPage(new URL("/", url).href, narrow);
  await locked.page.getByRole("heading", { name: "This page is locked" }).waitFor();
  expect(await violations(locked.page)).toEqual([]);
});

it("can be used with the keyboard alone", async () => {
  const root = projectFolder();
  twoRuns(root);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 120);
  // The second run of the rail is hidden and shown again.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.waitForURL(/off=/u);
  await page.keyboard.press("x");
  await page.waitForFunction(() => !location.hash.includes("off="));
  await page.keyboard.press("o");
  await page.getByRole("complementary", { name: /Details of/u }).waitFor();
  await page.keyboard.press("Escape");
  // Scales, axis, smoothing, full screen.
  await page.keyboard.press("Y");
  await page.waitForURL(/y=log/u);
  await page.keyboard.press("X");
  await page.waitForURL(/x=relative/u);
  await page.keyboard.press("s");
  await page.waitForURL(/smooth=ema:0.9/u);
  await page.keyboard.press("]");
  await page.waitForURL(/smooth=ema:0.95/u);
  await page.keyboard.press("f");
  await page.waitForURL(/full=loss/u);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("gradients");
  await page.locator(chartSelector("loss")).waitFor({ state: "detached" });
  expect(await page.locator("[data-chart]").count()).toBe(2);
});

it("reads values along a line to those who listen", async () => {
  const root = projectFolder();
  twoRuns(root);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 120);
  await page.locator(`${chartSelector("loss")} .plot`).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  const spoken = page.locator("[aria-live=polite]").getByText(/step 1: /u);
  await spoken.waitFor({ state: "attached" });
  expect(await spoken.textContent()).toMatch(/^(brave-bat|calm-cod) train, step 1: \d/u);
  await page.keyboard.press("Enter");
  await page.waitForURL(/at=/u);
});
