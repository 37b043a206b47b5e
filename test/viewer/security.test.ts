import { connect } from "node:net";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { WebSocket } from "ws";
import { MEDIA_PATH, mediaUrl, SESSION_PATH, SOCKET_PATH, SUBPROTOCOL } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { listRoutes, type Route } from "../../viewer/src/server/http/routes.ts";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { page, viewer } from "../support/viewer.ts";

const TOKEN = "a-token-of-the-test";
const SECRET = "secret beside the project";
const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** What came back on a raw connection: the server closes it, or has answered in full. */
interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends lines as they are, which no HTTP client would, and reads the answer. */
async function send(port: number, lines: readonly string[], body = ""): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (): void => {
      socket.destroy();
      const [head = "", ...rest] = text.split("\r\n\r\n");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: rest.join("\r\n\r\n") });
    };
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      const end = text.indexOf("\r\n\r\n");
      if (
        end >= 0 &&
        (text.startsWith("HTTP/1.1 101") || text.length - end - 4 >= length || /^HTTP\/1\.1 (?:204|304)/.test(text))
      ) {
        finish();
      }
    });
    socket.on("close", finish);
    socket.on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  });
}

async function start(): Promise<{ root: string; run: FakeRun; port: number; url: string; cookie: string }> {
  const outer = projectFolder();
  const root = join(outer, "project");
  mkdirSync(root);
  writeFileSync(join(outer, "secret.png"), SECRET);
  writeFileSync(join(outer, "secret.json"), SECRET);
  const run = new FakeRun(root);
  run.status();
  run.write("plots/images/ok.png", "image bytes");
  run.write("plots/images/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  const pageFolder = join(outer, "page");
  mkdirSync(join(pageFolder, "assets"), { recursive: true });
  writeFileSync(join(pageFolder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(pageFolder, "assets/app-1.js"), "export {};");
  const { port, url } = await viewer(root, { token: TOKEN, pageFolder });
  const session = await send(port, [
    `POST ${SESSION_PATH} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${TOKEN}`,
  ]);
  const cookie = /set-cookie: ([^;]+)/i.exec(session.head)?.[1] ?? "";
  return { root, run, port, url, cookie };
}

describe("S1: who may ask what", () => {
  const routes = listRoutes(["/", "/assets/app-1.js"]);

  it("has exactly these routes, none of which changes anything", () => {
    expect(routes.map(({ method, path, access }) => `${method} ${path} ${access}`)).toEqual([
      "GET / shell",
      "GET /assets/app-1.js shell",
      `POST ${SESSION_PATH} token`,
      `GET ${MEDIA_PATH} data`,
      `GET ${SOCKET_PATH} data`,
    ]);
  });

  it("opens each of them to the right Host, Origin and secret, and to nothing else", async () => {
    const { port, cookie } = await start();
    const hosts: Record<string, readonly string[]> = {
      own: [`Host: 127.0.0.1:${port}`],
      localhost: [`Host: localhost:${port}`],
      ipv6: [`Host: [::1]:${port}`],
      "upper case": [`Host: LOCALHOST:${port}`],
      evil: ["Host: evil.test"],
      "evil with our port": [`Host: evil.test:${port}`],
      "other port": [`Host: 127.0.0.1:${port + 1}`],
      "no port": ["Host: 127.0.0.1"],
      empty: ["Host: "],
      none: [],
      two: [`Host: 127.0.0.1:${port}`, "Host: evil.test"],
      "two the other way": ["Host: evil.test", `Host: 127.0.0.1:${port}`],
      "trailing dot": [`Host: localhost.:${port}`],
      "all interfaces": [`Host: 0.0.0.0:${port}`],
      "user info": [`Host: evil.test@127.0.0.1:${port}`],
      subdomain: [`Host: 127.0.0.1.evil.test:${port}`],
    };
    const good = new Set(["own", "localhost", "ipv6", "upper case"]);
    const origins: Record<string, (host: string) => readonly string[]> = {
      none: () => [],
      own: (host) => [`Origin: http://${host.toLowerCase()}`],
      evil: () => ["Origin: http://evil.test"],
      "other port": () => [`Origin: http://127.0.0.1:${port + 1}`],
      null: () => ["Origin: null"],
      two: (host) => [`Origin: http://${host.toLowerCase()}`, "Origin: http://evil.test"],
    };
    const secrets: Record<string, readonly string[]> = {
      none: [],
      "wrong token": ["Authorization: Bearer wrong"],
      "wrong cookie": [`Cookie: ${cookie.split("=")[0]}=wrong`],
      "token as cookie": [`Cookie: ${cookie.split("=")[0]}=${TOKEN}`],
      "right token": [`Authorization: Bearer ${TOKEN}`],
      "right cookie": [`Cookie: other=1; ${cookie}`],
      "token in the subprotocol": [`Sec-WebSocket-Protocol: ${SUBPROTOCOL}, token.${TOKEN}`],
      "wrong token in the subprotocol": [`Sec-WebSocket-Protocol: ${SUBPROTOCOL}, token.x`],
    };
    const knowsToken = new Set(["right token", "token in the subprotocol"]);
    const mediaQuery = mediaUrl("live:live", "plots/images/ok.png", "1").slice(MEDIA_PATH.length);
    const unknown: Route = { method: "GET", path: "/nothing/here", access: "data", kind: "media" };
    const wrong: string[] = [];
    for (const route of [...routes, unknown]) {
      for (const [hostName, hostLines] of Object.entries(hosts)) {
        for (const [originName, originOf] of Object.entries(origins)) {
          for (const [secretName, secretLines] of Object.entries(secrets)) {
            const host = hostLines[0]?.slice("Host: ".length) ?? "";
            const isSocket = route.kind === "socket";
            const target = route.path + (route.path === MEDIA_PATH ? mediaQuery : "");
            const lines = [
              `${route.method} ${target} HTTP/1.1`,
              ...hostLines,
              ...(isSocket ? UPGRADE : []),
              ...originOf(host),
              ...secretLines,
            ];
            const { status, body } = await send(port, lines);
            const isOpen =
              good.has(hostName) &&
              (originName === "none" || originName === "own") &&
              (route.access === "shell" ||
                knowsToken.has(secretName) ||
                // Without an Origin a socket is not a page's: the cookie alone does not open it.
                (route.access === "data" && secretName === "right cookie" && !(isSocket && originName === "none")));
            const expected = route === unknown ? 404 : isSocket ? 101 : route.kind === "session" ? 204 : 200;
            const isRight = isOpen ? status === expected : status >= 400 && body === "";
            if (!isRight) wrong.push(`${route.path}: host ${hostName}, origin ${originName}, ${secretName}: ${status}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("refuses other methods, targets in absolute form, and requests from another site or port", async () => {
    const { port, cookie } = await start();
    const host = `Host: 127.0.0.1:${port}`;
    const media = mediaUrl("live:live", "plots/images/ok.png", "1");
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]) {
      expect((await send(port, [`${method} ${media} HTTP/1.1`, host, `Cookie: ${cookie}`])).status).toBe(404);
    }
    expect((await send(port, [`GET http://127.0.0.1:${port}/ HTTP/1.1`, host])).status).toBe(400);
    for (const site of ["cross-site", "same-site"]) {
      const lines = [`GET ${media} HTTP/1.1`, host, `Cookie: ${cookie}`, `Sec-Fetch-Site: ${site}`];
      expect((await send(port, lines)).status).toBe(403);
    }
    expect((await send(port, [`GET ${media} HTTP/1.1`, host, `Cookie: ${cookie}`])).body).toBe("image bytes");
  });

  it("sends the policy with every answer, refusals too, and a sandbox with images", async () => {
    const { port, cookie } = await start();
    const host = `Host: 127.0.0.1:${port}`;
    const shell = await send(port, ["GET / HTTP/1.1", host]);
    expect(shell.body).toContain("<title>page</title>");
    expect(shell.head).toContain(
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const svg = await send(port, [
      `GET ${mediaUrl("live:live", "plots/images/drawing.svg", "1")} HTTP/1.1`,
      host,
      `Cookie: ${cookie}`,
    ]);
    expect(svg.head).toMatch(/Content-Type: image\/svg\+xml/);
    expect(svg.head).toMatch(/Content-Security-Policy: sandbox; default-src 'none'/);
    const refused = await send(port, ["GET /media HTTP/1.1", host]);
    for (const { head } of [shell, svg, refused]) {
      expect(head).toMatch(/X-Content-Type-Options: nosniff/);
      expect(head).toMatch(/Cross-Origin-Resource-Policy: same-origin/);
      expect(head).toMatch(/Referrer-Policy: no-referrer/);
      expect(head).not.toMatch(/Access-Control-Allow/i);
    }
  });

  it("gives a cookie that scripts cannot read, other sites cannot send, and that is not the token", async () => {
    const { port } = await start();
    const lines = [`POST ${SESSION_PATH} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${TOKEN}`];
    const { head } = await send(port, lines);
    expect(head).toMatch(
      new RegExp(`Set-Cookie: waymark-${port}=[\\w-]{43}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Strict`),
    );
    expect(head).not.toContain(TOKEN);
  });

  it("lets a named host in when told to", async () => {
    const { port } = await viewer(projectFolder(), { token: TOKEN, allowHosts: ["box.example", "proxy.example:443"] });
    for (const host of [`box.example:${port}`, "box.example", "proxy.example:443"]) {
      expect((await send(port, ["GET / HTTP/1.1", `Host: ${host}`])).status).toBe(200);
    }
    for (const host of ["proxy.example", "other.example", `x.box.example:${port}`]) {
      expect((await send(port, ["GET / HTTP/1.1", `Host: ${host}`])).status).toBe(421);
    }
  });
});

describe("S3: which files leave the project", () => {
  it("serves only what the catalog lists, whatever a path looks like", async () => {
    const { root, run, port, cookie } = await start();
    const outside = join(root, "..");
    symlinkSync(join(outside, "secret.png"), join(run.path, "plots/images/link.png"));
    symlinkSync(outside, join(run.path, "plots/images/folder"));
    const steps = [
      "..",
      "%2e%2e",
      "..%2f",
      "%252e%252e",
      "..\\",
      "..%5c",
      "....//",
      "%c0%ae%c0%ae",
      ".",
      "",
      "\0",
      "%00",
    ];
    const ends = ["secret.png", "secret.json", "etc/passwd", "proc/self/environ", "secret.png\0.png", "secret.png%00"];
    const paths = new Set<string>();
    for (const step of steps) {
      for (const depth of [1, 2, 3, 4, 7]) {
        for (const end of ends) {
          paths.add(`${`${step}/`.repeat(depth)}${end}`);
          paths.add(`plots/images/${`${step}/`.repeat(depth)}${end}`);
        }
      }
    }
    for (const path of ["link.png", "folder/secret.png", "folder/../ok.png"]) paths.add(`plots/images/${path}`);
    for (const path of [
      "/etc/passwd",
      "C:\\secret.png",
      "file:///etc/passwd",
      "plots/metrics/loss.tsv",
      ".waymark/run.json",
    ]) {
      paths.add(path);
    }
    expect(paths.size).toBeGreaterThan(500);
    const leaks: string[] = [];
    const host = `Host: 127.0.0.1:${port}`;
    const ask = async (target: string): Promise<void> => {
      const { status, body } = await send(port, [`GET ${target} HTTP/1.1`, host, `Cookie: ${cookie}`]);
      if (status === 200 || body !== "") leaks.push(`${target}: ${status}`);
    };
    for (const path of paths) {
      await ask(mediaUrl("live:live", path, "1"));
      const raw = path.replaceAll(/[\0 ]/g, "");
      await ask(`${MEDIA_PATH}?run=live:live&path=${raw}`);
      if (!raw.startsWith("/") || raw !== "/") await ask(`/${raw}`.replace(/^\/+$/, "/x"));
    }
    for (const run_ of ["live:../live", "live:.", "live:..", "exp:x", "", "__proto__", "live:live/../../"]) {
      await ask(mediaUrl(run_, "plots/images/ok.png", "1"));
    }
    expect(leaks).toEqual([]);
  });

  it("does not follow a link that took the place of a listed file or folder", async () => {
    const { root, run, port, cookie } = await start();
    run.write("plots/images/samples/1.png", "frame");
    const listed = mediaUrl("live:live", "plots/images/ok.png", "2");
    const lines = [`GET ${listed} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Cookie: ${cookie}`];
    expect((await send(port, lines)).status).toBe(200);
    rmSync(join(run.path, "plots/images/ok.png"));
    symlinkSync(join(root, "../secret.png"), join(run.path, "plots/images/ok.png"));
    expect((await send(port, lines)).status).toBe(404);
  });
});

describe("F5: peers that do not keep to the rules", () => {
  it("closes a socket that sends 100 MB, and serves the others on", async () => {
    const { port, url } = await start();
    const good = await page(url);
    const bad = new WebSocket(`ws://127.0.0.1:${port}${SOCKET_PATH}`, [SUBPROTOCOL, `token.${TOKEN}`]);
    const closed = new Promise<number>((resolve) => bad.on("close", resolve));
    bad.on("error", () => undefined);
    await new Promise((resolve) => bad.on("open", resolve));
    bad.send(Buffer.alloc(100 * 1024 * 1024));
    expect([1006, 1009]).toContain(await closed);
    good.send({ type: "ping", sentMs: 7 });
    await good.until(() => good.messages.some((message) => message.type === "pong" && message.sentMs === 7));
  });

  it("survives frames made of noise, while another page's stream stays complete", async () => {
    const { run, port, url } = await start();
    run.log("loss", [[0, 0]]);
    const good = await page(url);
    const chart = good.subscribe(1, { lines: [{ run: "live:live", metric: "loss" }] });
    await good.until(() => chart.layer(0).x.length === 1);
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      // A masked text frame whose payload is not UTF-8, has reserved bits set, claims to be huge, or never ends.
      fc.constantFrom(
        Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]),
        Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
        Buffer.from([0x81, 0x02, 0x68, 0x69]),
        Buffer.from([0x01, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]),
      ),
    );
    const lines = [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...UPGRADE,
      `Authorization: Bearer ${TOKEN}`,
    ];
    let step = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 8 }), async (chunks) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.on("data", () => undefined);
        socket.write(`${lines.join("\r\n")}\r\n\r\n`);
        for (const chunk of chunks) socket.write(chunk);
        const ended = new Promise((resolve) => socket.on("close", resolve));
        socket.end();
        await ended;
        step++;
        run.log("loss", [[step, step]]);
      }),
      { numRuns: 150, seed: 20_260_102 },
    );
    run.step(step);
    await good.until(() => chart.layer(0).x.at(-1) === step);
    expect(chart.layer(0).x).toEqual(Array.from({ length: step + 1 }, (_, i) => i));
  });

  it("answers messages that make no sense, and ends pages that talk too much or never greet", async () => {
    const { port, url } = await start();
    const client = await page(url);
    const nonsense = [
      "",
      "null",
      "[]",
      "{}",
      '{"type":"subscribe"}',
      '{"type":"ack","id":-1,"seq":1}',
      '{"type":"__proto__"}',
      "x".repeat(60_000),
    ];
    for (const text of nonsense) client.socket.send(text);
    await client.until(() => client.messages.filter(({ type }) => type === "error").length === nonsense.length);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.ended()).toMatchObject({ code: 1003 });

    const flood = await page(url);
    for (let i = 0; i < 5000; i++) flood.send({ type: "ping", sentMs: i });
    expect(await flood.ended()).toMatchObject({ code: 1008 });

    const rude = new WebSocket(`ws://127.0.0.1:${port}${SOCKET_PATH}`, [SUBPROTOCOL, `token.${TOKEN}`]);
    const closed = new Promise<number>((resolve) => rude.on("close", resolve));
    await new Promise((resolve) => rude.on("open", resolve));
    rude.send(JSON.stringify({ type: "visibility", visible: true }));
    expect(await closed).toBe(1008);
  });

  it("bounds how many pages connect at once", async () => {
    const { port, url } = await start();
    for (let i = 0; i < 32; i++) await page(url);
    const lines = [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...UPGRADE,
      `Authorization: Bearer ${TOKEN}`,
    ];
    expect((await send(port, lines)).status).toBe(503);
  });

  it("answers malformed HTTP with a bare refusal", async () => {
    const { port } = await start();
    const host = `Host: 127.0.0.1:${port}`;
    expect((await send(port, ["GARBAGE"])).status).toBe(400);
    expect((await send(port, ["GET / HTTP/1.1", host, `X: ${"a".repeat(40_000)}`])).status).toBe(400);
    expect(
      (await send(port, ["GET / HTTP/1.1", host, ...Array.from({ length: 3000 }, (_, i) => `H${i}: x`)])).status,
    ).toBe(400);
    expect((await send(port, ["GET / HTTP/1.1", host, "Transfer-Encoding: chunked", "Content-Length: 5"])).status).toBe(
      400,
    );
  });
});

it("keeps the token out of everything but the URL's fragment", async () => {
  const root = projectFolder();
  const told: string[] = [];
  const { url } = await viewer(root, { log: (message) => told.push(message) });
  const token = new URL(url).hash.slice("#token=".length);
  expect(new URL(url).search).toBe("");
  expect(told.join("\n")).not.toContain(token);
  expect(existsSync(join(root, ".dvc"))).toBe(false);
});
