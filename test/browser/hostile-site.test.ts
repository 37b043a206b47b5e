import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright";
import { expect, it, onTestFinished } from "vitest";
import { MEDIA_PATH, mediaUrl, SESSION_PATH, SOCKET_PATH, SUBPROTOCOL } from "@waymark/viewer/protocol";
import { openViewerPage, untilPoints } from "../support/browser.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const HOSTILE_PAGE = "<!doctype html><title>somebody else</title><body></body>";

const DATA_PATHS = [MEDIA_PATH, SOCKET_PATH, SESSION_PATH];
const SOCKET = { socketPath: SOCKET_PATH, sessionPath: SESSION_PATH, protocol: SUBPROTOCOL };

/** What a site tries its luck with. */
interface Targets {
  /** Origin of the viewer, as the site calls it. */
  readonly origin: string;
  readonly paths: readonly string[];
  readonly socketPath: string;
  readonly sessionPath: string;
  readonly protocol: string;
}

/** Runs in the hostile page: tries everything a page can do to another server, and returns what it got hold of. */
async function attack({ origin, paths, socketPath, sessionPath, protocol }: Targets): Promise<string[]> {
  const gains: string[] = [];
  const gain = (way: string, what: unknown): void => void gains.push(`${way}: ${String(what)}`);
  const ended = async (target: EventTarget, good: string, bad: string): Promise<boolean> =>
    await new Promise((resolve) => {
      target.addEventListener(good, () => resolve(true), { once: true });
      target.addEventListener(bad, () => resolve(false), { once: true });
      setTimeout(() => resolve(false), 3000);
    });
  const tryFetch = async (way: string, url: string, init: RequestInit): Promise<void> => {
    try {
      const body = await (await fetch(url, init)).arrayBuffer();
      if (body.byteLength > 0) gain(way, `${body.byteLength} bytes`);
    } catch {
      // Refused, as it should be.
    }
  };
  const tryElement = async (way: string, element: HTMLElement, isReadable: () => unknown): Promise<void> => {
    const loaded = ended(element, "load", "error");
    document.body.append(element);
    const hasLoaded = await loaded;
    if (hasLoaded && isReadable() !== false) gain(way, isReadable());
    element.remove();
  };
  const framed = (frame: HTMLIFrameElement): string | false => {
    try {
      // A frame that shows nothing, or an answer without a body, is no gain; one of another origin cannot be read.
      return frame.contentDocument?.body.innerHTML || false;
    } catch {
      return false;
    }
  };
  for (const path of paths) {
    const url = origin + path;
    await tryFetch(`fetch ${path}`, url, { credentials: "include" });
    await tryFetch(`no-cors fetch ${path}`, url, { credentials: "include", mode: "no-cors" });
    await tryFetch(`fetch with a header ${path}`, url, { headers: { Authorization: "Bearer guess" } });
    await tryFetch(`post ${path}`, url, { method: "POST", credentials: "include", mode: "no-cors", body: "{}" });
    const globals = Object.keys(globalThis).length;
    for (const type of ["text/javascript", "module"]) {
      const script = Object.assign(document.createElement("script"), { src: url, type });
      await tryElement(`script ${path}`, script, () => `loaded, ${Object.keys(globalThis).length - globals} globals`);
    }
    const image = Object.assign(document.createElement("img"), { src: url });
    await tryElement(`img ${path}`, image, () => `${image.naturalWidth} wide`);
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url });
    await tryElement(`stylesheet ${path}`, sheet, () => "loaded");
    const frame = Object.assign(document.createElement("iframe"), { src: url });
    await tryElement(`iframe ${path}`, frame, () => framed(frame));
    const events = new EventSource(url, { withCredentials: true });
    if (await ended(events, "open", "error")) gain(`EventSource ${path}`, "open");
    events.close();
    navigator.sendBeacon(url, "{}");
  }
  for (const protocols of [[], [protocol], [protocol, "token.guess"]]) {
    const socket = new WebSocket(origin.replace("http", "ws") + socketPath, protocols);
    if (await ended(socket, "open", "error")) gain("WebSocket", "open");
    socket.close();
  }
  for (const enctype of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
    const frame = Object.assign(document.createElement("iframe"), { name: "answer" });
    const form = Object.assign(document.createElement("form"), { method: "POST", enctype, target: "answer" });
    form.action = origin + sessionPath;
    document.body.append(frame, form);
    const loaded = ended(frame, "load", "error");
    form.submit();
    await loaded;
    if (framed(frame) !== false) gain(`form ${enctype}`, framed(frame));
    frame.remove();
    form.remove();
  }
  // Only pages that count as secure have it, which another port of this machine does.
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  for (const path of workers === undefined ? [] : paths) {
    const registered = await workers?.register(origin + path).catch(() => undefined);
    if (registered !== undefined) gain("service worker", path);
  }
  return gains;
}

/** Serves the hostile page on a port of its own until it is closed. */
async function hostileSite(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end(HOSTILE_PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, close };
}

/** Notes every answer of the viewer that brought a page more than a bare refusal. */
function watchAnswers(page: Page, port: number): { readonly answers: string[]; readonly refused: () => number } {
  const answers: string[] = [];
  let refused = 0;
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (url.port !== String(port)) return;
    if (response.status() >= 400) refused++;
    else answers.push(`${response.status()} ${url.pathname}`);
  });
  return { answers, refused: () => refused };
}

it("S1b: a page of somebody else gets no byte of a project, even in the browser that shows it", async () => {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status({ experimentName: "calm-cod" });
  run.log("loss", [[0, 0.5]]);
  run.step(0);
  run.write("plots/images/pixel.png", PIXEL);
  const { url, port } = await viewer(root);
  const { page, complaints } = await openViewerPage(url);
  await untilPoints(page, "loss", 1);
  const media = mediaUrl("live:live", "plots/images/pixel.png", "1");
  const read = await page.evaluate(async (path) => (await (await fetch(path)).arrayBuffer()).byteLength, media);
  expect(read, "the page itself may").toBe(PIXEL.length);
  const script = await page.locator("script[src]").first().getAttribute("src");
  const files = new Set(readdirSync(root, { recursive: true, encoding: "utf8" }));

  const { port: sitePort } = await hostileSite();
  const shell = ["/", new URL(script ?? "", `http://127.0.0.1:${port}/`).pathname];
  const data = [media, ...DATA_PATHS];
  const sites = [
    { site: `http://evil.test:${sitePort}/`, origin: `http://127.0.0.1:${port}` },
    { site: `http://evil.test:${sitePort}/`, origin: `http://localhost:${port}` },
    // Another port of this machine is the same site: the browser sends the cookie.
    { site: `http://127.0.0.1:${sitePort}/`, origin: `http://127.0.0.1:${port}` },
  ];
  for (const { site, origin } of sites) {
    const other = await page.context().newPage();
    await other.goto(site);
    const { answers, refused } = watchAnswers(other, port);
    const gains = await other.evaluate(attack, { ...SOCKET, origin, paths: [...shell, ...data] });
    const what = `${site} against ${origin}`;
    expect(gains, what).toEqual([]);
    // The page without data may be answered, but the browser keeps it from who asked.
    expect(
      answers.filter((answer) => !shell.some((path) => answer.endsWith(` ${path}`))),
      what,
    ).toEqual([]);
    expect(refused(), what).toBeGreaterThan(data.length);
    await other.close();
  }
  expect(new Set(readdirSync(root, { recursive: true, encoding: "utf8" }))).toEqual(files);
  run.log("loss", [[1, 0.4]]);
  run.step(1);
  await untilPoints(page, "loss", 2);
  expect(complaints).toEqual([]);
}, 180_000);

it("S1b: a page whose name is bound anew to this machine is of the same origin, and gets nothing either", async () => {
  const root = projectFolder();
  const run = new FakeRun(root);
  run.status();
  run.write("plots/images/pixel.png", PIXEL);
  const site = await hostileSite();
  const origin = `http://evil.test:${site.port}`;
  const { page } = await openViewerPage(origin);
  await site.close();
  const { port } = await viewer(root, { port: site.port });
  const { answers, refused } = watchAnswers(page, port);
  const media = mediaUrl("live:live", "plots/images/pixel.png", "1");
  const gains = await page.evaluate(attack, { ...SOCKET, origin, paths: ["/", media, ...DATA_PATHS] });
  expect(gains).toEqual([]);
  expect(answers).toEqual([]);
  expect(refused()).toBeGreaterThan(DATA_PATHS.length);
}, 180_000);

it("S1b: the same page gets plenty from a server that does not care who asks", async () => {
  const careless = createServer((request, response) => {
    const origin = request.headers.origin ?? "*";
    response.writeHead(200, {
      "content-type": request.url === "/events" ? "text/event-stream" : "text/javascript",
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "authorization",
    });
    if (request.url === "/events") response.write("data: 1\n\n");
    else response.end("globalThis.secret = 1;");
  });
  await new Promise<void>((resolve) => careless.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    careless.close();
    careless.closeAllConnections();
  });
  const site = await hostileSite();
  const { page } = await openViewerPage(`http://evil.test:${site.port}/`);
  const origin = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`;
  const gains = await page.evaluate(attack, { ...SOCKET, origin, paths: ["/data"] });
  expect(gains).toEqual([
    "fetch /data: 22 bytes",
    "fetch with a header /data: 22 bytes",
    "script /data: loaded, 1 globals",
    "script /data: loaded, 1 globals",
    "stylesheet /data: loaded",
  ]);
});
