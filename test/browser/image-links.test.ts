import type { Page } from "playwright";
import { expect, it } from "vitest";
import { openViewerPage } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

/** Two images at the same three steps. */
async function openTwoImages(): Promise<Page> {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "vivid-vole", startedAt: new Date().toISOString() });
  for (const name of ["masks", "samples"])
    for (const step of [0, 50, 99])
      run.write(`plots/images/${name}/${step}.svg`, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`);
  run.step(99);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await page.locator(".image-card").nth(1).waitFor();
  return page;
}

async function steps(page: Page): Promise<string[]> {
  return page.locator(".image-card output").allTextContents();
}

it("moves linked sliders together, and an unlinked one alone from where it stood", async () => {
  const page = await openTwoImages();
  const [masks, samples] = ["masks", "samples"].map((name) => page.locator(`[data-image="${name}"]`));
  await masks?.locator("input[type=range]").focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => steps(page)).toEqual(["50", "50"]);
  await page.keyboard.press("l");
  await masks?.getByRole("button", { name: /^Move masks/u, pressed: false }).waitFor();
  expect(await steps(page)).toEqual(["50", "50"]);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => steps(page)).toEqual(["0", "50"]);
  await samples?.locator("input[type=range]").focus();
  await page.keyboard.press("End");
  await expect.poll(() => steps(page)).toEqual(["0", "99"]);
  // Linked again, it goes where the others are.
  await masks?.locator("input[type=range]").focus();
  await page.keyboard.press("l");
  await expect.poll(() => steps(page)).toEqual(["99", "99"]);
});

it("unlinks the image that is pointed at, or by its button", async () => {
  const page = await openTwoImages();
  await page.keyboard.press("l");
  await page.locator("[aria-live=polite]").getByText("Point at an image first").waitFor({ state: "attached" });
  const samples = page.locator('[data-image="samples"]');
  await samples.hover();
  await page.keyboard.press("l");
  const button = samples.getByRole("button", { name: /^Move samples/u });
  await expect.poll(() => button.getAttribute("aria-pressed")).toBe("false");
  await button.click();
  await expect.poll(() => button.getAttribute("aria-pressed")).toBe("true");
});
