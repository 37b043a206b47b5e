import { createReadStream, createWriteStream, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { serverFolder, type TestServer } from "./server.ts";

/** A request that a server got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** Answers a request instead of the server; true when it did. */
export type Intervention = (request: IncomingMessage, response: ServerResponse, seen: number) => boolean;

/** A plain HTTP server that keeps what is sent to it. */
export interface HttpServer extends TestServer {
  readonly url: string;
  /** The folder that holds the files. */
  readonly data: string;
  readonly requests: readonly SeenRequest[];
  /** How many files, or folders, requests were about at the same time, at the most. */
  mostAtOnce: number;
  /** Answers come this much later. Default 0. */
  delayMs: number;
  /** Comes before every request; `undefined` for none. */
  intervene: Intervention | undefined;
}

/**
 * Starts a server that knows HEAD, GET with ranges, PUT, POST and DELETE.
 *
 * @param tls - Key and certificate of a server that speaks HTTPS.
 */
export async function startHttp(tls?: ServerOptions): Promise<HttpServer> {
  const folder = serverFolder("http");
  const data = join(folder, "data");
  mkdirSync(data);
  const requests: SeenRequest[] = [];
  const started = { intervene: undefined as Intervention | undefined, mostAtOnce: 0, delayMs: 0 };
  const busy = new Map<string, number>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = decodeURIComponent(url.pathname);
    requests.push({ method: request.method ?? "", path, headers: request.headers });
    const subject = `${path} ${url.searchParams.get("prefix") ?? ""}`;
    busy.set(subject, (busy.get(subject) ?? 0) + 1);
    started.mostAtOnce = Math.max(started.mostAtOnce, busy.size);
    let isBusy = true;
    const end = (): void => {
      if (!isBusy) return;
      isBusy = false;
      const left = (busy.get(subject) ?? 1) - 1;
      if (left === 0) busy.delete(subject);
      else busy.set(subject, left);
    };
    // Before its last bytes leave: whoever has them may ask for something else at once.
    response.once("prefinish", end);
    response.once("close", end);
    const act = (): void => {
      if (started.intervene?.(request, response, requests.length) === true) return;
      serveFile(join(data, path), request, response);
    };
    if (started.delayMs === 0) act();
    else setTimeout(act, started.delayMs);
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return Object.assign(started, { port, folder, data, requests, url, stop });
}

let parts = 0;

/** Answers as the server does: with the file at a path, or by keeping what is sent there. */
export function serveFile(path: string, request: IncomingMessage, response: ServerResponse): void {
  switch (request.method) {
    case "HEAD":
    case "GET": {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() !== true) {
        response.writeHead(404, { "content-length": 0 }).end();
        return;
      }
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const etag = `"${stats.size}-${stats.mtimeMs}"`;
      if (start > 0 && start >= stats.size) {
        response.writeHead(416, { "content-range": `bytes */${stats.size}` }).end();
        return;
      }
      const range = start > 0 ? { "content-range": `bytes ${start}-${stats.size - 1}/${stats.size}` } : {};
      response.writeHead(start > 0 ? 206 : 200, { "content-length": stats.size - start, etag, ...range });
      if (request.method === "HEAD") response.end();
      // A small one in one go: the receiver must not be quicker to know that it has all than the server.
      else if (stats.size < 1024 * 1024) response.end(readFileSync(path).subarray(start));
      else createReadStream(path, { start }).pipe(response);
      return;
    }
    case "PUT":
    case "POST": {
      mkdirSync(dirname(path), { recursive: true });
      const part = `${path}.${parts++}.part`;
      pipeline(request, createWriteStream(part)).then(
        () => {
          renameSync(part, path);
          response.writeHead(201, { etag: '"0"' }).end();
        },
        () => rmSync(part, { force: true }),
      );
      return;
    }
    case "DELETE":
      rmSync(path, { force: true });
      response.writeHead(204).end();
      return;
    default:
      response.writeHead(405).end();
  }
}
