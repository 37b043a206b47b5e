import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cookieName, cookieValue, judgeRequest, type AccessRules } from "./access.ts";
import { MEDIA_HEADERS, SECURITY_HEADERS } from "./headers.ts";
import type { OpenMedia } from "./media.ts";
import { listRoutes, type Route } from "./routes.ts";
import type { StaticFile } from "./static-files.ts";

/** What the HTTP side needs from the rest of the viewer. */
export interface HttpBackend {
  readonly page: ReadonlyMap<string, StaticFile>;
  /** Known once the server listens. */
  readonly rules: () => AccessRules;
  /** Opens a file that the catalog lists for a run. */
  readonly openMedia: (run: string, path: string) => Promise<OpenMedia | undefined>;
  /** Takes over the connection of a request that may open a socket. */
  readonly acceptSocket: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A year: names that hold their content's hash or version. */
const IMMUTABLE = "private, max-age=31536000, immutable";
/** How long the browser keeps the cookie: a pinned tab opens again next month. */
const COOKIE_SECONDS = 60 * 60 * 24 * 60;
const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  421: "Misdirected Request",
};

/** Makes the HTTP server; it does not listen yet. Requests are judged before they are routed. */
export function createHttpServer(backend: HttpBackend): Server {
  const routes = new Map(listRoutes(backend.page.keys()).map((route) => [`${route.method} ${route.path}`, route]));
  const find = (request: IncomingMessage): Route | undefined => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    return routes.get(`${method} ${pathOf(request)}`);
  };
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    // A missing Host is refused like a wrong one, by us.
    requireHostHeader: false,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
  });
  server.maxConnections = 256;
  server.on("request", (request, response) => {
    const route = find(request);
    // What does not exist is judged like data: strangers learn nothing from what is there and what is not.
    const verdict = judgeRequest(request, backend.rules(), route?.access ?? "data");
    if (!verdict.isAllowed) return refuse(response, verdict.status);
    if (route === undefined || route.kind === "socket") return refuse(response, 404);
    void answer(route, request, response, backend).catch(() => response.destroy());
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const route = find(request);
    const verdict = judgeRequest(request, backend.rules(), "data", true);
    if (!verdict.isAllowed) return hangUp(socket, verdict.status);
    if (route?.kind !== "socket") return hangUp(socket, 404);
    backend.acceptSocket(request, socket, head);
  });
  server.on("clientError", (_error, socket) => hangUp(socket, 400));
  return server;
}

async function answer(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  backend: HttpBackend,
): Promise<void> {
  switch (route.kind) {
    case "page":
      return sendPage(request, response, backend.page.get(route.path));
    case "session":
      return openSession(request, response, backend.rules());
    case "media":
      return sendMedia(request, response, backend);
    case "socket":
      return refuse(response, 404);
  }
}

function sendPage(request: IncomingMessage, response: ServerResponse, file: StaticFile | undefined): void {
  if (file === undefined) return refuse(response, 404);
  const headers = { ...SECURITY_HEADERS, ETag: file.etag, "Cache-Control": file.isImmutable ? IMMUTABLE : "no-cache" };
  if (request.headers["if-none-match"] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, "Content-Type": file.type, "Content-Length": file.body.length });
  response.end(request.method === "HEAD" ? undefined : file.body);
}

function openSession(request: IncomingMessage, response: ServerResponse, rules: AccessRules): void {
  request.resume();
  const cookie = `${cookieName(rules.port)}=${cookieValue(rules)}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Strict`;
  response.writeHead(204, { ...SECURITY_HEADERS, "Set-Cookie": cookie, "Cache-Control": "no-store" }).end();
}

async function sendMedia(request: IncomingMessage, response: ServerResponse, backend: HttpBackend): Promise<void> {
  const query = new URLSearchParams((request.url ?? "").split("?", 2)[1] ?? "");
  const media = await backend.openMedia(query.get("run") ?? "", query.get("path") ?? "");
  if (media === undefined) return refuse(response, 404);
  const headers = {
    ...MEDIA_HEADERS,
    "Content-Type": media.type,
    "Content-Length": media.sizeBytes,
    "Cache-Control": query.has("v") ? IMMUTABLE : "private, no-cache",
  };
  response.writeHead(200, headers);
  if (request.method === "HEAD" || media.sizeBytes === 0) {
    media.close();
    response.end();
    return;
  }
  await pipeline(media.stream(), response);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    "Content-Length": 0,
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end();
}

function hangUp(socket: Duplex, status: number): void {
  if (socket.writable) {
    socket.end(`HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

/** The path as it came: never decoded, so that nothing is decoded twice. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}
