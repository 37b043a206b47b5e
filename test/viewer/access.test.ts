import { existsSync } from "node:fs";
import { join } from "node:path";
import { MEDIA_PATH, mediaUrl, SESSION_PATH, SOCKET_PATH, SUBPROTOCOL } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { listRoutes, type Route } from "../../viewer/src/server/http/routes.ts";
import { projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";
import { send, start, TOKEN, UPGRADE } from "./raw-http.ts";

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

it("keeps the token out of everything but the URL's fragment", async () => {
  const root = projectFolder();
  const told: string[] = [];
  const { url } = await viewer(root, { log: (message) => told.push(message) });
  const token = new URL(url).hash.slice("#token=".length);
  expect(new URL(url).search).toBe("");
  expect(told.join("\n")).not.toContain(token);
  expect(existsSync(join(root, ".dvc"))).toBe(false);
});
