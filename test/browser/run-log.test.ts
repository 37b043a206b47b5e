import { expect, it } from "vitest";
import { violations } from "../support/accessibility.ts";
import { openViewerPage } from "../support/browser.ts";
import { ExperimentRepo, GIT_ENV } from "../support/experiment-repo.ts";
import { RecordedRun } from "../support/recorded-run.ts";
import { viewer } from "../support/viewer.ts";

/** How far the log is scrolled from its end, in pixels. */
const FROM_END = `(() => {
  const scroll = document.querySelector(".log-scroll");
  return scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop;
})()`;

it("streams what a run prints as plain text, follows its end, and fits a narrow screen", async () => {
  const repo = new ExperimentRepo();
  const run = RecordedRun.write(repo.root, { baseline: repo.baseline, title: "python train.py --lr 0.1" });
  run.print(Array.from({ length: 300 }, (_, epoch) => `epoch ${epoch}: loss ${1 / (epoch + 1)}\n`).join(""));
  const { url } = await viewer(repo.root, { env: GIT_ENV });
  const { page, complaints } = await openViewerPage(url, {
    viewport: { width: 400, height: 720 },
    colorScheme: "dark",
  });
  await page.getByRole("button", { name: "Log", exact: true }).click();
  const log = page.getByRole("region", { name: "Console log" });
  await log.getByText("epoch 299").waitFor();
  expect(await page.evaluate(FROM_END)).toBeLessThan(2);

  run.print("<img src=x onerror='window.__pwned = true'><b>not bold</b>\n");
  await log.getByText("<b>not bold</b>").waitFor();
  expect(await log.locator("img, b").count()).toBe(0);
  await page.waitForFunction(`${FROM_END} < 2`);

  expect(await violations(page)).toEqual([]);

  // Whoever reads further up is left alone.
  await log.evaluate((element) => element.scrollTo({ top: 0 }));
  const toEnd = page.getByRole("button", { name: "To the end" });
  await toEnd.waitFor();
  run.print("one more line\n");
  await log.getByText("one more line").waitFor();
  expect(await log.evaluate((element) => element.scrollTop)).toBe(0);
  await toEnd.click();
  await page.waitForFunction(`${FROM_END} < 2`);

  const { width, overflow, background } = await page.evaluate(() => {
    const dialog = document.querySelector<HTMLElement>(".log-dialog");
    const body = document.querySelector<HTMLElement>(".log-body");
    return {
      width: dialog?.getBoundingClientRect().width ?? 0,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      background: body === null ? "" : getComputedStyle(body).backgroundColor,
    };
  });
  expect(width).toBeLessThanOrEqual(400);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(background).toBe("rgb(15, 17, 21)");

  await page.keyboard.press("Escape");
  await log.waitFor({ state: "detached" });
  expect(await page.evaluate(() => window.__pwned)).toBeUndefined();
  expect(complaints).toEqual([]);
});
