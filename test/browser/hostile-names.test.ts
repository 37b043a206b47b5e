import { expect, it } from "vitest";
import { openViewerPage } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

const PAYLOADS = [
  `<img src=x onerror="window.__pwned=true">`,
  `"><script>window.__pwned=true</script>`,
  `javascript:window.__pwned=true`,
  `{{constructor.constructor('window.__pwned=true')()}}`,
  `../../etc/passwd`,
  `__proto__`,
  `datum.x; window.__pwned=true`,
];

it("shows hostile run, metric, param and plot names as text, runs none of them and breaks no policy", async () => {
  const root = projectFolder();
  PAYLOADS.forEach((payload, i) => {
    const run = new FakeRun(root, `runs/${i}/live`);
    run.status({ experimentName: payload, reason: payload, startedAt: new Date().toISOString() });
    const file = payload.replaceAll("/", "_");
    run.log(
      `evil/${file}`,
      Array.from({ length: 5 }, (_, step) => [step, step] as const),
    );
    run.log(
      "loss",
      Array.from({ length: 5 }, (_, step) => [step, step] as const),
    );
    run.write("params.yaml", `${JSON.stringify(payload)}: ${JSON.stringify(payload)}\n`);
    run.write(
      "plots/custom/points.json",
      JSON.stringify([
        { [payload]: 1, y: payload },
        { [payload]: 2, y: payload },
      ]),
    );
    run.write(
      "dvc.yaml",
      JSON.stringify({
        plots: [
          { "plots/custom/points.json": { template: "scatter", x: payload, y: "y", title: payload, x_label: payload } },
        ],
      }),
    );
    run.step(4);
  });
  const { url } = await viewer(root);
  const { page, complaints } = await openViewerPage(url);
  await page
    .locator(".run-row")
    .nth(PAYLOADS.length - 1)
    .waitFor();
  await page
    .locator(".run-name")
    .getByText(PAYLOADS[0] ?? "", { exact: true })
    .waitFor();
  await page.getByText("../../etc/passwd").first().click();
  await page.locator(".drawer").waitFor();
  for (const plot of await page.locator("[data-plot]").all()) {
    await plot.scrollIntoViewIfNeeded();
    await plot.locator("svg, .plot-message").first().waitFor();
  }
  await page.locator(".plot").first().hover();

  expect(await page.evaluate(() => window.__pwned ?? false)).toBe(false);
  expect(await page.locator("img[src='x'], .shell script, a[href^='javascript']").count()).toBe(0);
  expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
  expect(complaints).toEqual([]);
});
