import type { Page } from "playwright";
import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

async function openRun(hash = ""): Promise<Page> {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "vivid-vole", startedAt: new Date().toISOString() });
  run.log(
    "loss",
    Array.from({ length: 50 }, (_, step) => [step, 1 / (step + 1)] as const),
  );
  run.step(49);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url + hash);
  await untilPoints(page, "loss", 50);
  return page;
}

const hashOf = (page: Page): string => new URL(page.url()).hash;

it("undoes and redoes changes of the view, and stops at the view that was opened", async () => {
  const page = await openRun("&y=log");
  await page.keyboard.press("s");
  await page.waitForURL(/smooth=/u);
  await page.keyboard.press("X");
  await page.waitForURL(/x=relative/u);
  await page.keyboard.press("Control+z");
  await expect.poll(() => hashOf(page)).toBe("#y=log&smooth=ema:0.9");
  await page.keyboard.press("Meta+z");
  await expect.poll(() => hashOf(page)).toBe("#y=log");
  // Going back in the browser would leave the page here; undo does not.
  await page.keyboard.press("Control+z");
  await page.locator("[aria-live=polite]").getByText("Nothing to undo").waitFor({ state: "attached" });
  expect(hashOf(page)).toBe("#y=log");
  await page.keyboard.press("Control+Shift+Z");
  await page.keyboard.press("Control+Shift+Z");
  await expect.poll(() => hashOf(page)).toBe("#x=relative&y=log&smooth=ema:0.9");
  // A change of one's own ends what could be redone.
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Y");
  await page.waitForURL(/y=symlog/u);
  await page.keyboard.press("Control+Shift+Z");
  await page.locator("[aria-live=polite]").getByText("Nothing to redo").waitFor({ state: "attached" });
  expect(hashOf(page)).toBe("#y=symlog&smooth=ema:0.9");
});

it("takes a wheel's zoom back as one step, though it made no history entry", async () => {
  const page = await openRun();
  const entries = await page.evaluate(() => history.length);
  const box = await page.locator(`${chartSelector("loss")} .plot`).boundingBox();
  await page.mouse.move((box?.x ?? 0) + 150, (box?.y ?? 0) + (box?.height ?? 0) - 6);
  for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -60);
  await page.waitForURL(/win=/u);
  // All turns of the wheel have come.
  let seen = "";
  const isStill = (): boolean => seen === (seen = hashOf(page));
  await expect.poll(isStill, { interval: 300 }).toBe(true);
  expect(await page.evaluate(() => history.length)).toBe(entries);
  await page.keyboard.press("Control+z");
  await expect.poll(() => hashOf(page)).toBe("");
  await page.keyboard.press("Control+Shift+Z");
  await page.waitForURL(/win=/u);
});

it("counts going back in the browser as a change like any other", async () => {
  const page = await openRun();
  await page.keyboard.press("s");
  await page.waitForURL(/smooth=/u);
  await page.goBack();
  await expect.poll(() => hashOf(page)).toBe("");
  await page.keyboard.press("Control+z");
  await page.waitForURL(/smooth=ema:0.9/u);
});

it("leaves undo to the search box while somebody types there", async () => {
  const page = await openRun();
  await page.keyboard.press("s");
  await page.waitForURL(/smooth=/u);
  await page.locator("#search").focus();
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.waitForURL(/tail=/u);
  expect(page.url()).toContain("smooth=");
});

it("lists the keys in the help", async () => {
  const page = await openRun();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (const [key, text] of [
    ["Ctrl+Z", "Undo the last change of the view"],
    ["Ctrl+Shift+Z", "Redo it"],
    ["e", "Save the chart as SVG"],
    ["m", "The chart's menu"],
    ["l", "Unlink or link the slider of the image pointed at"],
  ] as const) {
    const entry = dialog.locator("dl > div", { has: page.getByText(text, { exact: true }) });
    expect(await entry.locator("kbd").textContent()).toBe(key);
  }
});
