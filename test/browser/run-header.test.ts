import { PointList } from "@waymark/plots";
import { expect, it } from "vitest";
import { sparkPath } from "../../viewer/src/client/chart/spark-path.ts";
import { chartSelector, openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

function points(rows: readonly (readonly [number, number])[]): PointList {
  const list = new PointList();
  for (const [x, y] of rows) list.push(x, y);
  return list;
}

it("draws a small line from edge to edge and from its lowest to its highest value", () => {
  const path = sparkPath(
    points([
      [10, 4],
      [20, 0],
      [30, 2],
    ]),
    102,
    22,
  );
  expect(path).toBe("M1.0 1.0L51.0 21.0L101.0 11.0");
});

it("breaks a small line at values that are not numbers, and lays a flat one in the middle", () => {
  const broken = points([
    [0, 5],
    [1, 5],
    [2, Number.NaN],
    [3, 5],
    [4, Infinity],
    [5, 5],
  ]);
  expect(sparkPath(broken, 12, 22)).toBe("M1.0 11.0L3.0 11.0M7.0 11.0M11.0 11.0");
  expect(sparkPath(points([[0, 1]]), 12, 22)).toBe("");
  expect(sparkPath(points([]), 12, 22)).toBe("");
});

it("shows the course of the headline metric beside the run's name, whole while charts are zoomed, and growing", async () => {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "vivid-vole", startedAt: new Date().toISOString() });
  const log = (from: number, to: number): void => {
    for (const metric of ["train/loss", "val/loss"])
      run.log(
        metric,
        Array.from({ length: to - from }, (_, i) => [from + i, 1 / (from + i + 1)] as const),
      );
    run.step(to - 1);
  };
  log(0, 20);
  const { url } = await viewer(root);
  const { page, complaints } = await openViewerPage(`${url}&win=0~5`);
  const header = page.locator(".run-header");
  const path = header.locator(".sparkline path");
  const vertices = async (): Promise<number> => ((await path.getAttribute("d")) ?? "").split(/[ML]/u).length - 1;
  await expect.poll(vertices).toBe(20);
  // The split that was not trained on leads.
  expect(
    await header
      .locator(".fact", { has: page.locator(".sparkline") })
      .locator("dt")
      .textContent(),
  ).toBe("val/loss");
  expect(await header.locator(".headline-value").textContent()).toBe("0.05000");
  const before = await header.boundingBox();
  log(20, 30);
  await expect.poll(vertices).toBe(30);
  expect(await header.boundingBox()).toEqual(before);
  expect(complaints).toEqual([]);
});

it("holds the sparkline's place before its points arrive, and makes no Vega view for it", async () => {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "vivid-vole", startedAt: new Date().toISOString() });
  run.log(
    "loss",
    Array.from({ length: 50 }, (_, i) => [i, 1 / (i + 1)] as const),
  );
  run.step(49);
  const { url } = await viewer(root);
  const { page } = await openViewerPage(url);
  await untilPoints(page, "loss", 50);
  expect(await page.locator(".run-header canvas").count()).toBe(0);
  expect(await page.locator(".run-header .sparkline").boundingBox()).toMatchObject({ width: 132, height: 22 });
  expect(await page.locator(`${chartSelector("loss")} .plot-canvas canvas`).count()).toBe(1);
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const shifts = list.getEntries() as unknown as readonly { readonly value: number }[];
          resolve(shifts.reduce((sum, entry) => sum + entry.value, 0));
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(0), 500);
      }),
  );
  expect(shift).toBeLessThan(0.02);
});
