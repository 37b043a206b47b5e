import { expect, it } from "vitest";
import { openViewerPage, untilPoints } from "../support/browser.ts";
import { projectFolder } from "../support/live-folder.ts";
import { TrainingLoop } from "../support/training-loop.ts";
import { viewer } from "../support/viewer.ts";

declare global {
  interface Window {
    /** Animation frames that were asked for. */
    framesAsked?: number;
  }
}

const SECONDS = 3;
/** Ten a second for what is drawn, and twice as much again for everything else; a display has 60. */
const FRAMES_PER_SECOND = 30;

it("asks for far fewer frames than the display has while data streams: each of them costs the training time", async () => {
  const root = projectFolder();
  const metrics = ["a", "b", "c", "d"];
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await page.evaluate(() => {
    const ask = window.requestAnimationFrame.bind(window);
    window.framesAsked = 0;
    window.requestAnimationFrame = (callback) => {
      window.framesAsked = (window.framesAsked ?? 0) + 1;
      return ask(callback);
    };
  });
  const loop = new TrainingLoop(root, { metrics, steps: 10_000, intervalMs: 5 });
  await untilPoints(page, "a", 20);
  await page.waitForTimeout(1000);
  const before = await page.evaluate(() => window.framesAsked ?? 0);
  await page.waitForTimeout(SECONDS * 1000);
  const frames = (await page.evaluate(() => window.framesAsked ?? 0)) - before;
  await loop.kill();
  expect(frames).toBeGreaterThan(0);
  expect(frames).toBeLessThan(FRAMES_PER_SECOND * SECONDS);
});
