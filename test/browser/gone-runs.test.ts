import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

function logRun(root: string, folder: string, name: string): void {
  const run = new FakeRun(root, folder);
  run.status({ experimentName: name, runId: name, startedAt: new Date().toISOString() });
  run.log(
    "loss",
    Array.from({ length: 50 }, (_, step) => [step, 1 / (step + 1)] as const),
  );
  run.step(49);
}

it("marks a run whose folder disappeared, draws it no more, and lets it be taken off the list", async () => {
  const root = projectFolder();
  logRun(root, "runs/a/live", "brave-bat");
  logRun(root, "runs/b/live", "calm-cod");
  const { url } = await viewer(root);
  const { page, complaints } = await openViewerPage(url);
  await untilPoints(page, "loss", 100);
  rmSync(join(root, "runs/a"), { recursive: true });
  const row = page.locator(".run-row", { hasText: "brave-bat" });
  await row.getByRole("img", { name: "gone" }).waitFor();
  expect(await row.textContent()).toContain("its folder is gone");
  await expect.poll(() => page.locator(chartSelector("loss")).getAttribute("data-points")).toBe("50");
  expect(await page.locator(".plot-summary").textContent()).toContain("1 of 1 run on the charts");
  // What was known of it can still be read.
  await row.locator(".run-open").click();
  await page.getByRole("complementary", { name: "Details of brave-bat" }).waitFor();
  expect(await page.locator(".state-badge.is-gone").textContent()).toContain("gone");
  await page.getByRole("button", { name: "Close details" }).click();
  await page.getByRole("button", { name: "Take brave-bat off the list" }).click();
  await row.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

it("goes on with a run whose folder comes back", async () => {
  const root = projectFolder();
  const away = join(projectFolder(), "runs");
  logRun(root, "runs/a/live", "brave-bat");
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 50);
  renameSync(join(root, "runs"), away);
  await page.getByRole("img", { name: "gone" }).waitFor();
  await page.getByRole("heading", { name: "Waiting for the first step" }).waitFor();
  renameSync(away, join(root, "runs"));
  await untilPoints(page, "loss", 50);
  await page.getByRole("img", { name: "gone" }).waitFor({ state: "detached" });
  expect(await page.locator(".run-row .run-name").allTextContents()).toEqual(["brave-bat"]);
});
