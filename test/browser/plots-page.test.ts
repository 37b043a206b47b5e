import { crc32, deflateSync } from "node:zlib";
import type { BrowserContextOptions, Page } from "playwright";
import { expect, it } from "vitest";
import { TEMPLATES } from "@waymark/plots";
import { violations } from "../support/accessibility.ts";
import { openViewerPage, type ViewerPage } from "../support/browser.ts";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

const STEPS = 60;

/** A project with a plot of every template, images in two revisions, and what cannot be drawn. */
function project(): GitRepo {
  const repo = gitRepo({ ".dvc/config": "", "dvc.yaml": DVC_YAML });
  writeData(repo, 1);
  repo.commitAll("data");
  writeData(repo, 2);
  return repo;
}

const DVC_YAML = `plots:
${TEMPLATES.map(({ name }) => `- ${name} chart:\n    template: ${name}\n    x: step\n    y: {train.csv: loss}\n`).join("")}\
- sources:
    x: step
    y: {train.csv: [loss, acc], val.csv: loss}
    title: Two files, three lines
- matrix:
    template: confusion
    x: truth
    y: {guess.json: guess}
- images
- missing.csv
`;

function writeData(repo: GitRepo, seed: number): void {
  const rows = Array.from({ length: STEPS }, (_, i) => `${i},${Math.exp((-i * seed) / 30)},${i % 5}`);
  repo.write("train.csv", `step,loss,acc\n${rows.join("\n")}\n`);
  repo.write("val.csv", `step,loss\n${rows.map((row) => row.replace(/,\d+$/u, "")).join("\n")}\n`);
  const guesses = Array.from({ length: 30 }, (_, i) => ({ truth: `t${i % 3}`, guess: `t${(i * seed) % 3}` }));
  repo.write("guess.json", JSON.stringify(guesses));
  for (const step of [2, 10]) repo.write(`images/${step}.png`, png(40 + seed));
}

/** A grey square of one pixel. */
function png(grey: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const size = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    ...[signature, chunk("IHDR", size), chunk("IDAT", deflateSync(Buffer.from([0, grey])))],
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Writes a page as the command does, and opens it from the disk, without a network. */
async function openPage(repo: GitRepo, line: string, options: BrowserContextOptions = {}): Promise<ViewerPage> {
  const { stdout, stderr } = await runHere(repo.root, line.split(" "));
  if (!stdout.startsWith("file:")) throw new Error(stderr);
  const opened = await openViewerPage(stdout.trim(), { offline: true, ...options });
  await opened.page.waitForFunction(() => document.documentElement.dataset["plots"] === "drawn");
  return opened;
}

/** Ids of figures with what became of each. */
function states(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>("[data-plot]")].map((figure) => [
        figure.querySelector("figcaption")?.firstChild?.textContent?.trim() ?? "",
        `${figure.dataset["state"] ?? "none"} ${figure.querySelectorAll("svg .mark-group path, svg .mark-rect path, svg path").length > 0}`,
      ]),
    ),
  );
}

it.each(["light", "dark"] as const)(
  "opens from the disk with every plot drawn, in the %s theme",
  async (colorScheme) => {
    const { page, complaints } = await openPage(project(), "plots diff", { colorScheme });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    expect(await states(page)).toEqual({
      ...Object.fromEntries(TEMPLATES.map(({ name }) => [`${name} chart`, "drawn true"])),
      ...{ "Two files, three lines": "drawn true", matrix: "drawn true", "missing.csv": "none false" },
    });
    const images = page.locator(".image img");
    expect(await images.count()).toBe(4);
    await images.last().scrollIntoViewIfNeeded();
    await page.waitForFunction(() => [...document.images].every((image) => image.complete && image.naturalWidth === 1));
    expect(await page.locator(".problem").allTextContents()).toEqual([
      "workspace No such file: 'missing.csv'",
      "HEAD No such file: 'missing.csv'",
    ]);
    const legend = await page.locator("figure").nth(0).locator("svg").textContent();
    expect(legend).toContain("workspace");
    expect(legend).toContain("HEAD");
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      colorScheme === "dark" ? "rgb(16, 19, 23)" : "rgb(246, 247, 249)",
    );
    expect(requests.filter((url) => !url.startsWith("file:"))).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

it.each(["light", "dark"] as const)("has no accessibility violations in the %s theme", async (colorScheme) => {
  const { page } = await openPage(project(), "plots diff --targets sources missing.csv images", { colorScheme });
  expect(await violations(page)).toEqual([]);
});

it("draws anew when the desktop turns dark", async () => {
  const { page } = await openPage(project(), "plots show sources", { colorScheme: "light" });
  const label = page.locator("figure svg text").first();
  const light = await label.getAttribute("fill");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(
    (before) => document.querySelector("figure svg text")?.getAttribute("fill") !== before,
    light,
  );
  expect(await page.locator("figure svg").count()).toBe(1);
});

it("fits a page of 400 pixels, panels side by side scrolling in their place", async () => {
  const { page } = await openPage(project(), "plots diff", { viewport: { width: 400, height: 800 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  const widths = await page.evaluate(() =>
    [...document.querySelectorAll("[data-chart]")].map((chart) => [chart.clientWidth, chart.scrollWidth]),
  );
  for (const [inside = 0, needed = 0] of widths.slice(0, 2)) expect(needed).toBeLessThanOrEqual(inside);
});

it("smooths with the slider, and tells the values of all lines under the pointer", async () => {
  const { page } = await openPage(project(), "plots diff --targets sources");
  const line = page.locator("svg .mark-line path").first();
  const before = await line.getAttribute("d");
  await page.locator("input[type=range]").fill("0.5");
  await page.waitForFunction((old) => document.querySelector("svg .mark-line path")?.getAttribute("d") !== old, before);
  await page.locator("figure svg").hover({ position: { x: 200, y: 100 } });
  await page.locator("#vg-tooltip-element.visible").waitFor();
  const tooltip = await page.locator("#vg-tooltip-element").textContent();
  expect(tooltip).toContain("workspace::train.csv::loss");
  expect(tooltip).toContain("HEAD::val.csv::loss");
});

it("shows names of every kind as text, and runs nothing that a repository holds", async () => {
  const payloads = [
    `<img src=x onerror="window.__pwned=true">`,
    `</script><script>window.__pwned=true</script>`,
    `__proto__`,
    `constructor`,
    `datum.x']; window.__pwned=true; //`,
    "<!-- <script>",
  ];
  const rows = [1, 2, 3].map((value) =>
    Object.fromEntries([...payloads.map((name) => [name, value]), ["last", "<b>"]]),
  );
  const evil = {
    data: { values: "<DVC_METRIC_DATA>" },
    usermeta: { embedOptions: { actions: true } },
    params: [{ name: "w", expr: "window.__pwned = true" }],
    transform: [{ calculate: "toString.constructor('window.__pwned=true')()", as: "x" }],
    layer: [{ mark: "point", encoding: { href: { value: "javascript:window.__pwned=true" } } }],
  };
  const repo = gitRepo({
    ".dvc/config": "",
    ".dvc/plots/evil.json": JSON.stringify(evil),
    "rows.json": JSON.stringify(rows),
    "dvc.yaml": JSON.stringify({
      plots: [
        ...payloads.map((name) => ({
          [name]: { y: { "rows.json": name }, x: payloads[0], x_label: name, title: name },
        })),
        { evil: { template: "evil", y: { "rows.json": "last" } } },
      ],
    }),
  });
  const { page, complaints } = await openPage(repo, "plots show");
  expect(await page.locator("figcaption").allTextContents()).toEqual([...payloads, "evil"]);
  expect(await page.evaluate(() => window.__pwned ?? false)).toBe(false);
  expect(await page.locator("main img, main a").count()).toBe(0);
  expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
  expect(complaints).toEqual([]);
  expect(
    Object.entries(await states(page)).filter(([name, state]) => name !== "evil" && state !== "drawn true"),
  ).toEqual([]);
});

it("draws in a page of the user's own", async () => {
  const repo = project();
  repo.write("page.html", "<!doctype html><title>Mine</title><main>{plot_divs}</main>");
  const { page, complaints } = await openPage(repo, "plots show sources --html-template page.html");
  expect(await page.title()).toBe("Mine");
  expect(await page.locator("figure#sources svg .mark-line path").count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
});
