import { createReadStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
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
  /** Comes before every request; `undefined` for none. */
  intervene: Intervention | undefined;
}

/** Starts a server that knows HEAD, GET with ranges, PUT, POST and DELETE. */
export async function startHttp(): Promise<HttpServer> {
  const folder = serverFolder("http");
  const data = join(folder, "data");
  mkdirSync(data);
  const requests: SeenRequest[] = [];
  const started = { intervene: undefined as Intervention | undefined };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    requests.push({ method: request.method ?? "", path, headers: request.headers });
    if (started.intervene?.(request, response, requests.length) === true) return;
    serveFile(join(data, path), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(folder, { recursive: true, force: true });
  };
  return Object.assign(started, { port, folder, data, requests, url: `http://127.0.0.1:${port}`, stop });
}

function serveFile(path: string, request: IncomingMessage, response: ServerResponse): void {
  switch (request.method) {
    case "HEAD":
    case "GET": {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() !== true) {
        response.writeHead(404).end();
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
      else createReadStream(path, { start }).pipe(response);
      return;
    }
    case "PUT":
    case "POST": {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(`${path}.part`, Buffer.concat(chunks));
        renameSync(`${path}.part`, path);
        response.writeHead(201).end();
      });
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
