import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright";
import { afterAll, onTestFinished } from "vitest";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

let browser: Promise<Browser> | undefined;

/** The one Chromium of a test file, started when first asked for. */
function chromiumBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env["WAYMARK_CHROMIUM"] ?? CANDIDATES.find((path) => existsSync(path)) ?? "chromium",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--js-flags=--expose-gc",
      // A site of somebody else that is on this machine, as after its name was bound anew.
      "--host-resolver-rules=MAP evil.test 127.0.0.1",
    ],
  });
  return browser;
}

afterAll(async () => {
  const started = await browser;
  browser = undefined;
  await started?.close();
});

/** A page of the viewer, with everything it complained about. */
export interface ViewerPage {
  readonly page: Page;
  /** Uncaught errors, console errors and violations of the content-security policy. */
  readonly complaints: string[];
}

declare global {
  interface Window {
    /** Set by any script that should never have run. */
    __pwned?: boolean;
  }
}

/** Opens a viewer's link in a fresh profile that is thrown away with the test. */
export async function openViewerPage(url: string, options: BrowserContextOptions = {}): Promise<ViewerPage> {
  const context = await (
    await chromiumBrowser()
  ).newContext({
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isLostConnection(message.text())) complaints.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  return { page, complaints };
}

/** A server that is down is what some tests are about; the browser reports each attempt by itself. */
function isLostConnection(text: string): boolean {
  return text.includes("ERR_CONNECTION_REFUSED") || text.includes("WebSocket connection");
}

/** Waits until a chart holds at least so many points. */
export async function untilPoints(page: Page, chart: string, points: number): Promise<void> {
  await page.waitForFunction(
    ({ id, least }) => {
      const figure = [...document.querySelectorAll<HTMLElement>("[data-chart]")].find(
        (item) => item.dataset["chart"] === id,
      );
      return Number(figure?.dataset["points"] ?? -1) >= least;
    },
    { id: chart, least: points },
  );
}

/** Selector of a chart. */
export function chartSelector(id: string): string {
  return `[data-chart="${id.replaceAll('"', '\\"')}"]`;
}

/** The value at a share of a list, `0.5` being the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
